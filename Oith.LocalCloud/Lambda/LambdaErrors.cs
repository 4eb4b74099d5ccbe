using System.Net;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>Lambda's errors in AWS's words; nearly all carry a Type, and not-found ones spell Message with a capital.</summary>
internal static class LambdaErrors
{
    public static AwsServiceException InvalidParameter(string message) => User("InvalidParameterValueException", message, HttpStatusCode.BadRequest);

    public static AwsServiceException NotFound(string message) => new("ResourceNotFoundException", message, HttpStatusCode.NotFound)
    {
        Members = new Dictionary<string, JsonNode?> { ["Message"] = message, ["Type"] = "User" },
    };

    public static AwsServiceException FunctionNotFound(string arn) => NotFound($"Function not found: {arn}");

    public static AwsServiceException Conflict(string message) => User("ResourceConflictException", message, HttpStatusCode.Conflict);

    public static AwsServiceException RevisionMismatch() => User(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
        HttpStatusCode.PreconditionFailed);

    public static AwsServiceException Throttled() => new("TooManyRequestsException", "Rate Exceeded.", HttpStatusCode.TooManyRequests)
    {
        Members = new Dictionary<string, JsonNode?> { ["Reason"] = "ReservedFunctionConcurrentInvocationLimitExceeded", ["Type"] = "User" },
    };

    public static AwsServiceException PayloadTooLarge(long length, string invocationType, int limit) => User(
        "RequestTooLargeException",
        $"{length} byte payload is too large for the {invocationType} invocation type (limit {limit} bytes)",
        HttpStatusCode.RequestEntityTooLarge);

    public static AwsServiceException InvalidContent(string reason) => User(
        "InvalidRequestContentException", $"Could not parse request body into json: Could not parse payload into json: {reason}", HttpStatusCode.BadRequest);

    /// <summary>A member that breaks its constraint: <c>Value 'x' at 'timeout' failed to satisfy constraint: …</c>.</summary>
    public static AwsServiceException Constraint(object? value, string member, string constraint) => AwsServiceException.Validation(
        $"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}");

    private static AwsServiceException User(string code, string message, HttpStatusCode status) => new(code, message, status)
    {
        Members = new Dictionary<string, JsonNode?> { ["Type"] = "User" },
    };
}
