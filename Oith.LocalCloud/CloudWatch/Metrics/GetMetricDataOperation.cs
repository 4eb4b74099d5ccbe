using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Metrics;

internal sealed class GetMetricDataOperation(MetricStore store)
{
    private const int MaximumQueries = 500;
    private const int MaximumDatapoints = 100_800;
    private const int DefaultPeriod = 60;

    // 500 queries over a day by the minute.
    private const int MaximumEvaluated = 720_000;

    public JsonObject GetMetricData(JsonObject input)
    {
        input.AllowOnly("GetMetricData", "MetricDataQueries", "StartTime", "EndTime", "NextToken", "ScanBy", "MaxDatapoints", "LabelOptions");
        var given = input.List("MetricDataQueries") ?? throw CloudWatchErrors.MissingParameter("MetricDataQueries");
        if (MetricQuery.ProblemsOf(given) is { Count: > 0 } problems)
        {
            throw CloudWatchErrors.Validation(string.Join('\n', problems));
        }

        var queries = given.Select(query => MetricQuery.Parse(query!.AsObject())).ToList();
        var start = input.Time("StartTime") ?? throw CloudWatchErrors.MissingParameter("StartTime");
        var end = input.Time("EndTime") ?? throw CloudWatchErrors.MissingParameter("EndTime");
        if (queries.Count > MaximumQueries)
        {
            throw CloudWatchErrors.Validation($"The collection MetricDataQueries must not have a size greater than {MaximumQueries}.");
        }

        if (start >= end)
        {
            throw CloudWatchErrors.Validation("The parameter StartTime must be less than the parameter EndTime.");
        }

        foreach (var query in queries.Where(query => query.Period is not null))
        {
            MetricReads.CheckPeriod(query.Period!.Value, "Period");
        }

        CheckDatapoints(queries, (end - start).TotalSeconds);
        var period = queries.Min(query => query.Period) ?? DefaultPeriod;
        var evaluator = new MetricQueryEvaluator(store, queries, MetricReads.RoundDown(start, period), end.ToUnixTimeSeconds(), period);
        return Answer(input, queries, evaluator);
    }

    // Every query is evaluated over its whole range before the first page is answered.
    private static void CheckDatapoints(List<MetricQuery> queries, double seconds)
    {
        var requested = queries.Sum(query => Math.Ceiling(seconds / (query.Period ?? DefaultPeriod)));
        if (requested > MaximumEvaluated)
        {
            throw CloudWatchErrors.Validation(
                $"You have requested up to {requested:F0} datapoints, which exceeds the limit of {MaximumEvaluated}. You may reduce the datapoints requested by "
                + "increasing Period, or decreasing the time range.");
        }
    }

    private static JsonObject Answer(JsonObject input, List<MetricQuery> queries, MetricQueryEvaluator evaluator)
    {
        var descending = input.Text("ScanBy") != "TimestampAscending";
        var returned = queries.Where(query => query.ReturnData).ToList();
        var page = Math.Max(1, (input.Integer("MaxDatapoints") ?? MaximumDatapoints) / Math.Max(1, returned.Count));
        var offset = input.Text("NextToken") is { } token && int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : 0;
        var results = new JsonArray();
        var more = false;
        foreach (var query in returned)
        {
            var value = evaluator.Evaluate(query.Id);
            if (value.Number is not null)
            {
                throw CloudWatchErrors.Validation($"The expression of {query.Id} returns a number; GetMetricData needs a time series.");
            }

            foreach (var series in value.Series)
            {
                var ordered = (descending ? series.Reverse() : series).ToList();
                more |= offset + page < ordered.Count;
                var points = ordered.Skip(offset).Take(page).ToList();
                var result = new JsonObject
                {
                    ["Id"] = query.Id,
                    ["Label"] = LabelOf(query, queries),
                    ["Timestamps"] = new JsonArray([.. points.Select(point => (JsonNode?)point.Key)]),
                    ["Values"] = new JsonArray([.. points.Select(point => (JsonNode?)point.Value)]),
                    ["StatusCode"] = offset + page < ordered.Count ? "PartialData" : "Complete",
                };
                if (evaluator.SeveralUnits.TryGetValue(query.Id, out var units))
                {
                    result["Messages"] = new JsonArray(new JsonObject
                    {
                        ["Code"] = "MultipleUnits",
                        ["Value"] = $"Multiple units returned: '[{string.Join(", ", units)}]'",
                    });
                }

                results.Add(result);
            }
        }

        var answer = new JsonObject { ["MetricDataResults"] = results, ["Messages"] = new JsonArray() };
        if (more)
        {
            answer["NextToken"] = (offset + page).ToString(CultureInfo.InvariantCulture);
        }

        return answer;
    }

    /// <summary>The metric's name, with the statistic and the period where the queries differ in them.</summary>
    private static string LabelOf(MetricQuery query, List<MetricQuery> queries)
    {
        if (query.Label is not null || query.Metric is null)
        {
            return query.Label ?? query.Id;
        }

        var metrics = queries.Where(other => other.Metric is not null).ToList();
        var label = query.Metric.Name;
        label += metrics.Any(other => other.Stat != query.Stat) ? $" {query.Stat}" : "";
        return label + (metrics.Any(other => other.Period != query.Period) ? $" {query.Period}" : "");
    }
}
