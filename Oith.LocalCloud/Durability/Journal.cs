namespace Oith.LocalCloud.Durability;

/// <summary>
/// The append-only record log of one service. A service appends a record for every change before it acknowledges it, and
/// reads all records back at start. Without a data directory nothing is kept and every call returns at once.
/// </summary>
/// <remarks>
/// A record is handed to the operating system before <see cref="Append"/> returns, so an acknowledged change survives
/// kill -9 of this process; a power failure may lose the last seconds. File format: a four-byte little-endian length, a
/// four-byte CRC-32C of the payload, the payload. A record cut short at the end (the process died while writing it, so it was
/// never acknowledged) is dropped at the next start.
/// </remarks>
public sealed class Journal : IDisposable
{
    private const int MaximumRecordLength = 64 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly string? _path;
    private FileStream? _stream;

    /// <param name="directory">The data directory; null keeps nothing.</param>
    /// <param name="service">The service's signing name, the file's name.</param>
    public Journal(string? directory, string service)
    {
        if (directory is null)
        {
            return;
        }

        Directory.CreateDirectory(directory);
        _path = Path.Combine(directory, service + ".journal");
    }

    /// <summary>False: nothing is kept, so a caller can spare itself the serialising.</summary>
    public bool IsEnabled => _path is not null;

    /// <summary>All records in the order they were appended. Call once, before the first <see cref="Append"/>.</summary>
    public IEnumerable<byte[]> Replay()
    {
        if (_path is null || !File.Exists(_path))
        {
            yield break;
        }

        using var stream = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        var header = new byte[8];
        var intact = 0L;
        while (stream.ReadAtLeast(header, 8, throwOnEndOfStream: false) == 8)
        {
            var length = BitConverter.ToInt32(header);
            if (length is < 0 or > MaximumRecordLength)
            {
                break;
            }

            var record = new byte[length];
            if (stream.ReadAtLeast(record, length, throwOnEndOfStream: false) < length || Checksum(record) != BitConverter.ToUInt32(header, 4))
            {
                break;
            }

            intact = stream.Position;
            yield return record;
        }

        stream.SetLength(intact);
    }

    /// <summary>Keeps one record; thread-safe. On return it survives the end of this process.</summary>
    public void Append(ReadOnlySpan<byte> record)
    {
        if (_path is null)
        {
            return;
        }

        lock (_lock)
        {
            _stream ??= new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            Write(_stream, record);
        }
    }

    /// <summary>Replaces all records by <paramref name="records"/> (the compacted state) in one atomic rename.</summary>
    public void Rewrite(IEnumerable<ReadOnlyMemory<byte>> records)
    {
        if (_path is null)
        {
            return;
        }

        lock (_lock)
        {
            _stream?.Dispose();
            _stream = null;
            var compacted = _path + ".compacting";
            using (var stream = new FileStream(compacted, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                foreach (var record in records)
                {
                    Write(stream, record.Span);
                }
            }

            File.Move(compacted, _path, overwrite: true);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _stream?.Dispose();
            _stream = null;
        }
    }

    private static void Write(FileStream stream, ReadOnlySpan<byte> record)
    {
        // One write call a record, so that a crash cannot leave a header without its payload in the middle of the file.
        var length = record.Length + 8;
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(length);
        try
        {
            BitConverter.TryWriteBytes(buffer, record.Length);
            BitConverter.TryWriteBytes(buffer.AsSpan(4), Checksum(record));
            record.CopyTo(buffer.AsSpan(8));
            stream.Write(buffer, 0, length);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            crc = System.Numerics.BitOperations.Crc32C(crc, BitConverter.ToUInt64(data));
            data = data[8..];
        }

        foreach (var value in data)
        {
            crc = System.Numerics.BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}

/// <summary>Opens the journal of each service in the configured data directory.</summary>
public sealed class JournalFactory(LocalCloudOptions options)
{
    public Journal Open(string service) => new(options.DataDirectory, service);
}
