namespace Oith.Matching.Storage;

internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Warning, "The circuit of {Dependency} is open: its calls fail at once")]
    public static partial void CircuitOpened(this ILogger logger, string dependency, Exception? exception);

    [LoggerMessage(102, LogLevel.Information, "The circuit of {Dependency} is closed again")]
    public static partial void CircuitClosed(this ILogger logger, string dependency);

    [LoggerMessage(103, LogLevel.Warning, "DAX_ENDPOINTS is set, but this build has no DAX client (build with -p:UseDax=true): DynamoDB is read directly")]
    public static partial void DaxNotBuilt(this ILogger logger);
}
