using System.Net;
using System.Text.Json;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>The errors of SNS in AWS's words.</summary>
internal static class SNSErrors
{
    public static AwsServiceException TopicNotFound() => new("NotFound", "Topic does not exist", HttpStatusCode.NotFound);

    public static AwsServiceException SubscriptionNotFound() => new("NotFound", "Subscription does not exist", HttpStatusCode.NotFound);

    public static AwsServiceException ResourceNotFound() => new("ResourceNotFound", "Resource does not exist", HttpStatusCode.NotFound);

    public static AwsServiceException InvalidParameter(string what) => new("InvalidParameter", $"Invalid parameter: {what}");

    public static AwsServiceException InvalidArn(string parameter, string arn) =>
        InvalidParameter($"{parameter} Reason: An ARN must have at least 6 elements, not {arn.Split(':').Length}");

    public static AwsServiceException MissingParameter(string name) => InvalidParameter($"{name} Reason: no value for required parameter");

    /// <summary>Words a JSON syntax error in an attribute's value.</summary>
    public static string Unparsable(string value, JsonException error)
    {
        var (reason, place) = JsonParseError.Explain(value, error);
        return $"failed to parse JSON. {reason}\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); {place}]";
    }

    public static AwsServiceException ParameterValueInvalid(string message) => new("ParameterValueInvalid", message);

    public static AwsServiceException ValidationError(string path) =>
        new("ValidationError", $"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null");

    public static AwsServiceException InvalidToken() => new("InvalidParameter", "Invalid token");
}
