namespace Oith.Matching.Candidates;

internal static partial class Log
{
    [LoggerMessage(401, LogLevel.Information, "People live in {Count} cells")]
    public static partial void Counted(this ILogger logger, int count);

    [LoggerMessage(402, LogLevel.Information, "Redis is back: the cells in memory are read again")]
    public static partial void Reloading(this ILogger logger);

    [LoggerMessage(403, LogLevel.Warning, "The candidate index could not be fed; trying again")]
    public static partial void NotFed(this ILogger logger, Exception exception);

    [LoggerMessage(404, LogLevel.Warning, "The cells in memory could not be looked after; trying again")]
    public static partial void NotKept(this ILogger logger, Exception exception);
}
