using System.Text.Json;

namespace Oith.LocalCloud.Wire;

/// <summary>One call of an AWS API operation, however it arrived: over HTTP in any AWS protocol, or in process.</summary>
/// <param name="Service">The SigV4 signing name: <c>sqs</c>, <c>dynamodb</c>, <c>states</c>…</param>
/// <param name="Operation">AWS's operation name: <c>SendMessage</c>.</param>
/// <param name="Input">The operation's members as a JSON object, in the shape of AWS's JSON protocol.</param>
public sealed record AwsCall(string Service, string Operation, JsonElement Input)
{
    /// <summary>The id that the answer and its errors carry.</summary>
    public string RequestId
    {
        // Made only where nobody gave one: the endpoint always does.
        get => field ??= Guid.NewGuid().ToString();
        init;
    }

    /// <summary>How the call came in; a service may have to answer differently (error codes, for one).</summary>
    public AwsProtocol Protocol { get; init; } = AwsProtocol.InProcess;

    /// <summary>W3C trace context or X-Ray header of the caller, null when it sent none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>A required string member.</summary>
    /// <exception cref="AwsServiceException">ValidationException when it is absent or not a string.</exception>
    public string RequiredString(string name) =>
        OptionalString(name) ?? throw AwsServiceException.Validation($"The request must contain the parameter {name}.");

    /// <summary>An optional string member, null when absent or null.</summary>
    public string? OptionalString(string name) =>
        Input.ValueKind == JsonValueKind.Object && Input.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>The wire protocols that AWS clients speak.</summary>
public enum AwsProtocol
{
    InProcess,
    Json,
    Query,
    Rest,
    Cbor,
}
