using Microsoft.Extensions.Options;
using Oith.Matching.Changes;
using Oith.Matching.Engine;
using Oith.Matching.Settings;

namespace Oith.Matching.Candidates;

/// <summary>
/// Looks after the cells in memory: gives those up that nobody searches when there are too many people, keeps the packed copies in
/// Redis fresh, and reads each cell from the table now and then, in case an announcement was lost.
/// </summary>
internal sealed class CellKeeper(
    PackedCandidateIndex index,
    CellStore store,
    CellWriter writer,
    CellLoader loader,
    ChangeFeed changes,
    IndexState state,
    IOptions<MatchingOptions> options,
    TimeProvider time,
    ILogger<CellKeeper> logger)
    : BackgroundService
{
    private const int CellsAtOnce = 8;

    // Cells that were searched within so many rounds are not given up.
    private const int Rounds = 10;

    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(1);

    // Well within the lease.
    private static readonly TimeSpan s_writeInterval = CellStore.LeaseDuration / 3;
    private static readonly TimeSpan s_claimInterval = CellStore.LeaseDuration;
    private static readonly TimeSpan s_oldest = TimeSpan.FromHours(1);

    private readonly Dictionary<int, long> _lastTried = [];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await writer.ReleaseAllAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await state.Ready.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(s_round, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await KeepAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The table cannot be read: the cells stay as they are, and the next round tries again.
                logger.NotKept(exception);
            }
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        foreach (var cell in index.Shrink(options.Value.PeopleInMemory, Rounds))
        {
            _lastTried.Remove(cell.Id);
            await writer.ReleaseAsync(cell.Id, cancellationToken);
        }

        if (!changes.IsLive || changes.Applied is not { } position)
        {
            return;
        }

        var due = index.HeldCells.Where(IsDue).ToArray();
        await Parallel.ForEachAsync(
            due,
            new ParallelOptions { MaxDegreeOfParallelism = CellsAtOnce, CancellationToken = cancellationToken },
            async (cell, token) => await KeepAsync(cell, position, token));
    }

    private bool IsDue(Cell cell)
    {
        var interval = writer.IsOwn(cell.Id) ? s_writeInterval : s_claimInterval;
        if (_lastTried.TryGetValue(cell.Id, out var last) && time.GetElapsedTime(last) < interval)
        {
            return false;
        }

        _lastTried[cell.Id] = time.GetTimestamp();
        return true;
    }

    private async Task KeepAsync(Cell cell, FeedPosition position, CancellationToken cancellationToken)
    {
        if (!writer.IsOwn(cell.Id) && await store.TryLeaseAsync(cell.Id, cancellationToken) != true)
        {
            return;
        }

        if (time.GetUtcNow() - cell.BuiltAt > s_oldest)
        {
            await loader.ReloadAsync(cell, fromTable: true, cancellationToken);
        }

        await writer.WriteAsync(cell, position, cancellationToken);
    }
}
