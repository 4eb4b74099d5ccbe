using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Oith.LocalCloud.CloudWatch.Metrics;

/// <summary>
/// Series that are written often, found without building a metric's key. Bounded, and without those that the store has forgotten: what is written to
/// these nobody would read.
/// </summary>
internal sealed class SeriesCache<TKey> where TKey : notnull
{
    private const int Most = 2_000;

    private readonly ConcurrentDictionary<TKey, MetricSeries> _series = new();

    public bool TryGet(TKey key, [NotNullWhen(true)] out MetricSeries? series) => _series.TryGetValue(key, out series) && !series.IsForgotten;

    /// <returns>The series.</returns>
    public MetricSeries Set(TKey key, MetricSeries series)
    {
        if (_series.Count >= Most)
        {
            _series.Clear();
        }

        return _series[key] = series;
    }
}
