using System.Net;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Faults;

/// <summary>The errors that a fault answers, in the words and with the status that AWS has for them.</summary>
internal static class FaultErrors
{
    private static readonly Dictionary<string, (HttpStatusCode Status, string Message)> s_known = new(StringComparer.Ordinal)
    {
        ["InternalError"] = (HttpStatusCode.InternalServerError, "We encountered an internal error. Please try again."),
        ["InternalFailure"] = (HttpStatusCode.InternalServerError, "The request processing has failed because of an unknown error, exception or failure."),
        ["InternalServerError"] = (HttpStatusCode.InternalServerError, "The request processing has failed because of an unknown error, exception or failure."),
        ["LimitExceededException"] = (HttpStatusCode.BadRequest, "Too many operations for a given subscriber."),
        ["ProvisionedThroughputExceededException"] = (
            HttpStatusCode.BadRequest,
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."),
        ["RequestLimitExceeded"] = (HttpStatusCode.BadRequest, "Throughput exceeds the current throughput limit for your account."),
        ["RequestThrottled"] = (HttpStatusCode.Forbidden, "Request was throttled."),
        ["ServiceException"] = (HttpStatusCode.InternalServerError, "An error occurred and the request cannot be processed."),
        ["ServiceUnavailable"] = (HttpStatusCode.ServiceUnavailable, "The request has failed due to a temporary failure of the server."),
        ["SlowDown"] = (HttpStatusCode.ServiceUnavailable, "Please reduce your request rate."),
        ["ThrottlingException"] = (HttpStatusCode.BadRequest, "Rate exceeded"),
        ["TooManyRequestsException"] = (HttpStatusCode.TooManyRequests, "Rate Exceeded."),
    };

    public static AwsServiceException Of(string service, string code)
    {
        var (status, message) = s_known.GetValueOrDefault(code, (HttpStatusCode.BadRequest, $"A fault of LocalCloud answers {code}."));
        return new AwsServiceException(code, message, status)
        {
            TypeNamespace = service == "dynamodb" ? "com.amazonaws.dynamodb.v20120810" : null,
        };
    }
}
