using Oith.Matching.Caching;
using Oith.Matching.Candidates;

namespace Oith.Matching.Matches;

/// <summary>
/// Matches in the hand that were found to last, kept until either of the two changes: here at once, elsewhere as fast as changes
/// are exchanged. While they are not exchanged, nothing is answered from it.
/// </summary>
internal sealed class HandCache(ChangeFeed changes, TimeProvider time)
{
    private const int Sets = 1 << 16;

    private readonly SetAssociativeCache<Entry> _entries = new(Sets);

    /// <summary>Take it before reading what is to be kept.</summary>
    public HandStamp Stamp(string email) => new(changes.Stamps.Of(email), time.GetTimestamp());

    /// <summary>The person's match, when it is known to be as it was; null when it must be read.</summary>
    public MatchView? Find(string email) => _entries.Find(email) is { } entry && IsCurrent(entry) ? entry.View : null;

    /// <param name="own">Taken before the hand was read.</param>
    /// <param name="match">Taken before the other's profile was read.</param>
    public void Keep(string email, MatchView view, HandStamp own, HandStamp match) =>
        _entries.Keep(new Entry(email, view, own.Stamp, match.Stamp, own.At));

    private bool IsCurrent(Entry entry) =>
        changes.Covers(entry.At)
        && changes.Stamps.Of(entry.Key) == entry.OwnStamp
        && changes.Stamps.Of(entry.View.Email) == entry.MatchStamp
        && !(entry.View.ExpiresAt <= time.GetUtcNow());

    private sealed record Entry(string Key, MatchView View, long OwnStamp, long MatchStamp, long At) : ICacheEntry;
}

/// <param name="Stamp">Changes of the person so far.</param>
/// <param name="At">Timestamp of the clock.</param>
internal readonly record struct HandStamp(long Stamp, long At);
