using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.CloudWatch.Expressions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Metrics;

/// <summary>One query of GetMetricData or of an alarm: a metric's statistic or an expression over other queries.</summary>
internal sealed partial record MetricQuery(string Id, MetricKey? Metric, string? Stat, int? Period, string? Unit, ExpressionNode? Expression, string? Label, bool ReturnData)
{
    /// <summary>What AWS says of wrong ids and statistics: of each query that has one, all at once.</summary>
    public static List<string> ProblemsOf(JsonArray queries)
    {
        var problems = new List<string>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < queries.Count; index++)
        {
            var query = queries[index]!.AsObject();
            if (query.Text("Id") is { } id && !IdPattern().IsMatch(id))
            {
                problems.Add($"The value {id} for parameter MetricDataQueries.member.{index + 1}.Id is not matching the expected pattern {IdPattern()}.");
            }
            else if (query.Text("Id") is { } known && !ids.Add(known))
            {
                return ["The values for parameter id in MetricDataQueries are not unique."];
            }

            if (query.Structure("MetricStat")?.Text("Stat") is { } stat && MetricStatistic.Parse(stat) is null)
            {
                problems.Add($"The value {stat} for parameter MetricDataQueries.member.{index + 1}.MetricStat.Stat is not a valid statistic.");
            }
        }

        return problems;
    }

    /// <param name="input">A MetricDataQuery without <see cref="ProblemsOf"/>.</param>
    /// <exception cref="AwsServiceException">ValidationError or MissingParameter.</exception>
    public static MetricQuery Parse(JsonObject input)
    {
        input.AllowOnly("a metric query", "Id", "MetricStat", "Expression", "Label", "ReturnData", "Period", "AccountId");
        var id = input.Text("Id") ?? throw CloudWatchErrors.MissingParameter("Id");
        var (stat, expression) = (input.Structure("MetricStat"), input.Text("Expression"));
        if (stat is not null && expression is not null)
        {
            throw CloudWatchErrors.Validation("The parameters MetricDataQuery Expression and MetricStat are mutually exclusive and you have specified both.");
        }

        if (stat is null && expression is null)
        {
            throw CloudWatchErrors.Validation($"The metric query {id} must have either MetricStat or Expression.");
        }

        var name = stat is null ? null : stat.Text("Stat") ?? throw CloudWatchErrors.MissingParameter("MetricStat.Stat");

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

    [GeneratedRegex("^[a-z][a-zA-Z0-9_]*$")]
    private static partial Regex IdPattern();
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
