using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Streams;

/// <summary>One change of an item, as a stream shows it.</summary>
/// <param name="Number">Position in the shard, from 1.</param>
/// <param name="Old">The item before; null: there was none.</param>
/// <param name="Current">The item after; null: it was deleted.</param>
/// <param name="IsExpiry">The item's time to live was over.</param>
internal sealed record StreamRecord(long Number, DateTimeOffset Time, Item? Old, Item? Current, bool IsExpiry)
{
    /// <summary>Bytes of both images.</summary>
    public int Size => (Old?.Size ?? 0) + (Current?.Size ?? 0);
}

/// <summary>The changes of one table's items in one shard, kept for a day. Its table's lock guards it.</summary>
internal sealed class TableStream(string label, string viewType, DateTimeOffset created)
{
    private const string SequencePrefix = "1000000000";
    private const int MaximumRecords = 100_000;
    private const int MaximumReadBytes = 1024 * 1024;

    /// <summary>Bytes of the images that are kept. A record may have 800 KB of them, and AWS's day of records need not fit a laptop's memory.</summary>
    public const long MaximumBytes = 128 << 20;

    private static readonly TimeSpan s_kept = TimeSpan.FromHours(24);

    private readonly LinkedList<StreamRecord> _records = new();
    private long _last;
    private long _size;

    public string Label { get; } = label;

    public string ViewType { get; } = viewType;

    public DateTimeOffset Created { get; } = created;

    public bool IsEnabled { get; set; } = true;

    public string ShardId { get; } =
        $"shardId-{created.ToUnixTimeMilliseconds():D20}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(label)).AsSpan(0, 4))}";

    /// <summary>What is kept, oldest first.</summary>
    public IEnumerable<StreamRecord> Records => _records;

    /// <summary>The number of the oldest record that is kept, or of the next one.</summary>
    public long First => _records.First?.Value.Number ?? End;

    /// <summary>The position after the last record.</summary>
    public long End => _last + 1;

    /// <summary>Positions as AWS writes them: 21 digits that grow.</summary>
    public static string SequenceNumber(long number) => SequencePrefix + number.ToString("D11", CultureInfo.InvariantCulture);

    /// <returns>Null: the text is no sequence number.</returns>
    public static long? Position(string sequenceNumber) =>
        sequenceNumber.StartsWith(SequencePrefix, StringComparison.Ordinal)
        && long.TryParse(sequenceNumber.AsSpan(SequencePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    public void Add(DateTimeOffset now, Item? old, Item? current, bool isExpiry)
    {
        if (!IsEnabled || (old is not null && current is not null && old.Root.Equals(current.Root)))
        {
            return;
        }

        Restore(new StreamRecord(_last + 1, now, old, current, isExpiry));
        Trim(now);
    }

    public void Restore(StreamRecord record)
    {
        _records.AddLast(record);
        _size += record.Size;
        _last = record.Number;
    }

    /// <summary>The numbers go on after records that are past.</summary>
    public void RestoreEnd(long last) => _last = last;

    /// <summary>Forgets what is older than a day, and the oldest of what is more than is kept.</summary>
    public void Trim(DateTimeOffset now)
    {
        while (_records.First is { } first && (_records.Count > MaximumRecords || _size > MaximumBytes || first.Value.Time + s_kept < now))
        {
            _size -= first.Value.Size;
            _records.RemoveFirst();
        }
    }

    /// <returns>Records from a position on, one megabyte of images at most.</returns>
    public List<StreamRecord> Read(long from, int limit)
    {
        var records = new List<StreamRecord>();
        var size = 0;
        foreach (var record in _records.SkipWhile(record => record.Number < from).Take(limit))
        {
            size += record.Size;
            if (records.Count > 0 && size > MaximumReadBytes)
            {
                break;
            }

            records.Add(record);
        }

        return records;
    }
}
