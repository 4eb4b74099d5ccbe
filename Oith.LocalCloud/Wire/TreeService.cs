using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Wire;

/// <summary>A service whose operations take and give JSON trees; for those off the hot paths.</summary>
internal abstract class TreeService(AwsServiceDescription description) : IAwsService
{
    public AwsServiceDescription Description => description;

    /// <summary>The operations by AWS's name; a null answer stands for an operation without output.</summary>
    protected abstract IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public async ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var operation = Operations.GetValueOrDefault(call.Operation)
            ?? throw AwsServiceException.UnknownOperation(description.SigningName, call.Operation);
        (await operation(call.InputTree(), cancellationToken))?.WriteTo(output);
    }

    /// <summary>An operation that needs no waiting.</summary>
    protected static Func<JsonObject, CancellationToken, ValueTask<JsonObject?>> Now(Func<JsonObject, JsonObject?> operation) =>
        (input, _) => ValueTask.FromResult(operation(input));
}
