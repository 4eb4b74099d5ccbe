using System.Net;

namespace Oith.LocalCloud.Wire;

/// <summary>An error as an AWS API answers it; the wire layer renders it in the caller's protocol.</summary>
/// <param name="code">The error's type: <c>ResourceNotFoundException</c>, <c>AWS.SimpleQueueService.NonExistentQueue</c>.</param>
/// <param name="message">AWS's own words.</param>
/// <param name="status">HTTP status; AWS answers 400 to nearly every error of a caller.</param>
public sealed class AwsServiceException(string code, string message, HttpStatusCode status = HttpStatusCode.BadRequest) : Exception(message)
{
    /// <summary>The error's type as the JSON protocol names it (<c>__type</c>).</summary>
    public string Code { get; } = code;

    public HttpStatusCode Status { get; } = status;

    /// <summary>
    /// The code that the Query protocol uses for the same error, where it differs (header <c>x-amzn-query-error</c>);
    /// null when both are the same and no header is sent.
    /// </summary>
    public string? QueryErrorCode { get; init; }

    /// <summary>Further members of the error's body, for example <c>CancellationReasons</c>; written as they are.</summary>
    public IReadOnlyDictionary<string, System.Text.Json.Nodes.JsonNode?>? Members { get; init; }

    /// <summary>The namespace that stands before the code in <c>__type</c>, as DynamoDB and SQS send it; null for none.</summary>
    public string? TypeNamespace { get; init; }

    public static AwsServiceException Validation(string message) => new("ValidationException", message);

    /// <summary>The answer to an operation that LocalCloud does not know: named, never silent.</summary>
    public static AwsServiceException UnknownOperation(string service, string operation) =>
        new("UnknownOperationException", $"LocalCloud does not support the operation {operation} of the service {service}.");
}
