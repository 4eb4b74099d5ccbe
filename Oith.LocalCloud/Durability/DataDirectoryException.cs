namespace Oith.LocalCloud.Durability;

/// <summary>The data directory cannot be used as it is. The message names the path and what to do, and is meant for the console.</summary>
public class DataDirectoryException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A journal is not as it was written: LocalCloud refuses to start, because a part of what it acknowledged would be missing.</summary>
/// <param name="path">The file.</param>
/// <param name="offset">The first byte that is not as it was written.</param>
/// <param name="reason">What is wrong there, a whole sentence.</param>
public sealed class JournalDamagedException(string path, long offset, string reason, Exception? innerException = null) : DataDirectoryException(
    $"The journal {path} is damaged at offset {offset}: {reason} Nothing was changed. Restore the file from a copy, or start once with --repair "
    + $"({LocalCloudOptions.Section}:{nameof(LocalCloudOptions.Repair)}=true): it sets the damaged file aside and keeps every record that reads.",
    innerException)
{
    public string Path { get; } = path;

    public long Offset { get; } = offset;
}
