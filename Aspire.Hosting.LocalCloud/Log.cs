using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.LocalCloud;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Alarm {Alarm}: {Reason}")]
    public static partial void AlarmFires(ILogger logger, string alarm, string reason);

    [LoggerMessage(2, LogLevel.Information, "Alarm {Alarm} is over.")]
    public static partial void AlarmEnds(ILogger logger, string alarm);
}
