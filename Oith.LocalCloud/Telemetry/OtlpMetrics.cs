using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.CloudWatch.Vending;

namespace Oith.LocalCloud.Telemetry;

/// <summary>
/// OTLP metrics as CloudWatch metrics: the namespace is the service's name, the metric's name stays, attributes are dimensions.
/// Cumulative sums and histograms are kept as what they grew by.
/// </summary>
internal sealed class OtlpMetrics(MetricStore store, CloudWatchClock clock, ApiGatewayMetrics apiGateway)
{
    private const int MaximumDimensions = 30;
    private const int Cumulative = 2;

    // A bucket's samples lie somewhere between its bounds; they are spread over at most so many values.
    private const int ValuesPerBucket = 10;

    private readonly ConcurrentDictionary<string, double[]> _previous = new(StringComparer.Ordinal);

    public void Receive(JsonObject request)
    {
        foreach (var (metric, resource) in request.Items("resourceMetrics", "scopeMetrics", "metrics"))
        {
            var resourceAttributes = resource.Attributes();
            var service = resourceAttributes.GetValueOrDefault("service.name", "unknown_service");
            // Two processes of a service count each for themselves.
            var source = $"{service}/{resourceAttributes.GetValueOrDefault("service.instance.id")}";
            foreach (var kind in (ReadOnlySpan<string>)["gauge", "sum", "histogram", "exponentialHistogram"])
            {
                if (metric[kind] is { } data)
                {
                    foreach (var point in data["dataPoints"] as JsonArray ?? [])
                    {
                        Receive(metric["name"]!.GetValue<string>(), metric["unit"]?.GetValue<string>(), kind, data, point!, service, source);
                    }
                }
            }
        }
    }

    private void Receive(string name, string? unit, string kind, JsonNode data, JsonNode point, string service, string source)
    {
        var attributes = point.Attributes();
        var dimensions = attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal).Take(MaximumDimensions).ToList();
        var time = clock.FromWall(point.NanoTime("timeUnixNano"));
        var identity = $"{source}\n{name}\n{string.Join('\n', dimensions)}";
        var isCumulative = data.Number("aggregationTemporality") == Cumulative;
        var buckets = kind switch
        {
            "histogram" => ExplicitBuckets(point),
            "exponentialHistogram" => ExponentialBuckets(point),
            _ => null,
        };
        var measured = buckets is null ? [point["asInt"] is null ? point.Number("asDouble") : point.Number("asInt")] : buckets.ConvertAll(bucket => bucket.Count).ToArray();
        var growth = isCumulative && kind != "gauge" ? Growth(identity, measured) : measured;
        if (buckets is null)
        {
            Add(set => set.Add(growth[0]));
            return;
        }

        if (growth.Sum() > 0)
        {
            Add(set => Spread(set, buckets, growth, 1));
            if (name == ApiGatewayMetrics.RequestDuration)
            {
                apiGateway.RecordExported(
                    attributes.GetValueOrDefault("http.route"), attributes.GetValueOrDefault("http.response.status_code"), growth.Sum(), set => Spread(set, buckets, growth, 1000), time);
            }
        }

        void Add(Action<StatisticSet> add) => store.Series(new MetricKey(service, name, dimensions)).Add(time, MetricUnits.Of(unit), isHighResolution: false, add);
    }

    /// <summary>What grew since the last report; a sum that fell was started anew.</summary>
    private double[] Growth(string identity, double[] measured)
    {
        var growth = measured;
        _previous.AddOrUpdate(identity, measured, (_, previous) =>
        {
            growth = previous.Length == measured.Length && !measured.Where((value, index) => value < previous[index]).Any()
                ? [.. measured.Select((value, index) => value - previous[index])]
                : measured;
            return measured;
        });
        return growth;
    }

    private static List<(double Lower, double Upper, double Count)> ExplicitBuckets(JsonNode point)
    {
        var bounds = (point["explicitBounds"] as JsonArray ?? []).Select(bound => bound!.GetValue<double>()).ToList();
        var counts = (point["bucketCounts"] as JsonArray ?? []).Select(count => double.Parse(count!.ToString(), System.Globalization.CultureInfo.InvariantCulture)).ToList();
        var (minimum, maximum) = (point["min"] is null ? (double?)null : point.Number("min"), point["max"] is null ? (double?)null : point.Number("max"));
        var buckets = new List<(double Lower, double Upper, double Count)>();
        for (var index = 0; index < counts.Count; index++)
        {
            var lower = index == 0 ? Math.Min(0, bounds.FirstOrDefault()) : bounds[index - 1];
            var upper = index < bounds.Count ? bounds[index] : Math.Max(lower, maximum ?? lower);
            buckets.Add((Math.Max(lower, Math.Min(minimum ?? lower, upper)), Math.Min(upper, Math.Max(maximum ?? upper, lower)), counts[index]));
        }

        return buckets;
    }

    /// <summary>Bucket i reaches from base^(offset + i) to the next power, with base = 2^(2^-scale).</summary>
    private static List<(double Lower, double Upper, double Count)> ExponentialBuckets(JsonNode point)
    {
        var growth = Math.Pow(2, Math.Pow(2, -point.Number("scale")));
        var buckets = new List<(double Lower, double Upper, double Count)> { (0, 0, point.Number("zeroCount")) };
        foreach (var (side, sign) in (ReadOnlySpan<(string, int)>)[("positive", 1), ("negative", -1)])
        {
            var counts = point[side]?["bucketCounts"] as JsonArray ?? [];
            var offset = point[side]?.Number("offset") ?? 0;
            for (var index = 0; index < counts.Count; index++)
            {
                var count = double.Parse(counts[index]!.ToString(), System.Globalization.CultureInfo.InvariantCulture);
                buckets.Add((sign * Math.Pow(growth, offset + index), sign * Math.Pow(growth, offset + index + 1), count));
            }
        }

        return buckets;
    }

    private static void Spread(StatisticSet set, List<(double Lower, double Upper, double Count)> buckets, double[] counts, double scale)
    {
        for (var index = 0; index < buckets.Count; index++)
        {
            if (counts[index] <= 0)
            {
                continue;
            }

            var (lower, upper, _) = buckets[index];
            var values = (int)Math.Min(ValuesPerBucket, Math.Max(1, counts[index]));
            for (var value = 0; value < values; value++)
            {
                set.Add(scale * (lower + (upper - lower) * (value + 0.5) / values), counts[index] / values);
            }
        }
    }
}
