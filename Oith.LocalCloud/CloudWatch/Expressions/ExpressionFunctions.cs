namespace Oith.LocalCloud.CloudWatch.Expressions;

/// <summary>The functions of metric math.</summary>
internal static class ExpressionFunctions
{
    private static readonly Dictionary<string, Func<double, double?>> s_maps = new(StringComparer.Ordinal)
    {
        ["ABS"] = value => Math.Abs(value),
        ["CEIL"] = value => Math.Ceiling(value),
        ["FLOOR"] = value => Math.Floor(value),
        ["LOG"] = value => value > 0 ? Math.Log(value) : null,
        ["LOG10"] = value => value > 0 ? Math.Log10(value) : null,
    };

    private static readonly Dictionary<string, Func<IReadOnlyList<double>, double>> s_aggregates = new(StringComparer.Ordinal)
    {
        ["SUM"] = values => values.Sum(),
        ["AVG"] = values => values.Average(),
        ["MIN"] = values => values.Min(),
        ["MAX"] = values => values.Max(),
        ["STDDEV"] = StandardDeviation,
        ["FIRST"] = values => values[0],
        ["LAST"] = values => values[^1],
    };

    private static double StandardDeviation(IReadOnlyList<double> values)
    {
        var average = values.Average();
        return Math.Sqrt(values.Sum(value => Math.Pow(value - average, 2)) / values.Count);
    }

    public static ExpressionValue Call(FunctionNode call, ExpressionContext context)
    {
        ExpressionValue Argument(int index) => index < call.Arguments.Count
            ? call.Arguments[index].Evaluate(context)
            : throw MetricExpression.Invalid($"{call.Name} needs {index + 1} arguments");

        if (s_maps.TryGetValue(call.Name, out var map))
        {
            return Argument(0).Map((_, value) => map(value));
        }

        if (s_aggregates.TryGetValue(call.Name, out var aggregate))
        {
            return Aggregate(call, Argument(0), aggregate);
        }

        return call.Name switch
        {
            "METRICS" => ExpressionValue.Of(context.Metrics()
                .Where(metric => call.Arguments.Count == 0 || (call.Arguments[0] is TextNode part && metric.Id.Contains(part.Value, StringComparison.Ordinal)))
                .SelectMany(metric => metric.Value.Series)),
            "METRIC_COUNT" => ExpressionValue.Of(Argument(0).Series.Count),
            "IF" => If(Argument(0), Argument(1), call.Arguments.Count > 2 ? Argument(2) : ExpressionValue.Of(new SortedDictionary<long, double>()), context.Grid),
            "FILL" => Fill(Argument(0), call.Arguments.Count > 1 ? call.Arguments[1] : throw MetricExpression.Invalid("FILL needs 2 arguments"), context),
            "NOT" => Argument(0).Map((_, value) => value == 0 ? 1 : 0),
            "RATE" => Pairwise(Argument(0), (change, seconds) => change / seconds),
            "DIFF" => Pairwise(Argument(0), (change, _) => change),
            "DIFF_TIME" => Pairwise(Argument(0), (_, seconds) => seconds),
            "RUNNING_SUM" => RunningSum(Argument(0)),
            "PERIOD" => ExpressionValue.Of(context.Period),
            "TIME_SERIES" => ExpressionValue.Of(Argument(0).SeriesOver(context.Grid)),
            "REMOVE_EMPTY" => ExpressionValue.Of(Argument(0).Series.Where(series => series.Count > 0)),
            "EPOCH" => Argument(0).Map((at, _) => at),
            "MINUTE" => OfTime(Argument(0), time => time.Minute),
            "HOUR" => OfTime(Argument(0), time => time.Hour),
            "DAY" => OfTime(Argument(0), time => time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek),
            "DATE" => OfTime(Argument(0), time => time.Day),
            "MONTH" => OfTime(Argument(0), time => time.Month),
            "YEAR" => OfTime(Argument(0), time => time.Year),
            _ => throw MetricExpression.Invalid($"LocalCloud does not support the function {call.Name}"),
        };
    }

    /// <summary>Of one series a number over all its datapoints; of an array a series over what each timestamp has.</summary>
    private static ExpressionValue Aggregate(FunctionNode call, ExpressionValue argument, Func<IReadOnlyList<double>, double> aggregate)
    {
        if (argument.Number is { } number)
        {
            return ExpressionValue.Of(aggregate([number]));
        }

        if (!argument.IsArray && call.Arguments[0] is not ArrayNode and not FunctionNode { Name: "METRICS" })
        {
            var values = argument.Series[0].Values.ToList();
            return values.Count > 0 ? ExpressionValue.Of(aggregate(values)) : ExpressionValue.Of(new SortedDictionary<long, double>());
        }

        var result = new SortedDictionary<long, double>();
        foreach (var at in argument.Series.SelectMany(series => series.Keys).Distinct())
        {
            result[at] = aggregate([.. argument.Series.Where(series => series.ContainsKey(at)).Select(series => series[at])]);
        }

        return ExpressionValue.Of(result);
    }

    private static ExpressionValue If(ExpressionValue condition, ExpressionValue whenTrue, ExpressionValue whenFalse, IReadOnlyList<long> grid)
    {
        if (condition.Number is { } constant)
        {
            return constant != 0 ? whenTrue : whenFalse;
        }

        var (yes, no) = (whenTrue.SeriesOver(grid).FirstOrDefault() ?? [], whenFalse.SeriesOver(grid).FirstOrDefault() ?? []);
        return condition.Map((at, value) => (value != 0 ? yes : no).TryGetValue(at, out var chosen) ? chosen : null);
    }

    private static ExpressionValue Fill(ExpressionValue argument, ExpressionNode filler, ExpressionContext context)
    {
        var mode = (filler as TextNode)?.Value;
        var other = mode is null ? filler.Evaluate(context) : null;
        var source = other?.SeriesOver(context.Grid).FirstOrDefault();
        return ExpressionValue.Of(argument.SeriesOver(context.Grid).Select(series =>
        {
            var result = new SortedDictionary<long, double>(series);
            var points = series.ToArray();
            var next = 0;
            foreach (var at in context.Grid)
            {
                while (next < points.Length && points[next].Key <= at)
                {
                    next++;
                }

                if (series.ContainsKey(at))
                {
                    continue;
                }

                var filled = mode switch
                {
                    "REPEAT" => next > 0 ? points[next - 1].Value : (double?)null,
                    "LINEAR" => next > 0 && next < points.Length ? Linear(points[next - 1], points[next], at) : (double?)null,
                    null => source!.TryGetValue(at, out var value) ? value : null,
                    _ => throw MetricExpression.Invalid($"FILL does not know {mode}"),
                };
                if (filled is { } number)
                {
                    result[at] = number;
                }
            }

            return result;
        }));
    }

    private static double Linear(KeyValuePair<long, double> before, KeyValuePair<long, double> after, long at) =>
        before.Value + (after.Value - before.Value) * (at - before.Key) / (after.Key - before.Key);

    private static ExpressionValue Pairwise(ExpressionValue argument, Func<double, double, double> apply) => ExpressionValue.Of(argument.Series.Select(series =>
    {
        var result = new SortedDictionary<long, double>();
        KeyValuePair<long, double>? previous = null;
        foreach (var pair in series)
        {
            if (previous is { } before)
            {
                result[pair.Key] = apply(pair.Value - before.Value, pair.Key - before.Key);
            }

            previous = pair;
        }

        return result;
    }));

    private static ExpressionValue RunningSum(ExpressionValue argument) => ExpressionValue.Of(argument.Series.Select(series =>
    {
        var (result, sum) = (new SortedDictionary<long, double>(), 0.0);
        foreach (var (at, value) in series)
        {
            result[at] = sum += value;
        }

        return result;
    }));

    private static ExpressionValue OfTime(ExpressionValue argument, Func<DateTimeOffset, double> part) =>
        argument.Map((at, _) => part(DateTimeOffset.FromUnixTimeSeconds(at)));
}
