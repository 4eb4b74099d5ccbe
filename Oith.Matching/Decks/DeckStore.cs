using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Matching.Redis;
using Oith.Matching.Settings;
using Oith.Matching.Telemetry;
using StackExchange.Redis;

namespace Oith.Matching.Decks;

/// <summary>
/// Candidates found in advance. Redis keys: <c>oith:{environment}:deck:{e-mail}</c>, a string that lasts 24 hours:
/// <c>{"v": 3, "c": [{"Email": "b@…", "Compatibility": 81, "Distance": 4}, …]}</c>, best first.
/// </summary>
internal sealed class DeckStore(RedisStore redis, IOptions<MatchingOptions> options, MatchingMetrics metrics, TimeProvider time)
{
    /// <summary>Candidates in a deck.</summary>
    public const int Size = 100;

    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(24);

    // Nobody waits for a deck to be written, and one that is not fails the batch: longer than a circuit stays open.
    private static readonly TimeSpan s_writeTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_writePatience = TimeSpan.FromSeconds(20);
    private const int LongestPause = 2000;

    /// <returns>The seeker's deck; null when there is none, or it was made for an earlier version of the profile.</returns>
    public async Task<IReadOnlyList<Candidate>?> FindAsync(Profile seeker, CancellationToken cancellationToken)
    {
        var answer = await redis.TryAsync((database, key) => database.StringGetAsync(key), Key(seeker.Email), cancellationToken);
        var deck = answer is { Done: true, Value: { IsNull: false } json } ? Read((byte[])json!) : null;
        var hit = deck is not null && deck.Version == seeker.Version;
        metrics.DeckLookup(hit);
        return hit ? deck!.Candidates : null;
    }

    /// <summary>Writes a deck, again and again for some seconds while Redis is slow or away.</summary>
    /// <returns>False when Redis could not be reached.</returns>
    public async Task<bool> PutAsync(Profile seeker, IReadOnlyList<Candidate> candidates, CancellationToken cancellationToken)
    {
        RedisValue json = JsonSerializer.SerializeToUtf8Bytes(new Deck(seeker.Version, candidates), DeckJson.Default.Deck);
        var start = time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            var answer = await redis.TryAsync(
                (database, state) => database.StringSetAsync(state.Item1, state.json, s_lifetime), (Key(seeker.Email), json), s_writeTimeout, cancellationToken);
            if (answer.Done || time.GetElapsedTime(start) > s_writePatience)
            {
                return answer.Done;
            }

            // Full jitter: those that failed together must not come back together.
            var pause = RandomNumberGenerator.GetInt32(1, Math.Min(LongestPause, 50 << Math.Min(attempt, 10)));
            await Task.Delay(TimeSpan.FromMilliseconds(pause), time, cancellationToken);
        }
    }

    /// <summary>Forgets the deck; one that cannot be reached is void by its version and gone within a day.</summary>
    public async Task RemoveAsync(string email, CancellationToken cancellationToken) =>
        await redis.TryAsync((database, key) => database.KeyDeleteAsync(key), Key(email), cancellationToken);

    private static Deck? Read(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, DeckJson.Default.Deck);
        }
        catch (JsonException)
        {
            // Written by another version of the service: as good as none.
            return null;
        }
    }

    private RedisKey Key(string email) => $"oith:{options.Value.Environment}:deck:{email}";
}

/// <param name="Version">The version of the seeker's profile that the deck was made for.</param>
internal sealed record Deck(
    [property: JsonPropertyName("v")] long Version, [property: JsonPropertyName("c")] IReadOnlyList<Candidate> Candidates);

[JsonSerializable(typeof(Deck))]
internal sealed partial class DeckJson : JsonSerializerContext;
