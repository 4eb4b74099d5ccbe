using System.Threading.Channels;
using Oith.Matching.Changes;
using Oith.Matching.Engine;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Candidates;

/// <summary>
/// Tells the index where people live, and keeps fresh what it holds of them: what changed here at once, what changed elsewhere
/// within a second. When the connection to Redis was lost all that is held is read again, because announcements may be lost. When Redis
/// only was too slow they are not: reading everything just then would make it slower still.
/// </summary>
internal sealed class IndexFeeder(
    PackedCandidateIndex index,
    IndexState state,
    CellCensus census,
    CellLoader loader,
    ChangeFeed changes,
    TimeProvider time,
    ILogger<IndexFeeder> logger)
    : BackgroundService
{
    private const int BatchSize = 100;

    private static readonly TimeSpan s_refreshInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_exchangeInterval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _outages = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reachable = await changes.SeekAsync(stoppingToken);
        await UntilDoneAsync(token => LoadCensusAsync(anew: false, token), stoppingToken);
        state.SetReady();
        logger.Counted(index.Cells().Count);
        await Task.WhenAll(RefreshAsync(stoppingToken), ExchangeAsync(reachable, stoppingToken), ReloadAsync(stoppingToken));
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var batch = new Batch();
        while (await changes.Stale.WaitToReadAsync(cancellationToken))
        {
            batch.Take(changes.Stale);
            await UntilDoneAsync(token => RefreshAsync(batch, token), cancellationToken);
            if (batch.Upto is { } position)
            {
                changes.SetApplied(position);
            }

            if (batch.Changes.Count is > 0 and < BatchSize)
            {
                // The first change is read at once, what comes right behind it together: one read for many.
                await Task.Delay(s_refreshInterval, time, cancellationToken);
            }
        }
    }

    private async Task RefreshAsync(Batch batch, CancellationToken cancellationToken)
    {
        var stale = new List<string>();
        foreach (var change in batch.Changes)
        {
            if (CellId.TryParse(change.Cell, out var id))
            {
                var cell = index.FindCell(id);
                if (cell is null)
                {
                    index.Know([new CellPopulation(change.Cell, 1)]);
                    await census.AddAsync(change.Cell, cancellationToken);
                }

                if (cell is null or { State: CellState.Cold } && !index.Contains(change.Email))
                {
                    // Neither lives nor lived where this instance holds anybody.
                    continue;
                }
            }

            stale.Add(change.Email);
        }

        if (stale.Count > 0)
        {
            using var activity = MatchingActivities.StartWork("refresh profiles");
            await loader.RefreshAsync(stale, cancellationToken);
        }
    }

    private async Task LoadCensusAsync(bool anew, CancellationToken cancellationToken)
    {
        using var activity = MatchingActivities.StartWork("load census");
        await census.LoadAsync(anew, cancellationToken);
    }

    private async Task ReloadCellsAsync(CancellationToken cancellationToken)
    {
        using var activity = MatchingActivities.StartWork("reload cells");
        await Task.WhenAll(index.HeldCells.Select(cell => loader.ReloadAsync(cell, fromTable: false, cancellationToken)));
    }

    private async Task ExchangeAsync(bool isFollowing, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_exchangeInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (isFollowing)
            {
                isFollowing = await changes.ExchangeAsync(cancellationToken) != FeedExchange.Lost;
            }
            else if (await changes.SeekAsync(cancellationToken))
            {
                isFollowing = true;
                _outages.Writer.TryWrite(true);
            }
        }
    }

    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in _outages.Reader.ReadAllAsync(cancellationToken))
        {
            logger.Reloading();
            await UntilDoneAsync(token => LoadCensusAsync(anew: true, token), cancellationToken);
            await UntilDoneAsync(ReloadCellsAsync, cancellationToken);
        }
    }

    // The truth cannot be read: nothing else to do but to try again, as long as it takes.
    private async Task UntilDoneAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await work(cancellationToken);
                return;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                logger.NotFed(exception);
                await Task.Delay(s_retryInterval, time, cancellationToken);
            }
        }
    }

    /// <summary>What is taken in at once.</summary>
    private sealed class Batch
    {
        public List<ProfileChange> Changes { get; } = new(BatchSize);

        /// <summary>With these changes all are in up to here; null when it is not said.</summary>
        public FeedPosition? Upto { get; private set; }

        public void Take(ChannelReader<FeedItem> stale)
        {
            Changes.Clear();
            Upto = null;
            while (Changes.Count < BatchSize && stale.TryRead(out var item))
            {
                if (item.Upto is null)
                {
                    Changes.Add(item.Change);
                }
                else
                {
                    Upto = item.Upto;
                }
            }
        }
    }
}
