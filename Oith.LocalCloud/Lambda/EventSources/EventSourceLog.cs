namespace Oith.LocalCloud.Lambda.EventSources;

internal static partial class EventSourceLog
{
    [LoggerMessage(1, LogLevel.Warning, "Records of {Source} could not be given to {Function}")]
    public static partial void PollFailed(ILogger logger, Exception error, string source, string function);

    [LoggerMessage(2, LogLevel.Warning, "{Function} failed at a batch of {Count} records of {Source}: {Reason}")]
    public static partial void FunctionFailed(ILogger logger, string function, int count, string source, string? reason);

    [LoggerMessage(3, LogLevel.Warning, "{Function} did not take a batch of {Count} records: {Reason}")]
    public static partial void BatchNotTaken(ILogger logger, string function, int count, string reason);

    [LoggerMessage(4, LogLevel.Error, "A batch of {Function} failed inside LocalCloud")]
    public static partial void BatchFault(ILogger logger, Exception error, string function);

    [LoggerMessage(5, LogLevel.Warning, "The account of records that {Function} failed at could not be sent to {Destination}: {Reason}")]
    public static partial void Undelivered(ILogger logger, string function, string destination, string reason);
}
