using System.Collections.Concurrent;

namespace Oith.LocalCloud.CloudWatch.Metrics;

/// <summary>
/// All metric data, in memory: minutes (seconds of high-resolution data) of the last day, of the latest metrics. AWS keeps any number of metrics
/// for 15 months, which need not fit a laptop's memory.
/// </summary>
internal sealed class MetricStore(CloudWatchClock clock)
{
    /// <summary>Metrics that are kept; when there are more, the tenth goes that has had no data for longest.</summary>
    public const int MaximumSeries = 10_000;

    private readonly Lock _trimming = new();
    private readonly ConcurrentDictionary<MetricKey, MetricSeries> _series = new();

    public IEnumerable<MetricKey> Keys => _series.Keys;

    public MetricSeries? Find(MetricKey key) => _series.GetValueOrDefault(key);

    /// <summary>The series of a metric, made when it is new.</summary>
    public MetricSeries Series(MetricKey key)
    {
        if (_series.TryGetValue(key, out var known))
        {
            return known;
        }

        var series = _series.GetOrAdd(key, static (_, now) => new MetricSeries(now), clock.Now);
        if (_series.Count > MaximumSeries)
        {
            Trim();
        }

        return series;
    }

    /// <summary>A value of this moment.</summary>
    public void Record(MetricKey key, double value, string unit, double count = 1) => Series(key).Add(clock.Now, unit, isHighResolution: false, set => set.Add(value, count));

    private void Trim()
    {
        lock (_trimming)
        {
            // Another thread may have done it meanwhile.
            if (_series.Count <= MaximumSeries)
            {
                return;
            }

            foreach (var (key, _) in _series.ToArray().OrderBy(pair => pair.Value.LastUse).Take(MaximumSeries / 10))
            {
                if (_series.TryRemove(key, out var forgotten))
                {
                    forgotten.IsForgotten = true;
                }
            }
        }
    }
}

/// <summary>The data of one metric.</summary>
internal sealed class MetricSeries(DateTimeOffset created)
{
    private static readonly long s_retentionSeconds = (long)TimeSpan.FromDays(1).TotalSeconds;

    private readonly Lock _lock = new();

    // By second of the bucket's start and by unit; newest last.
    private readonly SortedDictionary<long, Dictionary<string, StatisticSet>> _buckets = [];

    private StatisticSet? _newest;
    private long _newestBucket;

    /// <summary>True once the store keeps it no more.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>The time of the newest data.</summary>
    public DateTimeOffset LastChange { get; private set; }

    /// <summary>The time of the newest data, or when the metric was new: its first data may be still to come, or of earlier days.</summary>
    public DateTimeOffset LastUse => LastChange > created ? LastChange : created;

    /// <summary>The average of the newest bucket, null while there is none.</summary>
    public double? Newest
    {
        get
        {
            lock (_lock)
            {
                return _newest is { SampleCount: > 0 } ? _newest.Average : null;
            }
        }
    }

    public void Add(DateTimeOffset time, string unit, bool isHighResolution, Action<StatisticSet> add)
    {
        var second = time.ToUnixTimeSeconds();
        var bucket = isHighResolution ? second : second - second % 60;
        lock (_lock)
        {
            LastChange = time > LastChange ? time : LastChange;
            if (!_buckets.TryGetValue(bucket, out var units))
            {
                _buckets[bucket] = units = new(StringComparer.Ordinal);
                RemoveOld(bucket - s_retentionSeconds);
            }

            if (!units.TryGetValue(unit, out var set))
            {
                units[unit] = set = new StatisticSet();
            }

            add(set);
            if (bucket >= _newestBucket)
            {
                (_newest, _newestBucket) = (set, bucket);
            }
        }
    }

    /// <summary>The data from start (included) to end (not included), in periods counted from <paramref name="start"/>.</summary>
    /// <param name="unit">Null: each unit for itself.</param>
    public List<(long Second, string Unit, StatisticSet Set)> Read(long start, long end, int period, string? unit)
    {
        var found = new List<(long Second, string Unit, StatisticSet Set)>();
        lock (_lock)
        {
            foreach (var (second, units) in _buckets)
            {
                if (second < start || second >= end)
                {
                    continue;
                }

                var at = start + (second - start) / period * period;
                foreach (var (name, set) in units)
                {
                    if (unit is not null && name != unit)
                    {
                        continue;
                    }

                    // Buckets are in order, so a period's sets stand at the end.
                    var index = found.Count - 1;
                    while (index >= 0 && found[index].Second == at && found[index].Unit != name)
                    {
                        index--;
                    }

                    if (index < 0 || found[index].Second != at)
                    {
                        found.Add((at, name, new StatisticSet()));
                        index = found.Count - 1;
                    }

                    found[index].Set.Add(set);
                }
            }
        }

        return found;
    }

    private void RemoveOld(long before)
    {
        while (_buckets.Count > 0 && _buckets.First().Key < before)
        {
            _buckets.Remove(_buckets.First().Key);
        }
    }
}
