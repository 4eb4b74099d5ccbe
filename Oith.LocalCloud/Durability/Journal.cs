using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using Microsoft.Win32.SafeHandles;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Durability;

/// <summary>
/// The append-only record log of one service. A service appends a record for every change before it acknowledges it, and
/// reads all records back at start. Without a data directory nothing is kept and every call returns at once.
/// </summary>
/// <remarks>
/// A record is handed to the operating system before <see cref="Append"/> returns, so an acknowledged change survives
/// kill -9 of this process; a power failure may lose the last seconds, which the next start notices. The format is that of
/// <see cref="JournalFormat"/>. A record cut short at the end (the process died while writing it, so it was never acknowledged) is
/// cut off at the next start; any other damage refuses the start with the file and the offset, unless repair is on.
/// </remarks>
internal sealed class Journal : IDisposable
{
    private readonly Lock _lock = new();
    private readonly DataDirectory? _directory;
    private readonly string _service;
    private readonly uint _seed;
    private SafeFileHandle? _handle;
    private long _end;
    private long _sequence;
    private bool _isRead;
    private bool _isDamaged;
    private bool _isFirstFormat;
    private bool _isDisposed;
    private bool _isMarkBehind;

    /// <param name="directory">The data directory; null keeps nothing.</param>
    /// <param name="service">The service's signing name, the file's name.</param>
    public Journal(DataDirectory? directory, string service)
    {
        (_directory, _service, _seed) = (directory, service, JournalFormat.Seed(service));
        Path = directory?.PathOf(FileName) ?? "";
    }

    /// <summary>False: nothing is kept, so a caller can spare itself the serialising.</summary>
    public bool IsEnabled => _directory is not null;

    public string Path { get; }

    private string FileName => _service + DataDirectory.JournalExtension;

    /// <summary>Gives all records to <paramref name="apply"/>, in the order they were appended. Call once, before the first <see cref="Append"/>.</summary>
    /// <exception cref="JournalDamagedException">A part of what was acknowledged does not read, or cannot be applied.</exception>
    public void Replay(Action<byte[]> apply)
    {
        _isRead = true;
        if (_directory is null || !Exists())
        {
            return;
        }

        try
        {
            using var file = new JournalFile(Path, _service, _directory.IsListed(FileName));
            Replay(file, apply);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new DataDirectoryException($"The journal {Path} cannot be read: {error.Message} Let this user read and write it.", error);
        }
        catch (IOException error)
        {
            throw new DataDirectoryException($"The journal {Path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Keeps one record; thread-safe. On return it survives the end of this process.</summary>
    /// <exception cref="AwsServiceException">ServiceUnavailable: it cannot be written, for example because the disk is full. Nothing is kept of it.</exception>
    public void Append(ReadOnlySpan<byte> record)
    {
        if (_directory is null)
        {
            return;
        }

        if (record.Length > JournalFormat.MaximumRecordLength)
        {
            throw new AwsServiceException(
                "ServiceUnavailable",
                $"LocalCloud cannot keep a change of {record.Length} bytes; {JournalFormat.MaximumRecordLength} are the most. Nothing was changed.",
                HttpStatusCode.ServiceUnavailable);
        }

        lock (_lock)
        {
            if (_isDisposed)
            {
                // The directory's lock may be another process's by now.
                throw new AwsServiceException("ServiceUnavailable", "LocalCloud stops. Nothing was changed.", HttpStatusCode.ServiceUnavailable);
            }

            try
            {
                _handle ??= Open();
                Write(record);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Undo(error);
                throw new AwsServiceException(
                    "ServiceUnavailable",
                    $"LocalCloud cannot write its journal {Path}: {error.Message} Nothing was changed; repeat the call when it can be written.",
                    HttpStatusCode.ServiceUnavailable);
            }
        }
    }

    /// <summary>
    /// Replaces all records by <paramref name="records"/> (the compacted state) in one atomic rename. Where that fails, for example on a full
    /// disk, the journal stays as it is.
    /// </summary>
    /// <exception cref="DataDirectoryException">It fails, and the file cannot be gone on with: it is damaged, or of the first format.</exception>
    public void Rewrite(IEnumerable<ReadOnlyMemory<byte>> records)
    {
        if (_directory is null)
        {
            return;
        }

        lock (_lock)
        {
            if (!Exists() && !records.Any())
            {
                return;
            }

            Mark();
            _handle?.Dispose();
            _handle = null;
            var compacted = Path + ".compacting";
            try
            {
                var (end, sequence) = WriteAll(compacted, records);
                if (_isDamaged)
                {
                    File.Move(Path, _directory.AsidePathOf(FileName));
                }

                File.Move(compacted, Path, overwrite: true);
                (_end, _sequence, _isDamaged, _isFirstFormat) = (end, sequence, false, false);
                _directory.List(FileName);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                DeleteQuietly(compacted);
                if (_isDamaged || _isFirstFormat)
                {
                    throw new DataDirectoryException(
                        $"The journal {Path} must be rewritten {(_isDamaged ? "to repair it" : "once, as an older LocalCloud wrote it")}, which fails: "
                        + $"{error.Message} Make room for a second file of its size, and start again.",
                        error);
                }

                _directory.Logger.CompactionFailed(error, Path);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Mark();
            _isDisposed = true;
            _handle?.Dispose();
            _handle = null;
        }
    }

    private bool Exists() => File.Exists(Path)
        || (Directory.Exists(Path) ? throw new DataDirectoryException($"{Path} is a directory where a journal belongs. Move it away.") : false);

    private void Replay(JournalFile file, Action<byte[]> apply)
    {
        _isFirstFormat = file.IsFirstFormat;
        if (file.Verify() is { } damage)
        {
            if (!_directory!.Repair)
            {
                throw new JournalDamagedException(Path, damage.Offset, damage.Reason);
            }

            _isDamaged = true;
        }

        var (kept, skipped, first, last) = (0L, 0L, 0L, 0L);
        foreach (var record in _isDamaged ? file.Salvage() : file.Records())
        {
            first = first == 0 ? record.Sequence : first;
            last = record.Sequence;
            try
            {
                apply(record.Payload);
                kept++;
            }
            catch (Exception error)
            {
                if (!_directory!.Repair)
                {
                    throw new JournalDamagedException(
                        Path, record.Offset, $"the record there reads, but cannot be applied ({error.Message}). A newer LocalCloud may have written it.", error);
                }

                _directory.Logger.RecordSkipped(error, Path, record.Offset);
                skipped++;
            }
        }

        _isDamaged |= skipped > 0;
        (_end, _sequence) = (file.End, last > 0 ? last : file.FirstSequence - 1);
        if (_isDamaged)
        {
            _directory!.Logger.JournalRepaired(Path, kept, Lost(file, kept, first, last), _directory.AsidePathOf(FileName));
        }
        else if (file.End < file.Length)
        {
            _directory!.Logger.TornTailCut(Path, file.Length - file.End, file.End);
            CutTail();
        }
    }

    private static string Lost(JournalFile file, long kept, long first, long last)
    {
        if (file.IsFirstFormat || first == 0)
        {
            return "an unknown number";
        }

        var missing = Math.Max(file.Mark ?? 0, last) - (file.Owner is null ? first : file.FirstSequence) + 1 - kept;
        return (file.Owner is null || file.Mark is null ? "at least " : "") + Math.Max(0, missing);
    }

    private void CutTail()
    {
        using var handle = File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.SetLength(handle, _end);
    }

    private SafeFileHandle Open()
    {
        if (!_isRead)
        {
            Replay(static _ => { });
        }

        if (_isDamaged || _isFirstFormat)
        {
            throw new InvalidOperationException($"The journal {Path} must be rewritten before records are appended to it.");
        }

        if (!File.Exists(Path))
        {
            // In one step, so that a journal without its header is always a damaged one.
            var created = Path + ".creating";
            File.WriteAllBytes(created, JournalFormat.Header(_service, 1, mark: 0));
            File.Move(created, Path);
            (_end, _sequence) = (JournalFormat.HeaderLength, 0);
            _directory!.List(FileName);
        }

        return File.OpenHandle(Path, FileMode.Open, FileAccess.Write, FileShare.Read);
    }

    private void Write(ReadOnlySpan<byte> record)
    {
        // One write call a record, so that a crash cannot leave a header without its payload in the middle of the file.
        var length = JournalFormat.RecordHeaderLength + record.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            JournalFormat.WriteRecord(buffer, _seed, _sequence + 1, record);
            RandomAccess.Write(_handle!, buffer.AsSpan(0, length), _end);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _end += length;
        _sequence++;
        if (!_isMarkBehind)
        {
            _isMarkBehind = true;
            _directory!.MarkSoon(this);
        }
    }

    /// <summary>Moves the mark of the file to the last record.</summary>
    public void Mark()
    {
        lock (_lock)
        {
            if (!_isMarkBehind || _handle is null)
            {
                return;
            }

            _isMarkBehind = false;
            try
            {
                Span<byte> mark = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(mark, JournalFormat.Mark(_sequence));
                RandomAccess.Write(_handle, mark, JournalFormat.MarkOffset);
            }
            catch (IOException error)
            {
                // The next record tries again. Until then a file that is cut behind the old mark goes unnoticed.
                _directory!.Logger.AppendFailed(error, Path);
            }
        }
    }

    /// <summary>Takes back what a failed write left behind the last record. The next record is written over what cannot be taken back.</summary>
    private void Undo(Exception cause)
    {
        _directory!.Logger.AppendFailed(cause, Path);
        try
        {
            if (_handle is not null && RandomAccess.GetLength(_handle) > _end)
            {
                RandomAccess.SetLength(_handle, _end);
            }
        }
        catch (IOException error)
        {
            _directory.Logger.AppendFailed(error, Path);
        }
    }

    private (long End, long Sequence) WriteAll(string path, IEnumerable<ReadOnlyMemory<byte>> records)
    {
        var (first, sequence) = (_sequence + 1, _sequence);
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        stream.Write(JournalFormat.Header(_service, first, mark: 0));
        var buffer = Array.Empty<byte>();
        foreach (var record in records)
        {
            var length = JournalFormat.RecordHeaderLength + record.Length;
            buffer = buffer.Length < length ? new byte[Math.Max(length, 4096)] : buffer;
            JournalFormat.WriteRecord(buffer, _seed, ++sequence, record.Span);
            stream.Write(buffer, 0, length);
        }

        var end = stream.Position;
        stream.Position = 0;
        stream.Write(JournalFormat.Header(_service, first, sequence));
        // On the disk before the rename: a power failure must not leave the new name with none of the bytes.
        stream.Flush(flushToDisk: true);
        return (end, sequence);
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next compaction writes over it.
        }
    }
}
