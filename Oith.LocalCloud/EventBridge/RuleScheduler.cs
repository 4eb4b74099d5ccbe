using System.Text.Json.Nodes;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Runs scheduled rules when their time comes; waits for the nearest one only.</summary>
internal sealed class RuleScheduler(EventStore store, EventTargets targets, LocalCloudOptions options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _changed = new(0, 1);

    public override void Dispose()
    {
        store.ScheduleChanged -= OnScheduleChanged;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.ScheduleChanged += OnScheduleChanged;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var wait = RunDueRules();
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

    /// <returns>How long until the next rule is due.</returns>
    private TimeSpan RunDueRules()
    {
        var now = time.GetUtcNow();
        var wait = s_longestWait;
        var due = new List<(EventRule Rule, List<JsonObject> Targets, DateTimeOffset Time)>();
        lock (store.Lock)
        {
            foreach (var rule in store.Rules.Where(rule => rule.NextRun is not null))
            {
                if (rule.NextRun <= now)
                {
                    due.Add((rule, [.. rule.Targets], rule.NextRun.Value));
                    // A clock that jumped over several runs runs the rule once, as after a sleep of the machine.
                    rule.NextRun = rule.Schedule!.Next(now);
                }

                wait = rule.NextRun is { } next && next - now < wait ? next - now : wait;
            }
        }

        foreach (var (rule, ruleTargets, at) in due)
        {
            targets.Send(rule, ruleTargets, BusEvents.Scheduled(options, rule, at), traceParent: null);
        }

        return wait;
    }

    private void OnScheduleChanged()
    {
        if (_changed.CurrentCount == 0)
        {
            // Called under the store's lock, so no other caller can release in between.
            _changed.Release();
        }
    }
}
