using System.Security.Cryptography;
using Oith.LocalCloud.Schedules;

namespace Oith.LocalCloud.Scheduler;

/// <summary>Runs schedules when their time comes; waits for the nearest one only.</summary>
internal sealed partial class ScheduleRunner(
    ScheduleStore store, ScheduleTargets targets, TimeProvider time, ILogger<ScheduleRunner> logger) : BackgroundService
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
                    schedule.NextRun = NextOf(schedule, now);
                    _ = Task.Run(() => RunAsync(schedule, run, stoppingToken), CancellationToken.None);
                }

                wait = schedule.NextRun is { } next && next - now < wait ? next - now : wait;
            }
        }

        return wait;
    }

    /// <returns>Null also for a schedule whose next run cannot be computed: it must not end the runs of all others.</returns>
    private DateTimeOffset? NextOf(Schedule schedule, DateTimeOffset now)
    {
        try
        {
            return schedule.Next(now);
        }
        catch (Exception error)
        {
            LogNoNextRun(error, schedule.GroupName, schedule.Name);
            return null;
        }
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
        catch (Exception error)
        {
            LogFault(error, schedule.GroupName, schedule.Name);
        }

        lock (store.Lock)
        {
            if (schedule is { NextRun: null, IsDeletedAfterCompletion: true } && ReferenceEquals(store.Find(schedule.GroupName, schedule.Name), schedule))
            {
                store.Delete(schedule);
            }
        }
    }
    [LoggerMessage(1, LogLevel.Error, "A run of the schedule {Group}/{Schedule} failed inside LocalCloud")]
    private partial void LogFault(Exception error, string group, string schedule);

    [LoggerMessage(2, LogLevel.Error, "The schedule {Group}/{Schedule} has no further run, because its time cannot be computed")]
    private partial void LogNoNextRun(Exception error, string group, string schedule);
}
