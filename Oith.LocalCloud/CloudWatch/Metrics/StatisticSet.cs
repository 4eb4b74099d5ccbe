namespace Oith.LocalCloud.CloudWatch.Metrics;

/// <summary>The values of one metric in one stretch of time: counted, and for percentiles kept by value.</summary>
internal sealed class StatisticSet
{
    // Beyond this many different values they are kept in steps of half a percent, so that memory stays bounded.
    private const int MaximumValues = 500;
    private const double Step = 1.005;

    private readonly Dictionary<double, double> _values = [];
    private bool _inSteps;

    public double SampleCount { get; private set; }

    public double Sum { get; private set; }

    public double Minimum { get; private set; } = double.PositiveInfinity;

    public double Maximum { get; private set; } = double.NegativeInfinity;

    public double Average => Sum / SampleCount;

    /// <summary>False when values came as a statistic set of several, of which percentiles cannot be told.</summary>
    public bool HasValues { get; private set; } = true;

    public void Add(double value, double count = 1)
    {
        SampleCount += count;
        Sum += value * count;
        Minimum = Math.Min(Minimum, value);
        Maximum = Math.Max(Maximum, value);
        AddValue(value, count);
    }

    /// <summary>Adds a set whose single values are not known.</summary>
    public void AddSet(double sampleCount, double sum, double minimum, double maximum)
    {
        SampleCount += sampleCount;
        Sum += sum;
        Minimum = Math.Min(Minimum, minimum);
        Maximum = Math.Max(Maximum, maximum);
        if (minimum == maximum)
        {
            AddValue(minimum, sampleCount);
        }
        else
        {
            HasValues = false;
        }
    }

    public void Add(StatisticSet other)
    {
        SampleCount += other.SampleCount;
        Sum += other.Sum;
        Minimum = Math.Min(Minimum, other.Minimum);
        Maximum = Math.Max(Maximum, other.Maximum);
        HasValues &= other.HasValues;
        foreach (var (value, count) in other._values)
        {
            AddValue(value, count);
        }
    }

    /// <summary>The value below which <paramref name="percent"/> of the samples lie, interpolated as CloudWatch does; null without single values.</summary>
    public double? Percentile(double percent)
    {
        if (!HasValues || _values.Count == 0)
        {
            return null;
        }

        var ordered = _values.OrderBy(pair => pair.Key).ToList();
        var rank = percent / 100 * (SampleCount - 1);
        var lower = ValueAt(ordered, Math.Floor(rank));
        var upper = ValueAt(ordered, Math.Ceiling(rank));
        return Math.Clamp(lower + (upper - lower) * (rank - Math.Floor(rank)), Minimum, Maximum);
    }

    /// <summary>Count and sum of the values from one bound to the other.</summary>
    public (double Count, double Sum) Between(double lower, double upper)
    {
        double count = 0, sum = 0;
        foreach (var (value, number) in _values)
        {
            if (value >= lower && value <= upper)
            {
                count += number;
                sum += value * number;
            }
        }

        return (count, sum);
    }

    private static double ValueAt(List<KeyValuePair<double, double>> ordered, double index)
    {
        var seen = 0.0;
        foreach (var (value, count) in ordered)
        {
            seen += count;
            if (index < seen)
            {
                return value;
            }
        }

        return ordered[^1].Key;
    }

    private void AddValue(double value, double count)
    {
        if (!_inSteps && _values.Count >= MaximumValues)
        {
            _inSteps = true;
            var exact = _values.ToList();
            _values.Clear();
            foreach (var (old, number) in exact)
            {
                AddValue(old, number);
            }
        }

        var key = _inSteps && value != 0 ? Math.CopySign(Math.Pow(Step, Math.Round(Math.Log(Math.Abs(value), Step))), value) : value;
        _values[key] = _values.GetValueOrDefault(key) + count;
    }
}
