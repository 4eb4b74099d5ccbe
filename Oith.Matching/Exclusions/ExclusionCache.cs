using Oith.Matching.Caching;
using Oith.Matching.Changes;
using Oith.Matching.Profiles;

namespace Oith.Matching.Exclusions;

/// <summary>
/// Who may not be shown to a person, kept until it changes: here at once, elsewhere as fast as changes are exchanged. One that is
/// behind costs an attempt and nothing else, because presenting checks the truth.
/// </summary>
internal sealed class ExclusionCache(ExclusionReader reader, ChangeFeed changes, TimeProvider time)
{
    private const int Sets = 1 << 13;
    private const int LongestKept = 512;

    private readonly SetAssociativeCache<Entry> _entries = new(Sets);

    /// <returns>A set of the caller's own.</returns>
    public async ValueTask<HashSet<string>> ReadAsync(Profile seeker, CancellationToken cancellationToken)
    {
        var stamp = changes.ExclusionStamps.Of(seeker.Email);
        if (_entries.Find(seeker.Email) is { } entry && entry.Stamp == stamp && changes.Covers(entry.At))
        {
            return new HashSet<string>(entry.Excluded, StringComparer.Ordinal);
        }

        var at = time.GetTimestamp();
        var excluded = await reader.ReadAsync(seeker, cancellationToken);
        if (excluded.Count <= LongestKept)
        {
            _entries.Keep(new Entry(seeker.Email, [.. excluded], stamp, at));
        }

        return excluded;
    }

    /// <summary>From now on the person is not shown <paramref name="other"/>; call it after that is stored.</summary>
    public void Add(string email, string other)
    {
        var stamp = changes.AnnounceExclusion(email);
        // What was known before this change, and nothing between, is known after it.
        if (_entries.Find(email) is { } entry && entry.Stamp == stamp - 1 && entry.Excluded.Length < LongestKept)
        {
            _entries.Keep(entry with { Excluded = [.. entry.Excluded, other], Stamp = stamp });
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

    private sealed record Entry(string Key, string[] Excluded, long Stamp, long At) : ICacheEntry;
}
