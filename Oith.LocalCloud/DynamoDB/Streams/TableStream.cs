using System.Globalization;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Streams;

/// <summary>One change of an item, as a stream shows it.</summary>
/// <param name="Number">Position in the shard, from 1.</param>
/// <param name="Old">The item before; null: there was none.</param>
/// <param name="Current">The item after; null: it was deleted.</param>
/// <param name="IsExpiry">The item's time to live was over.</param>
internal sealed record StreamRecord(long Number, DateTimeOffset Time, Item? Old, Item? Current, bool IsExpiry);

/// <summary>The changes of one table's items in one shard, kept for a day. Its table's lock guards it.</summary>
internal sealed class TableStream(string label, string viewType, DateTimeOffset created)
{
    private const string SequencePrefix = "1000000000";
    private const int MaximumRecords = 100_000;

    private static readonly TimeSpan s_kept = TimeSpan.FromHours(24);

    private readonly LinkedList<StreamRecord> _records = new();
    private long _last;

    public string Label { get; } = label;

    public string ViewType { get; } = viewType;

    public DateTimeOffset Created { get; } = created;

    public bool IsEnabled { get; set; } = true;

    public string ShardId { get; } =
        $"shardId-{created.ToUnixTimeMilliseconds():D20}-{string.GetHashCode(label, StringComparison.Ordinal):x8}";

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

        _records.AddLast(new StreamRecord(++_last, now, old, current, isExpiry));
        while (_records.First is { } first && (_records.Count > MaximumRecords || first.Value.Time + s_kept < now))
        {
            _records.RemoveFirst();
        }
    }

    public List<StreamRecord> Read(long from, int limit) =>
        [.. _records.SkipWhile(record => record.Number < from).Take(limit)];
}
