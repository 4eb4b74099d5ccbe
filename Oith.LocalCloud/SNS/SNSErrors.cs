using System.Net;
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

    public static AwsServiceException ParameterValueInvalid(string message) => new("ParameterValueInvalid", message);

    public static AwsServiceException ValidationError(string path) =>
        new("ValidationError", $"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null");

    public static AwsServiceException InvalidToken() => new("InvalidParameter", "Invalid token");
}
