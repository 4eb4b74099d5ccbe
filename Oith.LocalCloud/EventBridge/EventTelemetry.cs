using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Oith.LocalCloud.EventBridge;

/// <summary>
/// Spans of deliveries, and the metrics that AWS vends in the namespace AWS/Events, under AWS's names with the dimension RuleName as
/// tag; LocalCloud's CloudWatch listens to this meter.
/// </summary>
internal sealed class EventTelemetry
{
    public static readonly ActivitySource Source = new("Oith.LocalCloud.EventBridge");

    private readonly Counter<long> _triggeredRules;
    private readonly Counter<long> _invocations;
    private readonly Counter<long> _failedInvocations;

    public EventTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create("Oith.LocalCloud.EventBridge");
        _triggeredRules = meter.CreateCounter<long>("TriggeredRules", "{rule}", "Rules that ran: an event matched or their time came");
        _invocations = meter.CreateCounter<long>("Invocations", "{invocation}", "Deliveries to targets, failed ones included");
        _failedInvocations = meter.CreateCounter<long>("FailedInvocations", "{invocation}", "Deliveries that the target refused");
    }

    public void Triggered(EventRule rule) => _triggeredRules.Add(1, Tag(rule));

    public void Delivered(EventRule rule, bool failed)
    {
        _invocations.Add(1, Tag(rule));
        if (failed)
        {
            _failedInvocations.Add(1, Tag(rule));
        }
    }

    private static KeyValuePair<string, object?> Tag(EventRule rule) => new("RuleName", rule.Name);
}
