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
        _entries.Keep(new Entry(email, view, own, match.Stamp));

    /// <summary>True when what was read of the person after <paramref name="own"/> was taken is true still.</summary>
    public bool IsCurrent(string email, HandStamp own) => changes.Covers(own.At) && changes.Stamps.Of(email) == own.Stamp;

    private bool IsCurrent(Entry entry) =>
        IsCurrent(entry.Key, entry.Own)
        && changes.Stamps.Of(entry.View.Email) == entry.MatchStamp
        && !(entry.View.ExpiresAt <= time.GetUtcNow());

    private sealed record Entry(string Key, MatchView View, HandStamp Own, long MatchStamp) : ICacheEntry
    {
        public long At => Own.At;
    }
}

/// <param name="Stamp">Changes of the person so far.</param>
/// <param name="At">Timestamp of the clock.</param>
internal readonly record struct HandStamp(long Stamp, long At);
