using Microsoft.Extensions.Logging;

namespace Oith.AppHost;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "{Result}")]
    public static partial void StepFinished(ILogger logger, string result);

    [LoggerMessage(LogLevel.Error, "{Step} failed: {Reason}")]
    public static partial void StepFailed(ILogger logger, string step, string reason, Exception exception);

    [LoggerMessage(LogLevel.Information, "Uploaded s3://{Bucket}/{Key}")]
    public static partial void Uploaded(ILogger logger, string bucket, string key);
}
