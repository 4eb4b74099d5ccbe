using System.Net;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The errors of S3 in its own words.</summary>
internal static class S3Errors
{
    public static AwsServiceException NoSuchBucket() => new("NoSuchBucket", "The specified bucket does not exist", HttpStatusCode.NotFound);

    public static AwsServiceException NoSuchKey() => new("NoSuchKey", "The specified key does not exist.", HttpStatusCode.NotFound);

    public static AwsServiceException NoSuchUpload() => new(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
        HttpStatusCode.NotFound);

    public static AwsServiceException EntityTooLarge(long limit) => new(
        "EntityTooLarge", $"Your proposed upload exceeds the maximum allowed size. LocalCloud's is {limit} bytes.");

    public static AwsServiceException BadDigest(string algorithm) => new("BadDigest", $"The {algorithm} you specified did not match the calculated checksum.");

    public static AwsServiceException Invalid(string message) => new("InvalidRequest", message);

    public static AwsServiceException PreconditionFailed() => new(
        "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", HttpStatusCode.PreconditionFailed);

    public static AwsServiceException Unwritable(Exception error) => new(
        "ServiceUnavailable", $"LocalCloud cannot write the object: {error.Message} Nothing was changed.", HttpStatusCode.ServiceUnavailable);

    public static AwsServiceException NotImplemented(string what) =>
        new("NotImplemented", $"LocalCloud's S3 does not support {what}.", HttpStatusCode.NotImplemented);
}
