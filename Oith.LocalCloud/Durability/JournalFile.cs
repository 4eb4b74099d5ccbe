using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Oith.LocalCloud.Durability;

/// <summary>A record of a journal's file.</summary>
/// <param name="Sequence">One more than that of the record before; counted in a file of the first format, which has none.</param>
/// <param name="Next">The offset behind it.</param>
internal readonly record struct JournalRecord(long Offset, long Sequence, long Next, byte[] Payload);

/// <summary>What is wrong with a file, and where.</summary>
internal sealed record JournalDamage(long Offset, string Reason);

/// <summary>Reads a journal's file record by record, and finds the records that read behind a damaged place.</summary>
internal sealed class JournalFile : IDisposable
{
    private const int WindowLength = 1 << 20;
    private const int ScanLength = 1 << 16;

    private readonly SafeFileHandle _handle;
    private readonly string _service;
    private readonly uint _seed;
    private byte[] _window = new byte[WindowLength];
    private long _windowStart;
    private int _windowCount;

    /// <param name="isListed">The data directory has this journal in the second format: a file without the header is not an old one.</param>
    public JournalFile(string path, string service, bool isListed)
    {
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        (_service, _seed, Length) = (service, JournalFormat.Seed(service), RandomAccess.GetLength(_handle));
        var header = Read(0, (int)Math.Min(Length, JournalFormat.HeaderLength));
        IsFirstFormat = !isListed && !JournalFormat.HasMagic(header);
        // What holds no record of the first format is a file of the second whose header is damaged.
        IsFirstFormat = IsFirstFormat && (Length == 0 || Find(0) is not null);
        header = Read(0, (int)Math.Min(Length, JournalFormat.HeaderLength));
        Version = JournalFormat.ReadVersion(header);
        if (JournalFormat.ReadHeader(header) is var (first, owner))
        {
            (FirstSequence, Owner) = (first, owner);
        }

        Mark = header.Length < JournalFormat.HeaderLength || IsFirstFormat ? null : JournalFormat.ReadMark(header);
    }

    public long Length { get; }

    /// <summary>The format of the first releases: no header; four bytes of length, four of CRC-32C, the payload.</summary>
    public bool IsFirstFormat { get; }

    /// <summary>Null when the header is damaged, and in the first format.</summary>
    public int? Version { get; }

    public long FirstSequence { get; } = 1;

    /// <summary>The service that wrote the file, null when the header is damaged.</summary>
    public string? Owner { get; }

    /// <summary>The sequence of the last acknowledged record, null when it cannot be read.</summary>
    public long? Mark { get; }

    /// <summary>Where the records that read without a gap end.</summary>
    public long End { get; private set; }

    /// <summary>The sequence of the last of them.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Looks at every record of the file. Sets <see cref="End"/> and <see cref="LastSequence"/>.</summary>
    /// <returns>Null when all acknowledged records read.</returns>
    public JournalDamage? Verify()
    {
        if (!IsFirstFormat && DamageOfHeader() is { } damage)
        {
            return damage;
        }

        End = IsFirstFormat ? 0 : JournalFormat.HeaderLength;
        LastSequence = FirstSequence - 1;
        while (TryRead(End) is { } record && record.Sequence == LastSequence + 1)
        {
            (End, LastSequence) = (record.Next, record.Sequence);
        }

        if (IsFirstFormat && End == 0 && Length > 0)
        {
            return new JournalDamage(0, "no record reads there.");
        }

        if (End < Length && Find(End) is { } later)
        {
            return new JournalDamage(
                End,
                later == End
                    ? $"the record there is not number {LastSequence + 1}, which follows; a part of the file is missing, doubled or out of order."
                    : $"no record reads there, but one does at offset {later}.");
        }

        return Mark > LastSequence
            ? new JournalDamage(End, $"the file ends with record {LastSequence}, but record {Mark} was acknowledged.")
            : null;
    }

    /// <summary>The records in front of <see cref="End"/>.</summary>
    public IEnumerable<JournalRecord> Records()
    {
        LastSequence = FirstSequence - 1;
        for (var offset = IsFirstFormat ? 0L : JournalFormat.HeaderLength; offset < End;)
        {
            var record = TryRead(offset) ?? throw new IOException($"The journal changed while it was read, at offset {offset}.");
            (offset, LastSequence) = (record.Next, record.Sequence);
            yield return record;
        }
    }

    /// <summary>Every record of the file that reads, wherever it is, once and in the order of the sequence.</summary>
    public IEnumerable<JournalRecord> Salvage()
    {
        var offsets = new SortedDictionary<long, long>();
        for (var offset = 0L; Find(offset) is { } found;)
        {
            LastSequence = offsets.Count;
            var record = TryRead(found)!.Value;
            offsets.TryAdd(record.Sequence, found);
            offset = record.Next;
        }

        foreach (var (sequence, offset) in offsets)
        {
            yield return TryRead(offset)!.Value with { Sequence = sequence };
        }
    }

    /// <summary>The record that starts at the offset, null when none reads there.</summary>
    public JournalRecord? TryRead(long offset)
    {
        if (IsFirstFormat)
        {
            return TryReadFirstFormat(offset);
        }

        var header = Read(offset, JournalFormat.RecordHeaderLength);
        if (header.Length < JournalFormat.RecordHeaderLength || !header.StartsWith(JournalFormat.Marker))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        if (length is < 0 or > JournalFormat.MaximumRecordLength || length > Length - offset - JournalFormat.RecordHeaderLength)
        {
            return null;
        }

        var whole = Read(offset, JournalFormat.RecordHeaderLength + length);
        var payload = whole[JournalFormat.RecordHeaderLength..];
        return JournalFormat.IsRecord(whole, _seed, payload)
            ? new JournalRecord(offset, BinaryPrimitives.ReadInt64LittleEndian(whole[8..]), offset + whole.Length, payload.ToArray())
            : null;
    }

    public void Dispose() => _handle.Dispose();

    private JournalRecord? TryReadFirstFormat(long offset)
    {
        var header = Read(offset, 8);
        var length = header.Length < 8 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length is <= 0 or > JournalFormat.MaximumRecordLength || length > Length - offset - 8)
        {
            return null;
        }

        var whole = Read(offset, 8 + length);
        return JournalFormat.Checksum(whole[8..]) == BinaryPrimitives.ReadUInt32LittleEndian(whole[4..])
            ? new JournalRecord(offset, LastSequence + 1, offset + 8 + length, whole[8..].ToArray())
            : null;
    }

    /// <summary>The offset of the first record that reads at or behind the offset, null when there is none.</summary>
    private long? Find(long offset)
    {
        for (; offset < Length; offset++)
        {
            if (!IsFirstFormat)
            {
                var rest = Read(offset, (int)Math.Min(ScanLength, Length - offset));
                var marker = rest.IndexOf(JournalFormat.Marker);
                if (marker < 0)
                {
                    // The last three bytes may be the start of a marker that goes on in the next window.
                    offset += Math.Max(0, rest.Length - JournalFormat.Marker.Length);
                    continue;
                }

                offset += marker;
            }

            if (TryRead(offset) is not null)
            {
                return offset;
            }
        }

        return null;
    }

    private JournalDamage? DamageOfHeader()
    {
        if (Length < JournalFormat.HeaderLength)
        {
            return new JournalDamage(0, Length == 0 ? "the file is empty." : $"the file has {Length} bytes only, fewer than its header.");
        }

        if (Version is not { } version)
        {
            return new JournalDamage(0, "the header does not read.");
        }

        if (version != JournalFormat.Version)
        {
            // Not damage: --repair would not help.
            throw new DataDirectoryException(
                $"The data directory was written by a newer LocalCloud (journal format {version}; this one reads up to {JournalFormat.Version}). "
                + "Start that version, or set another data directory.");
        }

        return Owner is null ? new JournalDamage(24, "the header does not read.")
            : Owner != _service ? new JournalDamage(0, $"it is the journal of the service {Owner}, not of {_service}. Were two files exchanged?")
            : Mark is null ? new JournalDamage(JournalFormat.MarkOffset, "the header does not read.")
            : null;
    }

    /// <summary>The bytes at the offset, fewer at the end of the file. Valid until the next call.</summary>
    private ReadOnlySpan<byte> Read(long offset, int count)
    {
        if (offset < _windowStart || offset + count > _windowStart + _windowCount)
        {
            if (count > _window.Length)
            {
                _window = new byte[count];
            }

            (_windowStart, _windowCount) = (offset, 0);
            int read;
            while (_windowCount < _window.Length
                && (read = RandomAccess.Read(_handle, _window.AsSpan(_windowCount), offset + _windowCount)) > 0)
            {
                _windowCount += read;
            }
        }

        var start = (int)(offset - _windowStart);
        return _window.AsSpan(start, Math.Min(count, Math.Max(0, _windowCount - start)));
    }
}
