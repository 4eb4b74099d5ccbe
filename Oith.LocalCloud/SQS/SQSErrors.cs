using System.Net;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>The errors of SQS in AWS's words: the JSON protocol names the type, the header and the Query protocol the older code.</summary>
internal static class SQSErrors
{
    private const string Modeled = "com.amazonaws.sqs";
    private const string Coral = "com.amazon.coral.service";

    public static AwsServiceException QueueDoesNotExist(AwsProtocol protocol = AwsProtocol.Json) => new(
        "QueueDoesNotExist",
        protocol == AwsProtocol.Query
            ? "The specified queue does not exist for this wsdl version."
            : "The specified queue does not exist.")
    {
        TypeNamespace = Modeled,
        QueryErrorCode = "AWS.SimpleQueueService.NonExistentQueue",
    };

    public static AwsServiceException QueueNameExists(string attribute) => new(
        "QueueNameExists", $"A queue already exists with the same name and a different value for attribute {attribute}")
    {
        TypeNamespace = Modeled,
        QueryErrorCode = "QueueAlreadyExists",
    };

    /// <summary>The Query protocol's answer to an operation that SQS has not, or that an endpoint of one queue has not.</summary>
    public static AwsServiceException InvalidAction(string action) => new("InvalidAction", $"The action {action} is not valid for this endpoint.");

    public static AwsServiceException InvalidAttributeName(string message) => Named("InvalidAttributeName", message);

    public static AwsServiceException UnknownAttribute(string name) => InvalidAttributeName($"Unknown Attribute {name}.");

    public static AwsServiceException InvalidAttributeValue(string name, string? reason = null) => Named(
        "InvalidAttributeValue", $"Invalid value for the parameter {name}.{(reason is null ? "" : $" Reason: {reason}")}");

    public static AwsServiceException InvalidMessageContents() => Named(
        "InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");

    public static AwsServiceException ReceiptHandleIsInvalid(string handle) => Named(
        "ReceiptHandleIsInvalid", $"The input receipt handle \"{handle}\" is not a valid receipt handle.", HttpStatusCode.NotFound);

    public static AwsServiceException ReceiptHandleExpired(string handle) =>
        InvalidValue(handle, "ReceiptHandle", "The receipt handle has expired.");

    public static AwsServiceException NotAvailableForVisibilityChange(string handle) =>
        InvalidValue(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.");

    public static AwsServiceException OverLimit() => Named(
        "OverLimit", "Too many messages in flight: a queue can have at most 120000.", HttpStatusCode.Forbidden);

    public static AwsServiceException ResourceNotFound(string message) => new("ResourceNotFoundException", message, HttpStatusCode.NotFound)
    {
        TypeNamespace = Modeled,
        QueryErrorCode = "ResourceNotFoundException",
    };

    public static AwsServiceException PurgeQueueInProgress(string queue) => Prefixed(
        "PurgeQueueInProgress", $"Only one PurgeQueue operation on {queue} is allowed every 60 seconds.", HttpStatusCode.Forbidden);

    public static AwsServiceException EmptyBatchRequest(string entryName) =>
        Prefixed("EmptyBatchRequest", $"There should be at least one {entryName} in the request.");

    public static AwsServiceException TooManyEntriesInBatchRequest(int count) => Prefixed(
        "TooManyEntriesInBatchRequest", $"Maximum number of entries per request are 10. You have sent {count}.");

    public static AwsServiceException InvalidBatchEntryId() => Prefixed(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.");

    public static AwsServiceException BatchEntryIdsNotDistinct(string id) =>
        Prefixed("BatchEntryIdsNotDistinct", $"Id {id} repeated.");

    public static AwsServiceException BatchRequestTooLong(int bytes) => Prefixed(
        "BatchRequestTooLong", $"Batch requests cannot be longer than {QueueAttributes.LargestMessage} bytes. You have sent {bytes} bytes.");

    public static AwsServiceException MissingParameter(string name) => new(
        "MissingRequiredParameterException", $"The request must contain the parameter {name}.")
    {
        TypeNamespace = Coral,
        QueryErrorCode = "MissingParameter",
    };

    /// <summary>The commonest error: <c>InvalidParameterValue</c> with free words.</summary>
    public static AwsServiceException InvalidParameter(string message) => new("InvalidParameterValueException", message)
    {
        TypeNamespace = Coral,
        QueryErrorCode = "InvalidParameterValue",
    };

    public static AwsServiceException InvalidValue(object? value, string parameter, string reason) =>
        InvalidParameter($"Value {value} for parameter {parameter} is invalid. Reason: {reason}");

    private static AwsServiceException Named(string code, string message, HttpStatusCode status = HttpStatusCode.BadRequest) =>
        new(code, message, status) { TypeNamespace = Modeled, QueryErrorCode = code };

    private static AwsServiceException Prefixed(string code, string message, HttpStatusCode status = HttpStatusCode.BadRequest) =>
        new(code, message, status) { TypeNamespace = Modeled, QueryErrorCode = "AWS.SimpleQueueService." + code };
}
