using System.Text.Json.Nodes;
using Oith.LocalCloud.Schedules;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Runs scheduled rules when their time comes; waits for the nearest one only.</summary>
internal sealed partial class RuleScheduler(
    EventStore store, EventTargets targets, LocalCloudOptions options, TimeProvider time, ILogger<RuleScheduler> logger) : BackgroundService
{
    private readonly DueLoop _loop = new(time);

    public override void Dispose()
    {
        store.ScheduleChanged -= _loop.Wake;
        base.Dispose();
        _loop.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.ScheduleChanged += _loop.Wake;
        return _loop.RunAsync(RunDueRules, stoppingToken);
    }

    /// <returns>How long until the next rule is due.</returns>
    private TimeSpan RunDueRules()
    {
        var now = time.GetUtcNow();
        var wait = DueLoop.LongestWait;
        var due = new List<(EventRule Rule, List<JsonObject> Targets, DateTimeOffset Time)>();
        lock (store.Lock)
        {
            foreach (var rule in store.Rules.Where(rule => rule.NextRun is not null))
            {
                if (rule.NextRun <= now)
                {
                    due.Add((rule, [.. rule.Targets], rule.NextRun.Value));
                    // A clock that jumped over several runs runs the rule once, as after a sleep of the machine.
                    rule.NextRun = NextOf(rule, now);
                }

                wait = rule.NextRun is { } next && next - now < wait ? next - now : wait;
            }
        }

        foreach (var (rule, ruleTargets, at) in due)
        {
            try
            {
                targets.Send(rule, ruleTargets, BusEvents.Scheduled(options, rule, at), traceParent: null);
            }
            catch (Exception error)
            {
                LogFault(error, rule.Name);
            }
        }

        return wait;
    }

    /// <returns>Null also for a rule whose next run cannot be computed: it must not end the runs of all others.</returns>
    private DateTimeOffset? NextOf(EventRule rule, DateTimeOffset now)
    {
        try
        {
            return rule.Schedule!.Next(now);
        }
        catch (Exception error)
        {
            LogNoNextRun(error, rule.Name);
            return null;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A run of the rule {Rule} failed inside LocalCloud")]
    private partial void LogFault(Exception error, string rule);

    [LoggerMessage(2, LogLevel.Error, "The rule {Rule} has no further run, because its time cannot be computed")]
    private partial void LogNoNextRun(Exception error, string rule);
}
