using System.Diagnostics.Metrics;
using Oith.LocalCloud.CloudWatch;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.CloudWatch.Vending;
using Oith.ServiceDefaults.Alarms;

namespace Oith.LocalCloud.Telemetry;

/// <summary>
/// The instruments of the alarm catalog that only the cloud itself can measure, so that each alarm of CloudWatch has its metric on any
/// OpenTelemetry backend: what was vended last, in the units of the semantic conventions.
/// </summary>
internal sealed class AlarmMeter
{
    public const string MeterName = "Oith.LocalCloud";

    // As the alarms look at it: a hit rate of the last minute would be that of a handful of reads.
    private const int HitRatioSeconds = 300;

    private readonly MetricStore _store;
    private readonly CloudWatchClock _clock;
    private readonly Counter<long> _executionsFailed;

    public AlarmMeter(IMeterFactory meters, MetricStore store, CloudWatchClock clock)
    {
        (_store, _clock) = (store, clock);
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            AlarmInstruments.QueueDepth, () => Latest("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", 1, "messaging.destination.name"),
            "{message}", "Messages that wait in a queue.");
        meter.CreateObservableGauge(
            AlarmInstruments.RedisCpu, () => Latest(RedisMetrics.Namespace, "CPUUtilization", RedisMetrics.NodeDimension, 100, AlarmInstruments.RedisNode),
            "1", "Share of time that Redis works.");
        meter.CreateObservableGauge(
            AlarmInstruments.RedisMemory,
            () => Latest(RedisMetrics.Namespace, "DatabaseMemoryUsagePercentage", RedisMetrics.NodeDimension, 100, AlarmInstruments.RedisNode),
            "1", "Share of its memory limit that Redis uses.");
        meter.CreateObservableGauge(AlarmInstruments.RedisHitRatio, HitRatio, "1", "Share of reads of the last five minutes that found their key.");
        _executionsFailed = meter.CreateCounter<long>(AlarmInstruments.ExecutionsFailed, "{execution}", "Executions that failed or timed out.");
    }

    /// <summary>An execution failed or timed out.</summary>
    public void ExecutionFailed(string stateMachineArn) =>
        _executionsFailed.Add(1, new KeyValuePair<string, object?>("aws.step_functions.state_machine.arn", stateMachineArn));

    private IEnumerable<Measurement<double>> Latest(string metricNamespace, string metric, string dimension, double divisor, string attribute)
    {
        foreach (var key in _store.Keys)
        {
            if (key.Namespace == metricNamespace && key.Name == metric && key.Dimensions is [var only] && only.Key == dimension
                && _store.Find(key)?.Newest is { } newest)
            {
                yield return new(newest / divisor, new KeyValuePair<string, object?>(attribute, only.Value));
            }
        }
    }

    private IEnumerable<Measurement<double>> HitRatio()
    {
        var (hits, misses) = (Sum("CacheHits"), Sum("CacheMisses"));
        return hits + misses > 0 ? [new(hits / (hits + misses))] : [];
    }

    private double Sum(string metric)
    {
        var end = _clock.Now.ToUnixTimeSeconds() + 60;
        return _store.Keys
            .Where(key => key.Namespace == RedisMetrics.Namespace && key.Name == metric)
            .SelectMany(key => _store.Find(key)!.Read(end - HitRatioSeconds, end, HitRatioSeconds, unit: null))
            .Sum(read => read.Set.Sum);
    }
}
