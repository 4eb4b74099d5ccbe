using Oith.Matching.Candidates;

namespace Oith.Matching.Exclusions;

/// <summary>
/// Who may not be shown to a person, kept until it changes: here at once, elsewhere as fast as changes are exchanged. One that is
/// behind costs an attempt and nothing else, because presenting checks the truth.
/// </summary>
internal sealed class ExclusionCache(ExclusionReader reader, ChangeFeed changes, TimeProvider time)
{
    private const int Slots = 1 << 14;
    private const int LongestKept = 512;

    // An instance that is killed between a write and its announcement leaves the others this much behind.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(1);

    // Each person has one place, and whoever comes last has it: of bounded size without any order to keep.
    private readonly Entry?[] _entries = new Entry?[Slots];

    /// <returns>A set of the caller's own.</returns>
    public async ValueTask<HashSet<string>> ReadAsync(string email, CancellationToken cancellationToken)
    {
        var entry = Volatile.Read(ref _entries[Slot(email)]);
        var stamp = changes.ExclusionStamps.Of(email);
        if (entry is not null && entry.Email == email && entry.Stamp == stamp && changes.IsLive && time.GetElapsedTime(entry.At) < s_lifetime)
        {
            return new HashSet<string>(entry.Excluded, StringComparer.Ordinal);
        }

        var at = time.GetTimestamp();
        var excluded = await reader.ReadAsync(email, cancellationToken);
        if (excluded.Count <= LongestKept)
        {
            Volatile.Write(ref _entries[Slot(email)], new Entry(email, [.. excluded], stamp, at));
        }

        return excluded;
    }

    /// <summary>From now on the person is not shown <paramref name="other"/>; call it after that is stored.</summary>
    public void Add(string email, string other)
    {
        var stamp = changes.AnnounceExclusion(email);
        var entry = Volatile.Read(ref _entries[Slot(email)]);
        // What was known before this change, and nothing between, is known after it.
        if (entry is not null && entry.Email == email && entry.Stamp == stamp - 1 && entry.Excluded.Length < LongestKept)
        {
            Volatile.Write(ref _entries[Slot(email)], entry with { Excluded = [.. entry.Excluded, other], Stamp = stamp });
        }
    }

    /// <summary>Whom these people are not shown is to be read again.</summary>
    public void Forget(params ReadOnlySpan<string> emails)
    {
        foreach (var email in emails)
        {
            changes.AnnounceExclusion(email);
        }
    }

    private static int Slot(string email) => string.GetHashCode(email, StringComparison.Ordinal) & (Slots - 1);

    private sealed record Entry(string Email, string[] Excluded, long Stamp, long At);
}
