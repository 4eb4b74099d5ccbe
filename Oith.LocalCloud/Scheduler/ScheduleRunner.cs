using System.Security.Cryptography;

namespace Oith.LocalCloud.Scheduler;

/// <summary>Runs schedules when their time comes; waits for the nearest one only.</summary>
internal sealed class ScheduleRunner(ScheduleStore store, ScheduleTargets targets, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _changed = new(0, 1);

    public override void Dispose()
    {
        store.Changed -= OnChanged;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.Changed += OnChanged;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var wait = RunDue(stoppingToken);
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

    /// <returns>How long until the next schedule is due.</returns>
    private TimeSpan RunDue(CancellationToken stoppingToken)
    {
        var now = time.GetUtcNow();
        var wait = s_longestWait;
        lock (store.Lock)
        {
            foreach (var schedule in store.Schedules.Where(schedule => schedule.NextRun is not null).ToList())
            {
                if (schedule.NextRun <= now)
                {
                    var run = schedule.NextRun.Value;
                    // A clock that jumped over several runs runs the schedule once, as after a sleep of the machine.
                    schedule.NextRun = schedule.Next(now);
                    _ = Task.Run(() => RunAsync(schedule, run, stoppingToken), CancellationToken.None);
                }

                wait = schedule.NextRun is { } next && next - now < wait ? next - now : wait;
            }
        }

        return wait;
    }

    private async Task RunAsync(Schedule schedule, DateTimeOffset run, CancellationToken cancellationToken)
    {
        try
        {
            if (schedule.FlexibleWindow is { Ticks: > 0 } window)
            {
                await Task.Delay(TimeSpan.FromSeconds(RandomNumberGenerator.GetInt32((int)window.TotalSeconds)), time, cancellationToken);
            }

            await targets.DeliverAsync(schedule, run, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // LocalCloud stops; deliveries are not kept over a restart.
            return;
        }

        lock (store.Lock)
        {
            if (schedule is { NextRun: null, IsDeletedAfterCompletion: true } && ReferenceEquals(store.Find(schedule.GroupName, schedule.Name), schedule))
            {
                store.Delete(schedule);
            }
        }
    }

    private void OnChanged()
    {
        if (_changed.CurrentCount == 0)
        {
            // Called under the store's lock, so no other caller can release in between.
            _changed.Release();
        }
    }
}
