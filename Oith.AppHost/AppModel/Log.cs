using Microsoft.Extensions.Logging;

namespace Oith.AppHost.AppModel;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Error, "{Step} failed: {Reason}")]
    public static partial void StepFailed(ILogger logger, string step, string reason, Exception exception);

    [LoggerMessage(LogLevel.Information, "Uploaded s3://{Bucket}/{Key}")]
    public static partial void Uploaded(ILogger logger, string bucket, string key);

    [LoggerMessage(LogLevel.Information, "Network {VpcId}, subnets {SubnetIds}")]
    public static partial void NetworkFound(ILogger logger, string vpcId, string subnetIds);

    [LoggerMessage(LogLevel.Information, "{Users} people seeded")]
    public static partial void Seeded(ILogger logger, int users);

    [LoggerMessage(LogLevel.Information, "The people of an earlier run are kept")]
    public static partial void PeopleKept(ILogger logger);

    [LoggerMessage(LogLevel.Information, "{Function} forwards its tasks to {Url}")]
    public static partial void FunctionForwards(ILogger logger, string function, string url);
}
