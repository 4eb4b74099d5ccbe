namespace Oith.Matching.Matches;

internal static partial class Log
{
    [LoggerMessage(201, LogLevel.Debug, "Two people are connected")]
    public static partial void Connected(this ILogger logger);
}
