using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Candidates;

/// <summary>Searches the index of this process, and has it hold the cells that the search needs.</summary>
internal sealed class CandidateSearcher(
    PackedCandidateIndex index, CellLoader loader, IndexState state, MatchingMetrics metrics, TimeProvider time)
{
    // Longer than counting takes for most; whoever still waits then is told to come back.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>People whom this instance holds.</summary>
    public int Pool => index.Count;

    /// <summary>Waits a little for an index that does not know yet where people live; call it before <see cref="Cells"/>.</summary>
    /// <exception cref="IndexNotReadyException">It takes longer.</exception>
    public async ValueTask ReadyAsync(CancellationToken cancellationToken)
    {
        if (state.IsReady)
        {
            return;
        }

        try
        {
            await state.Ready.WaitAsync(s_patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new IndexNotReadyException();
        }
    }

    /// <summary>The best <paramref name="count"/> candidates, best first.</summary>
    /// <exception cref="IndexNotReadyException">As <see cref="ReadyAsync"/> has it.</exception>
    public async ValueTask<FoundCandidates> FindTopAsync(
        Profile seeker, IReadOnlySet<string> excluded, int count, CancellationToken cancellationToken, IReadOnlySet<string>? shard = null)
    {
        await ReadyAsync(cancellationToken);
        var top = new Candidate[count];
        var cost = index.FindTop(seeker, excluded, SeenSince, top, shard);
        var hits = cost.Cells - cost.Cold;
        var loads = new CellLoads();
        metrics.Searched(cost.Cells, cost.Cold);
        while (cost.Cold > 0)
        {
            loads += await loader.LoadAsync(index.ColdCells(seeker, shard), cancellationToken);
            cost = index.FindTop(seeker, excluded, SeenSince, top, shard);
        }

        return new FoundCandidates(
            cost.Found == count ? top : top[..cost.Found],
            new SearchCost(cost.Scanned, cost.Cells, Math.Max(0, hits), loads.FromRedis, loads.FromTable));
    }

    /// <inheritdoc cref="ICandidateIndex.Cells"/>
    public IReadOnlyList<CellPopulation> Cells(Profile? seeker = null) => index.Cells(seeker);

    /// <summary>People last seen before are shown to nobody.</summary>
    public DateTimeOffset SeenSince => time.GetUtcNow() - PreferenceRules.ActiveWithin;
}

/// <param name="Top">Best first.</param>
internal readonly record struct FoundCandidates(Candidate[] Top, SearchCost Cost);

/// <param name="Scanned">Candidates looked at one by one.</param>
/// <param name="Cells">Geohash cells within reach that anybody lives in.</param>
/// <param name="L1Hits">Those of them that were in memory.</param>
/// <param name="L2Hits">Those that were loaded from Redis for this search.</param>
/// <param name="L2Misses">Those that had to be read from the table.</param>
internal readonly record struct SearchCost(int Scanned, int Cells, int L1Hits, int L2Hits, int L2Misses)
{
    public static SearchCost operator +(SearchCost one, SearchCost other) => new(
        one.Scanned + other.Scanned, one.Cells + other.Cells, one.L1Hits + other.L1Hits, one.L2Hits + other.L2Hits, one.L2Misses + other.L2Misses);
}

/// <summary>Whether the index knows yet where people live.</summary>
internal sealed class IndexState
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsReady => _ready.Task.IsCompleted;

    /// <summary>Completes when the index knows all cells.</summary>
    public Task Ready => _ready.Task;

    public void SetReady() => _ready.TrySetResult();
}

/// <summary>The candidate index does not know yet where people live: to be tried again in a moment.</summary>
internal sealed class IndexNotReadyException() : Exception("The candidate index is being filled.");
