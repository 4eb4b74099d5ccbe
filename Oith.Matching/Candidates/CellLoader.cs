using System.Collections.Concurrent;
using Oith.Matching.Changes;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Candidates;

/// <summary>
/// Brings cells into the index of this process: from Redis, where another instance has packed them, else from the table, and then
/// for the others too. Whatever was announced since the people were read is read once more, so that a cell that is held misses nothing.
/// </summary>
internal sealed class CellLoader(
    PackedCandidateIndex index,
    CellStore store,
    CellWriter writer,
    ProfileStore profiles,
    ChangeFeed changes,
    MatchingMetrics metrics,
    TimeProvider time,
    IHostApplicationLifetime lifetime)
    : IDisposable
{
    private const int LoadsAtOnce = 16;

    // Somebody else packs the cell: that takes less than reading the table twice.
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<int, Lazy<Task<CellSource>>> _loads = new();
    private readonly SemaphoreSlim _turns = new(LoadsAtOnce);
    private readonly SemaphoreSlim _refreshing = new(1);

    /// <summary>Loads cells that are not held; who asks for one that is being loaded waits for that.</summary>
    public async Task<CellLoads> LoadAsync(IReadOnlyCollection<int> cells, CancellationToken cancellationToken)
    {
        var sources = await Task.WhenAll(cells.Select(LoadAsync)).WaitAsync(cancellationToken);
        return new CellLoads(sources.Count(source => source == CellSource.Redis), sources.Count(source => source == CellSource.Table));
    }

    /// <summary>Reads a cell that is held once more, and what this brings to light.</summary>
    /// <param name="fromTable">Read the truth, though Redis may have it.</param>
    public Task ReloadAsync(Cell cell, bool fromTable, CancellationToken cancellationToken) => ReadAsync(cell.Id, fromTable, cancellationToken);

    public void Dispose()
    {
        _turns.Dispose();
        _refreshing.Dispose();
    }

    private async Task<CellSource> LoadAsync(int cell)
    {
        // Not the caller's token: others may wait for the same, and the next one would begin anew.
        var load = _loads.GetOrAdd(cell, id => new Lazy<Task<CellSource>>(() => Task.Run(() => ReadAsync(id, fromTable: false, lifetime.ApplicationStopping))));
        try
        {
            return await load.Value;
        }
        finally
        {
            _loads.TryRemove(KeyValuePair.Create(cell, load));
        }
    }

    private async Task<CellSource> ReadAsync(int cell, bool fromTable, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            using var activity = MatchingActivities.StartWork("load cell", cell);
            var start = time.GetTimestamp();
            var source = await ReadFromAnywhereAsync(cell, fromTable, cancellationToken);
            activity?.SetTag("oith.source", source == CellSource.Redis ? "redis" : "dynamodb");
            metrics.CellLoaded(source == CellSource.Redis ? "redis" : "dynamodb", time.GetElapsedTime(start));
            return source;
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task<CellSource> ReadFromAnywhereAsync(int cell, bool fromTable, CancellationToken cancellationToken)
    {
        bool? isLeased = null;
        if (!fromTable)
        {
            var start = time.GetTimestamp();
            while (true)
            {
                var stored = await store.ReadAsync(cell, cancellationToken);
                if (stored.State == StoredCellState.Valid && await TryFillAsync(cell, stored.Manifest!, stored.People!, cancellationToken))
                {
                    metrics.CellLookup("hit");
                    return CellSource.Redis;
                }

                metrics.CellLookup(stored.State switch
                {
                    StoredCellState.Absent => "miss",
                    StoredCellState.Unreachable => "unreachable",
                    _ => "invalid",
                });
                isLeased = stored.State switch
                {
                    StoredCellState.Unreachable => null,
                    StoredCellState.Absent => await store.TryLeaseAsync(cell, cancellationToken),
                    _ => await store.SeizeAsync(cell, cancellationToken),
                };
                if (isLeased != false || time.GetElapsedTime(start) > s_patience)
                {
                    break;
                }

                await Task.Delay(s_pollInterval, time, cancellationToken);
            }
        }

        return await ReadTableAsync(cell, isLeased == true, cancellationToken);
    }

    private async Task<CellSource> ReadTableAsync(int cell, bool isLeased, CancellationToken cancellationToken)
    {
        // Before the people are read, and far enough before for the index of the table to have caught up.
        var position = changes.Settled;
        var builtAt = time.GetUtcNow();
        var people = await profiles.FindActiveAsync(CellId.Name(cell), builtAt - PreferenceRules.ActiveWithin, cancellationToken);
        using var fill = index.BeginFill(cell);
        fill.Put(people);
        var since = position is null ? null : await changes.SinceAsync(position, cancellationToken);
        await CompleteAsync(fill, since ?? changes.Unsent(), builtAt, cancellationToken);
        if (isLeased && (since is null || !await writer.WriteAsync(fill.Cell, position!, cancellationToken)))
        {
            await store.ReleaseAsync(cell, cancellationToken);
        }

        return CellSource.Table;
    }

    /// <returns>False when Redis does not tell what was announced since the cell was packed.</returns>
    private async Task<bool> TryFillAsync(int cell, CellManifest manifest, List<Profile> people, CancellationToken cancellationToken)
    {
        using var fill = index.BeginFill(cell);
        fill.Put(people);
        if (await changes.SinceAsync(manifest.Position, cancellationToken) is not { } since)
        {
            return false;
        }

        await CompleteAsync(fill, since, manifest.BuiltAt, cancellationToken);
        return true;
    }

    /// <param name="since">
    /// Announced after the people were read. Asked for after they were put: what is announced later finds the cell being filled, and is
    /// taken in by whoever hears of it.
    /// </param>
    private async Task CompleteAsync(CellFill fill, List<ProfileChange> since, DateTimeOffset builtAt, CancellationToken cancellationToken)
    {
        var name = fill.Cell.Name;
        var announced = since.Where(change => change.Cell.Length == 0 || change.Cell == name || index.Contains(change.Email));
        await RefreshAsync(announced.Select(change => change.Email).Concat(fill.Doubtful), cancellationToken);
        fill.Complete(builtAt);
    }

    /// <summary>Reads these people from the table and holds them as they are now, or not at all.</summary>
    public async Task RefreshAsync(IEnumerable<string> emails, CancellationToken cancellationToken)
    {
        foreach (var some in emails.Distinct(StringComparer.Ordinal).Chunk(DynamoDBStore.BatchGetLimit))
        {
            // In turns: who reads first must not be the one who puts last.
            await _refreshing.WaitAsync(cancellationToken);
            try
            {
                var found = await profiles.FindAllAsync(some, cancellationToken);
                foreach (var email in some)
                {
                    if (found.TryGetValue(email, out var profile))
                    {
                        index.Refresh(profile);
                    }
                    else
                    {
                        index.Remove(email);
                    }
                }
            }
            finally
            {
                _refreshing.Release();
            }
        }
    }
}

internal enum CellSource
{
    Redis,
    Table,
}

/// <summary>Cells that were loaded for a search.</summary>
internal readonly record struct CellLoads(int FromRedis, int FromTable)
{
    public static CellLoads operator +(CellLoads one, CellLoads other) => new(one.FromRedis + other.FromRedis, one.FromTable + other.FromTable);
}
