using System.Threading.Channels;
using Oith.Matching.Erasure;
using Oith.Matching.Profiles;

namespace Oith.Matching.Candidates;

/// <summary>
/// Fills the candidate index from the users table at start and keeps it fresh: what changed here at once, what changed elsewhere
/// within a second. After an outage of Redis it reads the whole table again, because announcements may be lost.
/// </summary>
internal sealed class IndexFeeder(
    ICandidateIndex index, IndexState state, ProfileStore profiles, ChangeFeed changes, ErasureQueue erasures, TimeProvider time, ILogger<IndexFeeder> logger)
    : BackgroundService
{
    private const int Segments = 4;
    private const int BatchSize = 100;

    private static readonly TimeSpan s_refreshInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_exchangeInterval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reachable = await changes.SeekAsync(stoppingToken);
        await UntilDoneAsync(LoadAsync, stoppingToken);
        state.SetReady();
        logger.Loaded(index.Count);
        await Task.WhenAll(RefreshAsync(stoppingToken), ExchangeAsync(reachable, stoppingToken));
    }

    private async Task LoadAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(Enumerable.Range(0, Segments).Select(segment => LoadSegmentAsync(segment, cancellationToken)));

    private async Task LoadSegmentAsync(int segment, CancellationToken cancellationToken)
    {
        await foreach (var page in profiles.ScanAsync(segment, Segments, cancellationToken))
        {
            foreach (var item in page)
            {
                if (ProfileItem.IsErasing(item))
                {
                    // Someone stopped in the middle of forgetting this person.
                    erasures.Resume(item[ProfileItem.Email].S);
                }
                else
                {
                    index.Upsert(ProfileItem.Read(item));
                }
            }
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var batch = new HashSet<string>(StringComparer.Ordinal);
        while (await changes.Stale.WaitToReadAsync(cancellationToken))
        {
            Take(changes.Stale, batch);
            await UntilDoneAsync(token => RefreshAsync(batch, token), cancellationToken);
            if (batch.Count < BatchSize)
            {
                // The first change is read at once, what comes right behind it together: one read for many.
                await Task.Delay(s_refreshInterval, time, cancellationToken);
            }

            batch.Clear();
        }
    }

    private async Task RefreshAsync(HashSet<string> emails, CancellationToken cancellationToken)
    {
        var found = await profiles.FindAllAsync(emails, cancellationToken);
        foreach (var email in emails)
        {
            if (found.TryGetValue(email, out var profile))
            {
                index.Upsert(profile);
            }
            else
            {
                index.Remove(email);
            }
        }
    }

    private static void Take(ChannelReader<string> stale, HashSet<string> batch)
    {
        while (batch.Count < BatchSize && stale.TryRead(out var email))
        {
            batch.Add(email);
        }
    }

    private async Task ExchangeAsync(bool reachable, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_exchangeInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (reachable)
            {
                reachable = await changes.ExchangeAsync(cancellationToken);
            }
            else if (await changes.SeekAsync(cancellationToken))
            {
                reachable = true;
                logger.Reloading();
                await UntilDoneAsync(LoadAsync, cancellationToken);
            }
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
}
