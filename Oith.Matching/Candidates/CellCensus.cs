using System.Globalization;
using Microsoft.Extensions.Options;
using Oith.Matching.Engine;
using Oith.Matching.Redis;
using Oith.Matching.Settings;
using Oith.Matching.Storage;
using StackExchange.Redis;

namespace Oith.Matching.Candidates;

/// <summary>
/// Which cells anybody lives in, and about how many: no search looks for people elsewhere. Redis key: <c>oith:{environment}:cells</c>,
/// a hash of people by cell (<c>dr5r</c>), made from a scan of the users table and kept for a day; whoever moves into an empty cell is added.
/// </summary>
internal sealed class CellCensus(
    PackedCandidateIndex index, RedisStore redis, ProfileStore profiles, IOptions<MatchingOptions> options, TimeProvider time)
{
    private const int Segments = 4;

    // Stands in the hash of a population of nobody, because Redis knows no empty hash.
    private const string Counted = "counted";

    private static readonly TimeSpan s_kept = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_turn = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Tells the index of all cells.</summary>
    /// <param name="anew">Count again, though Redis may have the figures.</param>
    public async Task LoadAsync(bool anew, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!anew && await ReadAsync(cancellationToken) is { } counted)
            {
                index.Know(counted);
                return;
            }

            var turn = await redis.TryAsync(
                (database, key) => database.StringSetAsync(key, "1", s_turn, When.NotExists), TurnKey, cancellationToken);
            if (turn is { Done: false } or { Value: true })
            {
                break;
            }

            // Another instance counts.
            anew = false;
            await Task.Delay(s_pollInterval, time, cancellationToken);
        }

        index.Know(await CountAsync(cancellationToken));
        await WriteAsync(cancellationToken);
        await redis.TryAsync((database, key) => database.KeyDeleteAsync(key), TurnKey, cancellationToken);
    }

    /// <summary>Tells the instances that start from now on that somebody lives there.</summary>
    public async Task AddAsync(string cell, CancellationToken cancellationToken) => await redis.TryAsync(
        (database, state) => database.HashSetAsync(state.Key, state.cell, 1, When.NotExists), (Key, cell), cancellationToken);

    private async Task<List<CellPopulation>?> ReadAsync(CancellationToken cancellationToken)
    {
        var answer = await redis.TryAsync((database, key) => database.HashGetAllAsync(key), Key, cancellationToken);
        // One who moved into an empty cell after the hash was gone makes no census.
        return answer.Done && answer.Value!.Any(entry => entry.Name == Counted)
            ? [.. answer.Value!.Where(entry => entry.Name != Counted).Select(entry => new CellPopulation(entry.Name.ToString(), (int)entry.Value))]
            : null;
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        HashEntry[] entries =
        [
            new(Counted, time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)),
            .. index.Cells().Select(cell => new HashEntry(cell.Cell, cell.Count)),
        ];
        await redis.TryAsync(
            (database, state) =>
            {
                _ = database.HashSetAsync(state.Key, state.entries);
                return database.KeyExpireAsync(state.Key, s_kept);
            },
            (Key, entries),
            cancellationToken);
    }

    private async Task<List<CellPopulation>> CountAsync(CancellationToken cancellationToken)
    {
        var segments = await Task.WhenAll(Enumerable.Range(0, Segments).Select(segment => CountAsync(segment, cancellationToken)));
        return
        [
            .. segments.SelectMany(counts => counts).GroupBy(entry => entry.Key)
                .Select(cell => new CellPopulation(cell.Key, cell.Sum(entry => entry.Value))),
        ];
    }

    private async Task<Dictionary<string, int>> CountAsync(int segment, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (var page in profiles.ScanHomesAsync(segment, Segments, cancellationToken))
        {
            foreach (var item in page)
            {
                if (item.TextOf(ProfileItem.Geohash) is { } cell and not ProfileItem.ErasingCell)
                {
                    counts[cell] = counts.GetValueOrDefault(cell) + 1;
                }
            }
        }

        return counts;
    }

    private RedisKey Key => $"oith:{options.Value.Environment}:cells";

    private RedisKey TurnKey => $"oith:{options.Value.Environment}:cells:turn";
}
