using Microsoft.Extensions.Options;
using Oith.Matching.Redis;
using Oith.Matching.Settings;
using Oith.Matching.Telemetry;
using StackExchange.Redis;

namespace Oith.Matching.Matches;

/// <summary>
/// Counts each user's match requests. Redis keys: <c>oith:{environment}:rate:{e-mail}</c>, a counter that expires 60 s after its
/// first request. Without Redis nobody is counted and nobody refused.
/// </summary>
internal sealed class MatchRateLimit(RedisStore redis, IOptions<MatchingOptions> options, MatchingMetrics metrics)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(60);

    /// <returns>Null when the request may pass, else how long the user has to wait.</returns>
    public async Task<TimeSpan?> TakeAsync(string email, CancellationToken cancellationToken)
    {
        var answer = await redis.TryAsync(
            static async (database, state) =>
            {
                // The first of its window begins it.
                var counted = database.StringIncrementAsync(state.key);
                await Task.WhenAll(counted, database.KeyExpireAsync(state.key, s_window, ExpireWhen.HasNoExpiry));
                var count = await counted;
                var left = count > state.limit ? await database.KeyTimeToLiveAsync(state.key) : null;
                return (count, left ?? s_window);
            },
            (key: Key(email), limit: options.Value.RateLimit),
            cancellationToken);
        var (count, wait) = answer.Value;
        var refused = answer.Done && count > options.Value.RateLimit;
        metrics.RateLimited(!answer.Done ? "uncounted" : refused ? "refused" : "taken");
        return refused ? wait : null;
    }

    public async Task ForgetAsync(string email, CancellationToken cancellationToken) =>
        await redis.TryAsync((database, key) => database.KeyDeleteAsync(key), Key(email), cancellationToken);

    private RedisKey Key(string email) => $"oith:{options.Value.Environment}:rate:{email}";
}
