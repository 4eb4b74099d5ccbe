using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Oith.LocalCloud.Durability;

/// <summary>
/// The one lock of a data directory. The operating system frees it with the process, however that ends; a file beside it names the holder for the
/// message of the process that is refused.
/// </summary>
internal sealed partial class DirectoryLock : IDisposable
{
    private const string LockName = "localcloud.lock";
    private const string HolderName = "localcloud.holder";

    /// <summary>The holder's file always has this length, so that it can be written over on a full disk.</summary>
    private const int HolderLength = 512;

    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="DataDirectoryException">Another process has it, or the directory cannot be written.</exception>
    public static DirectoryLock Acquire(string directory)
    {
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException error) when (IsHeld(error))
        {
            throw new DataDirectoryException(
                $"The data directory {directory} is in use by {DescribeHolder(directory)}. Two processes on one directory would lose each other's changes: "
                + "stop that process, or set another directory.",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DataDirectory.Unusable(directory, error);
        }

        WriteHolder(directory);
        return new DirectoryLock(file);
    }

    public void Dispose() => _file.Dispose();

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION.
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static void WriteHolder(string directory)
    {
        using var process = Process.GetCurrentProcess();
        var text = JsonSerializer.Serialize(
            new Holder(process.Id, Environment.MachineName, process.StartTime.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
            HolderContext.Default.Holder);
        try
        {
            using var stream = new FileStream(
                Path.Combine(directory, HolderName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.Write(Encoding.UTF8.GetBytes(text.PadRight(HolderLength)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The lock is what counts. A full disk that has no holder's file yet costs only the name in the other process's message.
        }
    }

    private static string DescribeHolder(string directory)
    {
        try
        {
            var holder = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(directory, HolderName)), HolderContext.Default.Holder)!;
            return $"process {holder.Pid} on {holder.Host}, started {holder.Started}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return $"another process, whose name cannot be read from {HolderName}";
        }
    }

    private sealed record Holder(int Pid, string Host, string Started);

    [JsonSerializable(typeof(Holder))]
    private sealed partial class HolderContext : JsonSerializerContext;
}
