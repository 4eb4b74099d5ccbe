using Oith.Matching.Caching;
using Oith.Matching.Profiles;
using Oith.Matching.Requests;
using Oith.Matching.Storage;

namespace Oith.Matching.Matches;

/// <summary>Somebody who asks for a match, as of one reading.</summary>
/// <param name="Profile">Null when there is no such person.</param>
/// <param name="Hand">Null when it is empty; an expired match is still in it.</param>
/// <param name="Own">Taken before the reading.</param>
internal readonly record struct SeekerSnapshot(Profile? Profile, MatchInHand? Hand, HandStamp Own);

/// <summary>Reads in one call what every request for a match begins with.</summary>
internal sealed class SeekerReader(DynamoDBStore store, MatchStore matches, ProfileStore profiles, MatchRequestStore requests, HandCache cache)
{
    private const int Sets = 1 << 10;

    // Seekers with an empty hand that a plan was made for, until their task comes. That the hand is empty is checked when a match is put into it;
    // a hand that is not empty would be answered with, so it is read again.
    private readonly SetAssociativeCache<Planned> _planned = new(Sets);

    public async Task<SeekerSnapshot> ReadAsync(string email, CancellationToken cancellationToken)
    {
        var own = cache.Stamp(email);
        var items = await store.FindTogetherAsync([matches.KeyOf(email), profiles.KeyOf(email)], cancellationToken);
        return new SeekerSnapshot(ProfileStore.Read(items[1]), MatchStore.Read(items[0]), own);
    }

    /// <summary>Returns the seeker and the request, from memory where what is a second old is checked again when it is written.</summary>
    /// <returns>With the request's record, null when it is gone.</returns>
    public async ValueTask<(SeekerSnapshot Seeker, MatchRequest? Request)> GlanceAsync(string email, Guid requestId, CancellationToken cancellationToken) =>
        requests.FindWaiting(requestId) is { } request && _planned.Find(email) is { Seeker: var seeker } && cache.IsCurrent(email, seeker.Own)
            ? (seeker, request)
            : await ReadAsync(email, requestId, cancellationToken);

    private async Task<(SeekerSnapshot Seeker, MatchRequest? Request)> ReadAsync(string email, Guid requestId, CancellationToken cancellationToken)
    {
        var own = cache.Stamp(email);
        var items = await store.FindTogetherAsync(
            [matches.KeyOf(email), profiles.KeyOf(email), requests.KeyOf(requestId)], cancellationToken);
        return (new SeekerSnapshot(ProfileStore.Read(items[1]), MatchStore.Read(items[0]), own), MatchRequestStore.Read(requestId, items[2]));
    }

    /// <param name="emails">As many as a Pipe's batch has messages; some may be the same.</param>
    public async Task<Dictionary<string, SeekerSnapshot>> ReadAllAsync(IEnumerable<string> emails, CancellationToken cancellationToken)
    {
        var people = emails.Distinct(StringComparer.Ordinal).Select(email => (Email: email, Own: cache.Stamp(email))).ToArray();
        var seekers = new Dictionary<string, SeekerSnapshot>(StringComparer.Ordinal);
        foreach (var chunk in people.Chunk(DynamoDBStore.BatchGetLimit / 2))
        {
            var items = await store.FindTogetherAsync(
                [.. chunk.Select(person => matches.KeyOf(person.Email)), .. chunk.Select(person => profiles.KeyOf(person.Email))], cancellationToken);
            for (var i = 0; i < chunk.Length; i++)
            {
                var seeker = new SeekerSnapshot(ProfileStore.Read(items[chunk.Length + i]), MatchStore.Read(items[i]), chunk[i].Own);
                seekers[chunk[i].Email] = seeker;
                if (seeker is { Hand: null, Profile: not null })
                {
                    _planned.Keep(new Planned(chunk[i].Email, seeker));
                }
            }
        }

        return seekers;
    }

    private sealed record Planned(string Key, SeekerSnapshot Seeker) : ICacheEntry
    {
        public long At => Seeker.Own.At;
    }
}
