namespace Oith.LocalCloud.Durability;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning,
        "The journal {Path} ends in a record that was not finished and never acknowledged: {Bytes} bytes from offset {Offset} on are cut off")]
    public static partial void TornTailCut(this ILogger logger, string path, long bytes, long offset);

    [LoggerMessage(2, LogLevel.Warning, "The journal {Path} was damaged: {Kept} records are kept, {Lost} are lost. The damaged file is {Aside}")]
    public static partial void JournalRepaired(this ILogger logger, string path, long kept, string lost, string aside);

    [LoggerMessage(3, LogLevel.Warning, "The journal {Path} cannot be compacted and is used as it is")]
    public static partial void CompactionFailed(this ILogger logger, Exception error, string path);

    [LoggerMessage(4, LogLevel.Warning, "{Path} cannot be written: a journal that is missing at the next start may go unnoticed")]
    public static partial void ListNotWritten(this ILogger logger, Exception error, string path);

    [LoggerMessage(5, LogLevel.Warning, "The journal {Path} is missing. What it held is lost; LocalCloud starts without it, because repair is on")]
    public static partial void MissingJournalAccepted(this ILogger logger, string path);

    [LoggerMessage(6, LogLevel.Error, "The journal {Path} cannot be written; calls that change state are refused")]
    public static partial void AppendFailed(this ILogger logger, Exception error, string path);

    [LoggerMessage(7, LogLevel.Warning, "The record at offset {Offset} of the journal {Path} cannot be applied and is lost")]
    public static partial void RecordSkipped(this ILogger logger, Exception error, string path, long offset);
}
