using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Metrics;

/// <summary>ListMetrics and GetMetricStatistics.</summary>
internal sealed class MetricReads(MetricStore store, CloudWatchClock clock)
{
    private const int PageSize = 500;
    private const int MaximumDatapoints = 1440;

    public JsonObject ListMetrics(JsonObject input)
    {
        input.AllowOnly("ListMetrics", "Namespace", "MetricName", "Dimensions", "NextToken", "RecentlyActive", "IncludeLinkedAccounts", "OwningAccount");
        var (metricNamespace, name) = (input.Text("Namespace"), input.Text("MetricName"));
        var filters = (input.List("Dimensions") ?? []).Select(item => (Name: item!.AsObject().Text("Name"), Value: item.AsObject().Text("Value"))).ToList();
        var recent = input.Text("RecentlyActive") is null ? DateTimeOffset.MinValue : clock.Now.AddHours(-3);
        var found = store.Keys
            .Where(key => (metricNamespace is null || key.Namespace == metricNamespace)
                && (name is null || key.Name == name)
                && filters.TrueForAll(filter => key.Dimensions.Any(dimension => dimension.Key == filter.Name && (filter.Value is null || dimension.Value == filter.Value)))
                && store.Find(key)?.LastChange >= recent)
            .OrderBy(key => key.Namespace, StringComparer.Ordinal).ThenBy(key => key.Name, StringComparer.Ordinal)
            .ThenBy(key => string.Join(',', key.Dimensions), StringComparer.Ordinal)
            .ToList();
        var start = input.Text("NextToken") is { } token && int.TryParse(token, out var position) ? position : 0;
        var answer = new JsonObject
        {
            ["Metrics"] = new JsonArray([.. found.Skip(start).Take(PageSize).Select(key => (JsonNode?)new JsonObject
            {
                ["Namespace"] = key.Namespace,
                ["MetricName"] = key.Name,
                ["Dimensions"] = key.DescribeDimensions(),
            })]),
        };
        if (start + PageSize < found.Count)
        {
            answer["NextToken"] = (start + PageSize).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return answer;
    }

    public JsonObject GetMetricStatistics(JsonObject input)
    {
        input.AllowOnly("GetMetricStatistics", "Namespace", "MetricName", "Dimensions", "StartTime", "EndTime", "Period", "Statistics", "ExtendedStatistics", "Unit");
        var key = MetricKey.Of(input);
        var start = input.Time("StartTime") ?? throw CloudWatchErrors.MissingParameter("StartTime");
        var end = input.Time("EndTime") ?? throw CloudWatchErrors.MissingParameter("EndTime");
        var period = CheckPeriod(input.Integer("Period") ?? throw CloudWatchErrors.MissingParameter("Period"), "Period");
        var statistics = input.List("Statistics") is null ? [] : input.Texts("Statistics");
        var extended = input.List("ExtendedStatistics") is null ? [] : input.Texts("ExtendedStatistics");
        if (statistics.Count == 0 && extended.Count == 0)
        {
            throw CloudWatchErrors.InvalidCombination("At least one of the parameters Statistics and ExtendedStatistics must be specified.");
        }

        if (start >= end)
        {
            throw CloudWatchErrors.InvalidValue("The parameter StartTime must be less than the parameter EndTime.");
        }

        var requested = (long)Math.Ceiling((end - start).TotalSeconds / period);
        if (requested > MaximumDatapoints)
        {
            throw CloudWatchErrors.InvalidCombination(
                $"You have requested up to {requested} datapoints, which exceeds the limit of {MaximumDatapoints}. You may reduce the datapoints requested by increasing "
                + "Period, or decreasing the time range.");
        }

        var datapoints = new JsonArray();
        foreach (var (second, unit, set) in store.Find(key)?.Read(RoundDown(start, period), end.ToUnixTimeSeconds(), period, input.Text("Unit")) ?? [])
        {
            var datapoint = new JsonObject { ["Timestamp"] = second, ["Unit"] = unit };
            foreach (var name in statistics)
            {
                datapoint[name] = (MetricStatistic.Simple.Contains(name) ? MetricStatistic.Parse(name) : null)?.Invoke(set)
                    ?? throw CloudWatchErrors.NotInSet(name, "statistics.1.member", string.Join(", ", MetricStatistic.Simple));
            }

            if (extended.Count > 0)
            {
                datapoint["ExtendedStatistics"] = new JsonObject(extended.Select(name => KeyValuePair.Create(
                    name,
                    (JsonNode?)(MetricStatistic.Parse(name) ?? throw CloudWatchErrors.InvalidValue($"The value {name} for parameter ExtendedStatistics is not supported."))(set))));
            }

            datapoints.Add(datapoint);
        }

        return new JsonObject { ["Label"] = key.Name, ["Datapoints"] = datapoints };
    }

    public static int CheckPeriod(int period, string name) => period is 1 or 5 or 10 or 20 or 30 || (period >= 60 && period % 60 == 0)
        ? period
        : throw CloudWatchErrors.InvalidValue($"The parameter {name} must be 1, 5, 10, 20, 30 or a multiple of 60.");

    /// <summary>The start of a request as CloudWatch rounds it: to the minute, with a shorter period to a multiple of it.</summary>
    public static long RoundDown(DateTimeOffset start, int period)
    {
        var second = start.ToUnixTimeSeconds();
        return second - second % Math.Min(period, 60);
    }
}
