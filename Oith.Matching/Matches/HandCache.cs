using Oith.Matching.Candidates;

namespace Oith.Matching.Matches;

/// <summary>
/// Matches in the hand that were found to last, kept until either of the two changes: here at once, elsewhere as fast as changes
/// are exchanged. While they are not exchanged, nothing is answered from it.
/// </summary>
internal sealed class HandCache(ChangeFeed changes, TimeProvider time)
{
    private const int Slots = 1 << 17;

    // An instance that is killed between a write and its announcement leaves the others this much behind.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(1);

    // Each person has one place, and whoever comes last has it: of bounded size without any order to keep.
    private readonly Entry?[] _entries = new Entry?[Slots];

    /// <summary>Take it before reading what is to be kept.</summary>
    public HandStamp Stamp(string email) => new(changes.Stamps.Of(email), time.GetTimestamp());

    /// <summary>The person's match, when it is known to be as it was; null when it must be read.</summary>
    public MatchView? Find(string email)
    {
        var entry = Volatile.Read(ref _entries[Slot(email)]);
        return entry is not null
            && entry.Email == email
            && changes.IsLive
            && changes.Stamps.Of(email) == entry.OwnStamp
            && changes.Stamps.Of(entry.View.Email) == entry.MatchStamp
            && time.GetElapsedTime(entry.At) < s_lifetime
            && !(entry.View.ExpiresAt <= time.GetUtcNow())
            ? entry.View
            : null;
    }

    /// <param name="own">Taken before the hand was read.</param>
    /// <param name="match">Taken before the other's profile was read.</param>
    public void Keep(string email, MatchView view, HandStamp own, HandStamp match) =>
        Volatile.Write(ref _entries[Slot(email)], new Entry(email, view, own.Stamp, match.Stamp, own.At));

    private static int Slot(string email) => string.GetHashCode(email, StringComparison.Ordinal) & (Slots - 1);

    private sealed record Entry(string Email, MatchView View, long OwnStamp, long MatchStamp, long At);
}

/// <param name="Stamp">Changes of the person so far.</param>
/// <param name="At">Timestamp of the clock.</param>
internal readonly record struct HandStamp(long Stamp, long At);
