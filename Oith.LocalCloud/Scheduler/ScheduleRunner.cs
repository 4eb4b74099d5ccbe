using System.Security.Cryptography;
using Oith.LocalCloud.Schedules;

namespace Oith.LocalCloud.Scheduler;

/// <summary>Runs schedules when their time comes; waits for the nearest one only.</summary>
internal sealed class ScheduleRunner(ScheduleStore store, ScheduleTargets targets, TimeProvider time) : BackgroundService
{
    private readonly DueLoop _loop = new(time);

    public override void Dispose()
    {
        store.Changed -= _loop.Wake;
        base.Dispose();
        _loop.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.Changed += _loop.Wake;
        return _loop.RunAsync(() => RunDue(stoppingToken), stoppingToken);
    }

    /// <returns>How long until the next schedule is due.</returns>
    private TimeSpan RunDue(CancellationToken stoppingToken)
    {
        var now = time.GetUtcNow();
        var wait = DueLoop.LongestWait;
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
}
