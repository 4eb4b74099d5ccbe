using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch.Expressions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Metrics;

/// <summary>One query of GetMetricData or of an alarm: a metric's statistic or an expression over other queries.</summary>
internal sealed record MetricQuery(string Id, MetricKey? Metric, string? Stat, int? Period, string? Unit, ExpressionNode? Expression, string? Label, bool ReturnData)
{
    /// <param name="input">A MetricDataQuery.</param>
    /// <exception cref="AwsServiceException">ValidationError or InvalidParameterValue.</exception>
    public static MetricQuery Parse(JsonObject input)
    {
        input.AllowOnly("a metric query", "Id", "MetricStat", "Expression", "Label", "ReturnData", "Period", "AccountId");
        var id = input.Text("Id") ?? throw CloudWatchErrors.MissingParameter("Id");
        var (stat, expression) = (input.Structure("MetricStat"), input.Text("Expression"));
        if (stat is null == expression is null)
        {
            throw CloudWatchErrors.Validation($"The metric query {id} must have either MetricStat or Expression.");
        }

        var name = stat?.Text("Stat");
        if (stat is not null && (name is null || MetricStatistic.Parse(name) is null))
        {
            throw CloudWatchErrors.InvalidValue($"The value {name} for parameter MetricDataQueries.member.MetricStat.Stat is not supported.");
        }

        return new MetricQuery(
            id,
            stat is null ? null : MetricKey.Of(stat.Structure("Metric") ?? throw CloudWatchErrors.MissingParameter("MetricStat.Metric")),
            name,
            stat?.Integer("Period") ?? input.Integer("Period"),
            stat?.Text("Unit"),
            expression is null ? null : MetricExpression.Parse(expression),
            input.Text("Label"),
            input.Flag("ReturnData") ?? true);
    }
}

/// <summary>Evaluates queries that may refer to each other.</summary>
internal sealed class MetricQueryEvaluator(MetricStore store, IReadOnlyList<MetricQuery> queries, long start, long end, int period)
{
    private readonly Dictionary<string, ExpressionValue> _results = new(StringComparer.Ordinal);
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);

    /// <summary>Units of metrics that were asked for without a unit and have several.</summary>
    public Dictionary<string, IReadOnlyList<string>> SeveralUnits { get; } = new(StringComparer.Ordinal);

    public ExpressionValue Evaluate(string id)
    {
        if (_results.TryGetValue(id, out var known))
        {
            return known;
        }

        var query = queries.FirstOrDefault(candidate => candidate.Id == id) ?? throw MetricExpression.Invalid($"there is no query with the id {id}");
        if (!_running.Add(id))
        {
            throw MetricExpression.Invalid($"the query {id} refers to itself");
        }

        return _results[id] = query.Expression is { } expression ? expression.Evaluate(Context(query)) : Read(query);
    }

    private ExpressionContext Context(MetricQuery query)
    {
        var grid = new List<long>();
        for (var at = start; at < end; at += query.Period ?? period)
        {
            grid.Add(at);
        }

        return new ExpressionContext(
            Evaluate, () => queries.Where(candidate => candidate.Metric is not null).Select(candidate => (candidate.Id, Evaluate(candidate.Id))), grid, query.Period ?? period);
    }

    private ExpressionValue Read(MetricQuery query)
    {
        var series = new SortedDictionary<long, double>();
        var statistic = MetricStatistic.Parse(query.Stat!)!;
        var found = store.Find(query.Metric!)?.Read(start, end, query.Period ?? period, query.Unit) ?? [];
        var units = found.Select(item => item.Unit).Distinct().Order(StringComparer.Ordinal).ToList();
        if (units.Count > 1)
        {
            SeveralUnits[query.Id] = units;
        }

        foreach (var (second, unit, set) in found)
        {
            if (unit == units[0] && statistic(set) is { } value)
            {
                series[second] = value;
            }
        }

        return ExpressionValue.Of(series);
    }
}
