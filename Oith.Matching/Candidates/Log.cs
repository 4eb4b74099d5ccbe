namespace Oith.Matching.Candidates;

internal static partial class Log
{
    [LoggerMessage(401, LogLevel.Information, "The candidate index holds {Count} people")]
    public static partial void Loaded(this ILogger logger, int count);

    [LoggerMessage(402, LogLevel.Information, "Redis is back: the candidate index is read again")]
    public static partial void Reloading(this ILogger logger);

    [LoggerMessage(403, LogLevel.Warning, "The candidate index could not be fed; trying again")]
    public static partial void NotFed(this ILogger logger, Exception exception);
}
