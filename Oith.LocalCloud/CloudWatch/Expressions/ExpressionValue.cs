namespace Oith.LocalCloud.CloudWatch.Expressions;

/// <summary>A number, a time series or several of them.</summary>
internal sealed class ExpressionValue
{
    private readonly double? _number;
    private readonly List<SortedDictionary<long, double>> _series = [];

    private ExpressionValue(double? number) => _number = number;

    /// <summary>Null when this is no plain number.</summary>
    public double? Number => _number;

    public bool IsArray => _number is null && _series.Count != 1;

    public IReadOnlyList<SortedDictionary<long, double>> Series => _series;

    public static ExpressionValue Of(double number) => new(number);

    public static ExpressionValue Of(params IEnumerable<SortedDictionary<long, double>> series)
    {
        var value = new ExpressionValue(null);
        value._series.AddRange(series);
        return value;
    }

    /// <summary>The series; a number becomes one that has it at every timestamp.</summary>
    public IEnumerable<SortedDictionary<long, double>> SeriesOver(IReadOnlyList<long> grid) =>
        _number is { } number ? [new(grid.ToDictionary(second => second, _ => number))] : _series;

    /// <summary>An operation on each timestamp that both sides have; null gives no datapoint.</summary>
    public static ExpressionValue Combine(ExpressionValue left, ExpressionValue right, Func<double, double, double?> apply)
    {
        if (left.Number is { } first && right.Number is { } second)
        {
            return apply(first, second) is { } result ? Of(result) : Of(new SortedDictionary<long, double>());
        }

        if (left.IsArray && right.IsArray)
        {
            throw MetricExpression.Invalid("an operation needs a single time series or a number on one side");
        }

        if (left.Number is { } leftNumber)
        {
            return right.Map((_, value) => apply(leftNumber, value));
        }

        if (right.Number is { } rightNumber)
        {
            return left.Map((_, value) => apply(value, rightNumber));
        }

        return left.IsArray
            ? left.Map((at, value) => right._series[0].TryGetValue(at, out var other) ? apply(value, other) : null)
            : right.Map((at, value) => left._series[0].TryGetValue(at, out var other) ? apply(other, value) : null);
    }

    /// <summary>Each datapoint anew; null drops it.</summary>
    public ExpressionValue Map(Func<long, double, double?> map) => _number is { } number
        ? map(0, number) is { } mapped ? Of(mapped) : Of(new SortedDictionary<long, double>())
        : Of(_series.Select(series =>
        {
            var result = new SortedDictionary<long, double>();
            foreach (var (at, value) in series)
            {
                if (map(at, value) is { } mapped)
                {
                    result[at] = mapped;
                }
            }

            return result;
        }));
}
