using System.Diagnostics.Metrics;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Telemetry;

namespace Oith.LocalCloud.CloudWatch.Vending;

/// <summary>
/// Turns what the services of LocalCloud measure into the AWS/* metrics that AWS would vend: a meter stands for a namespace, its
/// instruments are named as AWS names the metrics, their tags are the dimensions.
/// </summary>
internal sealed class VendedMetrics : IDisposable
{
    private const string MeterPrefix = "Oith.LocalCloud.";

    private static readonly Dictionary<string, string> s_namespaces = new(StringComparer.Ordinal)
    {
        ["DynamoDB"] = "AWS/DynamoDB",
        ["EventBridge"] = "AWS/Events",
        ["Lambda"] = "AWS/Lambda",
        ["SNS"] = "AWS/SNS",
        ["SQS"] = "AWS/SQS",
        ["StepFunctions"] = "AWS/States",
    };

    private readonly MeterListener _listener = new();
    private readonly MetricStore _store;
    private readonly CloudWatchClock _clock;
    private readonly RedisMetrics _redis;
    private readonly ApiGatewayMetrics _apiGateway;
    private readonly AlarmMeter _alarms;

    // Set while the gauges are read, so that their values belong to the minute that ends.
    private DateTimeOffset? _collecting;

    public VendedMetrics(MetricStore store, CloudWatchClock clock, RedisMetrics redis, ApiGatewayMetrics apiGateway, AlarmMeter alarms, IMeterFactory meters)
    {
        (_store, _clock, _redis, _apiGateway, _alarms) = (store, clock, redis, apiGateway, alarms);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ApiGatewayMetrics.Listens(instrument))
            {
                listener.EnableMeasurementEvents(instrument, apiGateway);
            }
            else if (instrument.Meter.Scope == meters
                && instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal)
                && s_namespaces.TryGetValue(instrument.Meter.Name[MeterPrefix.Length..], out var metricNamespace))
            {
                listener.EnableMeasurementEvents(instrument, new InstrumentSeries(store, metricNamespace, instrument.Name));
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, state) => Record(instrument, value, tags, state));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, state) => Record(instrument, value, tags, state));
        _listener.SetMeasurementEventCallback<double>(Record);
        _listener.Start();
    }

    /// <summary>Reads what has to be asked for: the gauges of the services and Redis.</summary>
    public async Task CollectAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        _collecting = time;
        _listener.RecordObservableInstruments();
        _collecting = null;
        await _redis.CollectAsync(_store, time, cancellationToken);
        await _apiGateway.RefreshAsync(cancellationToken);
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (state is ApiGatewayMetrics apiGateway)
        {
            apiGateway.Record(instrument, value, tags);
        }
        else if (state is InstrumentSeries series)
        {
            var time = instrument.IsObservable ? _collecting ?? _clock.Now : _clock.Now;
            series.Of(tags).Add(time, MetricUnits.Of(instrument.Unit), isHighResolution: false, set => set.Add(value));
            if (instrument.Name is "ExecutionsFailed" or "ExecutionsTimedOut")
            {
                _alarms.ExecutionFailed(tags[0].Value!.ToString()!);
            }
        }
    }

    /// <summary>The series of an instrument by its tags, found without building a key for each measurement.</summary>
    private sealed class InstrumentSeries(MetricStore store, string metricNamespace, string name)
    {
        private readonly SeriesCache<string> _byTags = new();

        public MetricSeries Of(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = tags.Length switch
            {
                0 => "",
                1 => tags[0].Value?.ToString() ?? "",
                _ => Join(tags),
            };
            if (_byTags.TryGet(key, out var series))
            {
                return series;
            }

            var dimensions = tags.ToArray().Select(tag => KeyValuePair.Create(tag.Key, tag.Value?.ToString() ?? ""));
            return _byTags.Set(key, store.Series(new MetricKey(metricNamespace, name, dimensions)));
        }

        private static string Join(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var parts = new string[tags.Length];
            for (var index = 0; index < parts.Length; index++)
            {
                parts[index] = $"{tags[index].Key}={tags[index].Value}";
            }

            return string.Join('\n', parts);
        }
    }
}
