namespace Oith.LocalCloud.Messaging;

/// <summary>What a FIFO queue or topic remembers of a deduplication id for five minutes, whether or not the message is still there.</summary>
internal readonly record struct DeduplicationEntry(string Key, string MessageId, long Number, long ExpiresAt);

/// <summary>The five-minute window of a FIFO queue or topic. Not thread-safe: every call holds the owner's lock.</summary>
internal sealed class DeduplicationWindow
{
    public const long Milliseconds = 5 * 60 * 1000;

    private readonly Dictionary<string, DeduplicationEntry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<DeduplicationEntry> _byAge = new();

    /// <summary>The first message with that key within the window.</summary>
    public bool TryFind(string key, long now, out DeduplicationEntry entry)
    {
        while (_byAge.TryPeek(out var oldest) && oldest.ExpiresAt <= now)
        {
            _byAge.Dequeue();
            _entries.Remove(oldest.Key);
        }

        return _entries.TryGetValue(key, out entry);
    }

    public void Add(DeduplicationEntry entry)
    {
        if (_entries.TryAdd(entry.Key, entry))
        {
            _byAge.Enqueue(entry);
        }
    }

    /// <summary>Forgets all ids.</summary>
    public void Clear()
    {
        _entries.Clear();
        _byAge.Clear();
    }

    /// <summary>The key under which an id counts: the id alone, or with its group when the scope is <c>messageGroup</c>.</summary>
    public static string Key(bool isPerGroup, string groupId, string deduplicationId) =>
        isPerGroup ? $"{groupId}\n{deduplicationId}" : deduplicationId;
}
