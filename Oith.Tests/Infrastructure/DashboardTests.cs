using System.Text.Json.Nodes;

namespace Oith.Tests.Infrastructure;

public sealed class DashboardTests
{
    public static TheoryData<string> Environments => AlarmTests.Environments;

    [Theory]
    [MemberData(nameof(Environments))]
    public void Widget_Shows_Metrics_That_AWS_Publishes(string environment) =>
        Assert.All(Widgets(environment).Where(widget => widget["type"]!.ToString() == "metric"), widget =>
            Assert.All(Metrics(widget), metric => Assert.Null(PublishedMetrics.Reject(metric.Namespace, metric.Name, metric.Dimensions.Keys, metric.Statistic))));

    [Theory]
    [MemberData(nameof(Environments))]
    public void Widget_Expression_Names_Metrics_Of_The_Widget(string environment) =>
        Assert.All(Widgets(environment).Where(widget => widget["type"]!.ToString() == "metric"), widget =>
        {
            var rows = widget["properties"]!["metrics"]!.AsArray();
            var ids = rows.Select(row => row!.AsArray()[^1]).OfType<JsonObject>().Where(o => o["id"] is not null).Select(o => o["id"]!.ToString()).ToList();
            var words = rows.Select(row => row!.AsArray()[^1]).OfType<JsonObject>().Where(o => o["expression"] is not null)
                .SelectMany(o => o["expression"]!.ToString().Split(" /*+-()[],".ToCharArray(), StringSplitOptions.RemoveEmptyEntries))
                .Where(word => char.IsLower(word[0]))
                .Distinct();
            Assert.Equal(ids.Order(), words.Order());
        });

    [Theory]
    [MemberData(nameof(Environments))]
    public void Dashboard_Lists_Every_Alarm(string environment)
    {
        var listed = Assert.Single(Widgets(environment), widget => widget["type"]!.ToString() == "alarm")["properties"]!["alarms"]!.AsArray();

        Assert.Equal(
            AlarmTests.Alarms(environment).Select(alarm => $"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{alarm["AlarmName"]}").Order(),
            listed.Select(alarm => alarm!.ToString()).Order());
    }

    [Theory]
    [MemberData(nameof(Environments))]
    public void Dashboard_Shows_What_The_Design_Asks_For(string environment)
    {
        var shown = Widgets(environment).Where(widget => widget["type"]!.ToString() == "metric")
            .SelectMany(Metrics)
            .Select(metric => $"{metric.Namespace} {metric.Name} {metric.Statistic}")
            .ToHashSet();

        Assert.Superset(
            new HashSet<string>
            {
                "AWS/ApiGateway Latency p95", "AWS/Lambda Invocations Sum", "AWS/Lambda Errors Sum", "AWS/DynamoDB SuccessfulRequestLatency p95",
                "AWS/ElastiCache CacheHits Sum", "AWS/DAX ItemCacheHits Sum", "AWS/DAX TotalRequestCount Sum",
                "AWS/SQS ApproximateNumberOfMessagesVisible Maximum", "AWS/SQS ApproximateAgeOfOldestMessage Maximum",
                "AWS/ElastiCache CPUUtilization Average", "AWS/ElastiCache DatabaseMemoryUsagePercentage Average",
            },
            shown);
    }

    [Fact]
    public void Dashboard_Is_Named_By_Its_Environment() =>
        Assert.Equal("OITH-staging-Dashboard", ResolvedTemplate.Load("matching", "staging").Properties("Dashboard")["DashboardName"]!.ToString());

    [Fact]
    public void Widgets_Do_Not_Overlap()
    {
        var cells = Widgets("production").SelectMany(widget =>
            from x in Enumerable.Range((int)widget["x"]!, (int)widget["width"]!)
            from y in Enumerable.Range((int)widget["y"]!, (int)widget["height"]!)
            select (x, y)).ToList();

        Assert.Distinct(cells);
        Assert.All(cells, cell => Assert.InRange(cell.x, 0, 23));
    }

    private static IEnumerable<JsonObject> Widgets(string environment) =>
        JsonNode.Parse(ResolvedTemplate.Load("matching", environment).Properties("Dashboard")["DashboardBody"]!.ToString())!["widgets"]!
            .AsArray().Select(widget => widget!.AsObject());

    /// <summary>The metrics of a widget, the shorthands of the row before ("." and "...") spelled out.</summary>
    private static IEnumerable<(string Namespace, string Name, Dictionary<string, string> Dimensions, string Statistic)> Metrics(JsonObject widget)
    {
        string[] before = [];
        foreach (var row in widget["properties"]!["metrics"]!.AsArray().Select(row => row!.AsArray()))
        {
            var options = row[^1] as JsonObject;
            if (options?["expression"] is not null)
            {
                continue;
            }

            var words = row.Where(item => item is not JsonObject).Select(item => item!.ToString()).ToList();
            if (words[0] == "...")
            {
                words = [.. before.Take(before.Length - (words.Count - 1)), .. words.Skip(1)];
            }

            before = [.. words.Select((word, i) => word == "." ? before[i] : word)];
            var dimensions = before.Skip(2).Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
            yield return (before[0], before[1], dimensions, options?["stat"]?.ToString() ?? "Average");
        }
    }
}
