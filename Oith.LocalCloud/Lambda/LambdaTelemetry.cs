using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Oith.LocalCloud.Lambda;

/// <summary>
/// Spans of invocations, and the metrics that AWS vends in the namespace AWS/Lambda, under AWS's names with the dimensions as tags;
/// LocalCloud's CloudWatch listens to this meter.
/// </summary>
internal sealed class LambdaTelemetry
{
    public static readonly ActivitySource Source = new("Oith.LocalCloud.Lambda");

    private readonly Histogram<double> _invocations;
    private readonly Histogram<double> _errors;
    private readonly Histogram<double> _throttles;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _concurrentExecutions;

    public LambdaTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create("Oith.LocalCloud.Lambda");
        _invocations = meter.CreateHistogram<double>("Invocations", "{invocation}", "Invocations that ran, failed ones included");
        _errors = meter.CreateHistogram<double>("Errors", "{invocation}", "1 for an invocation with a function error, 0 for one without");
        _throttles = meter.CreateHistogram<double>("Throttles", "{invocation}", "1 for an invocation refused for want of concurrency, 0 for one that ran");
        _duration = meter.CreateHistogram<double>("Duration", "ms", "Time the function's process took");
        _concurrentExecutions = meter.CreateHistogram<double>("ConcurrentExecutions", "{invocation}", "Invocations running at once");
    }

    public void Started(InvocationTarget target, int concurrent)
    {
        Record(_throttles, 0, target);
        Record(_concurrentExecutions, concurrent, target);
    }

    public void Throttled(InvocationTarget target) => Record(_throttles, 1, target);

    public void Finished(InvocationTarget target, TimeSpan duration, bool failed)
    {
        Record(_invocations, 1, target);
        Record(_errors, failed ? 1 : 0, target);
        Record(_duration, duration.TotalMilliseconds, target);
    }

    private static void Record(Histogram<double> instrument, double value, InvocationTarget target)
    {
        // Lambda publishes each metric of a function and over all functions of the region.
        instrument.Record(value, new KeyValuePair<string, object?>("FunctionName", target.Name));
        instrument.Record(value);
    }
}
