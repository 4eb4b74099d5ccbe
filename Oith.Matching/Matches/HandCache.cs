using Oith.Matching.Caching;
using Oith.Matching.Changes;

namespace Oith.Matching.Matches;

/// <summary>
/// Answers made of a match in hand and the match's profile, kept until that profile changes. The hand itself never comes from here: the
/// caller reads it from the table, strongly consistent, for every answer, because a pass, a block or a connection counts on every instance
/// from its acknowledgement on. Only the profile may be older, by the second within which changes are exchanged; while they are not
/// exchanged, nothing is answered from the cache.
/// </summary>
internal sealed class HandCache(ChangeFeed changes, TimeProvider time)
{
    private const int Sets = 1 << 16;

    private readonly SetAssociativeCache<Entry> _entries = new(Sets);

    /// <summary>Take it before reading what is to be kept.</summary>
    public HandStamp Stamp(string email) => new(changes.Stamps.Of(email), time.GetTimestamp());

    /// <summary>True when there is an answer for the user's hand, if that still is as it was: reading the hand alone may do.</summary>
    public bool Knows(string email) => _entries.Find(email) is not null;

    /// <param name="hand">As the table has it now.</param>
    /// <returns>Null when the match's profile must be read.</returns>
    public MatchView? Find(MatchInHand hand) =>
        _entries.Find(hand.UserEmail) is { } entry && entry.Hand == hand && IsCurrent(hand.MatchEmail, entry.Match) ? entry.View : null;

    /// <param name="match">Taken before the match's profile was read.</param>
    public void Keep(MatchInHand hand, MatchView view, HandStamp match) => _entries.Keep(new Entry(hand, view, match));

    /// <summary>True unless a change of the user after <paramref name="stamp"/> was taken was announced, here or elsewhere.</summary>
    public bool IsCurrent(string email, HandStamp stamp) => changes.Covers(stamp.At) && changes.Stamps.Of(email) == stamp.Stamp;

    private sealed record Entry(MatchInHand Hand, MatchView View, HandStamp Match) : ICacheEntry
    {
        public string Key => Hand.UserEmail;

        public long At => Match.At;
    }
}

/// <param name="Stamp">Changes of the user so far.</param>
/// <param name="At">Timestamp of the clock.</param>
internal readonly record struct HandStamp(long Stamp, long At);
