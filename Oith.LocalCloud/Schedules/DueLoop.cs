namespace Oith.LocalCloud.Schedules;

/// <summary>Runs what is due when its time comes: waits for the nearest only, or until it is told that something changed.</summary>
internal sealed class DueLoop(TimeProvider time) : IDisposable
{
    /// <summary>What to wait when nothing has a next run.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>Lets the loop look again; to be called under the lock of the store that changed, so that no two callers meet.</summary>
    public void Wake()
    {
        if (_changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }

    /// <summary>Returns when LocalCloud stops.</summary>
    /// <param name="runDue">Runs what is due and returns how long until the next is.</param>
    public async Task RunAsync(Func<TimeSpan> runDue, CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var wait = runDue();
                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                await Task.WhenAny(Task.Delay(wait, time, waiting.Token), _changed.WaitAsync(waiting.Token));
                await waiting.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // LocalCloud stops.
        }
    }

    public void Dispose() => _changed.Dispose();
}
