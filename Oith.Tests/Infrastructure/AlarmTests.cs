using System.Globalization;
using System.Text.Json.Nodes;
using Oith.ServiceDefaults.Alarms;

namespace Oith.Tests.Infrastructure;

public sealed class AlarmTests
{
    public static TheoryData<string> Environments => ["development", "staging", "production"];

    /// <summary>The alarms of the design: name without environment, comparison, threshold, periods, period, severity.</summary>
    public static TheoryData<string, string, double, int, int, string> Design => new()
    {
        { "response-time-p95", "GreaterThanThreshold", 200, 3, 60, "warning" },
        { "error-rate", "GreaterThanThreshold", 0.5, 2, 300, "critical" },
        { "dynamodb-throttling-users", "GreaterThanThreshold", 1, 1, 60, "critical" },
        { "dynamodb-throttling-matches", "GreaterThanThreshold", 1, 1, 60, "critical" },
        { "dynamodb-throttling-match-history", "GreaterThanThreshold", 1, 1, 60, "critical" },
        { "dynamodb-throttling-blocks", "GreaterThanThreshold", 1, 1, 60, "critical" },
        { "dynamodb-latency-users", "GreaterThanThreshold", 30, 3, 60, "warning" },
        { "dynamodb-latency-matches", "GreaterThanThreshold", 30, 3, 60, "warning" },
        { "dynamodb-latency-match-history", "GreaterThanThreshold", 30, 3, 60, "warning" },
        { "dynamodb-latency-blocks", "GreaterThanThreshold", 30, 3, 60, "warning" },
        { "queue-depth", "GreaterThanThreshold", 1000, 3, 60, "warning" },
        { "elasticache-cpu-001", "GreaterThanThreshold", 80, 2, 300, "warning" },
        { "elasticache-cpu-002", "GreaterThanThreshold", 80, 2, 300, "warning" },
        { "elasticache-cpu-003", "GreaterThanThreshold", 80, 2, 300, "warning" },
        { "elasticache-memory-001", "GreaterThanThreshold", 80, 2, 300, "warning" },
        { "elasticache-memory-002", "GreaterThanThreshold", 80, 2, 300, "warning" },
        { "elasticache-memory-003", "GreaterThanThreshold", 80, 2, 300, "warning" },
        { "dlq-not-empty", "GreaterThanThreshold", 0, 1, 60, "warning" },
        { "dax-hit-rate", "LessThanThreshold", 60, 3, 300, "warning" },
        { "redis-hit-rate", "LessThanThreshold", 60, 3, 300, "warning" },
        { "executions-failed-distributed-matching", "GreaterThanThreshold", 0, 1, 300, "warning" },
        { "executions-failed-batch-precompute", "GreaterThanThreshold", 0, 1, 300, "warning" },
    };

    [Theory]
    [MemberData(nameof(Design))]
    public void Template_Has_Each_Alarm_Of_The_Design(string name, string comparison, double threshold, int periods, int period, string severity)
    {
        var alarm = Assert.Single(Alarms("production"), a => a["AlarmName"]!.ToString() == $"oith-production-{name}");

        Assert.Equal(comparison, alarm["ComparisonOperator"]!.ToString());
        Assert.Equal(threshold, Number(alarm["Threshold"]!));
        Assert.Equal(periods, Number(alarm["EvaluationPeriods"]!));
        Assert.Equal(periods, Number(alarm["DatapointsToAlarm"]!));
        Assert.All(Metrics(alarm), metric => Assert.Equal(period, metric.Period));
        Assert.Equal(severity, Assert.Single(alarm["Tags"]!.AsArray(), tag => tag!["Key"]!.ToString() == "Severity")!["Value"]!.ToString());
    }

    [Theory]
    [MemberData(nameof(Environments))]
    public void Catalog_And_Templates_Hold_The_Same_Alarms(string environment)
    {
        var declared = Alarms(environment).ToDictionary(alarm => alarm["AlarmName"]!.ToString(), Describe);
        var catalog = AlarmCatalog.For(environment).ToDictionary(alarm => alarm.Name, Describe);

        Assert.Equal(catalog.Keys.Order(), declared.Keys.Order());
        Assert.All(catalog, alarm => Assert.Equal(alarm.Value, declared[alarm.Key]));
    }

    [Theory]
    [MemberData(nameof(Environments))]
    public void Alarm_Watches_A_Metric_That_AWS_Publishes(string environment) =>
        Assert.All(Alarms(environment), alarm => Assert.All(Metrics(alarm), metric =>
            Assert.Null(PublishedMetrics.Reject(metric.Namespace, metric.Name, metric.Dimensions.Keys, metric.Statistic))));

    [Theory]
    [MemberData(nameof(Environments))]
    public void Alarm_Expression_Names_Exactly_The_Metrics_Beside_It(string environment) =>
        Assert.All(Alarms(environment).Where(alarm => alarm["Metrics"] is not null), alarm =>
        {
            var expression = alarm["Metrics"]!.AsArray().Single(m => m!["Expression"] is not null)!["Expression"]!.ToString();
            var words = expression.Split(" /*+-()[],".ToCharArray(), StringSplitOptions.RemoveEmptyEntries).Where(word => char.IsLower(word[0]));
            Assert.Equal(Metrics(alarm).Select(m => m.Id).Order(), words.Distinct().Order());
            Assert.InRange(Metrics(alarm).Count, 1, 10);
        });

    [Theory]
    [MemberData(nameof(Environments))]
    public void Alarm_Notifies_The_Topic_When_It_Fires_And_When_It_Ends(string environment) =>
        Assert.All(Alarms(environment), alarm =>
        {
            foreach (var action in new[] { "AlarmActions", "OKActions" })
            {
                var target = Assert.Single(alarm[action]!.AsArray())!.ToString();
                Assert.Contains(target, new[] { "${AlertTopicArn}", $"${{import:oith-{environment}-infrastructure-AlertTopicArn}}" });
            }
        });

    [Theory]
    [MemberData(nameof(Environments))]
    public void Alarm_Has_A_Page_In_The_Runbook(string environment) =>
        Assert.All(AlarmCatalog.For(environment), alarm =>
        {
            Assert.True(File.Exists(Path.Combine(RepositoryFiles.Root, "docs", "runbook", $"{alarm.Runbook}.md")), $"docs/runbook/{alarm.Runbook}.md");
            var declared = Assert.Single(Alarms(environment), a => a["AlarmName"]!.ToString() == alarm.Name);
            Assert.EndsWith($"Runbook docs/runbook/{alarm.Runbook}.md", declared["AlarmDescription"]!.ToString(), StringComparison.Ordinal);
        });

    [Fact]
    public void Catalog_Gives_The_Instrument_The_Threshold_In_Its_Own_Unit() =>
        Assert.All(AlarmCatalog.For("production").Where(alarm => alarm.Instrument is not null), alarm =>
        {
            var factor = (alarm.Unit, alarm.Instrument!.Unit) switch
            {
                ("ms", "s") => 1000d,
                ("%", _) => 100d,
                _ => 1d,
            };
            Assert.Equal(alarm.Threshold, alarm.Instrument.Threshold * factor, 9);
        });

    [Fact]
    public void Request_Duration_Has_A_Bucket_That_Ends_At_The_Target()
    {
        var target = AlarmCatalog.For("production").Single(alarm => alarm.Runbook == "response-time-p95").Instrument!;

        Assert.Equal(AlarmInstruments.RequestDuration, target.Name);
        Assert.Contains(target.Threshold, AlarmInstruments.RequestDurationBounds);
        Assert.Equal(AlarmInstruments.RequestDurationBounds.Order(), AlarmInstruments.RequestDurationBounds);
    }

    internal static IEnumerable<JsonObject> Alarms(string environment) => Template.Stacks
        .SelectMany(stack => ResolvedTemplate.Load(stack, environment).OfType("AWS::CloudWatch::Alarm"))
        .Select(alarm => alarm.Properties);

    private static List<(string Id, string Namespace, string Name, Dictionary<string, string> Dimensions, string Statistic, int Period)> Metrics(JsonObject alarm) =>
        alarm["Metrics"] is JsonArray metrics
            ? [.. metrics.Where(m => m!["MetricStat"] is not null).Select(m => Metric(
                m!["Id"]!.ToString(), m["MetricStat"]!["Metric"]!, m["MetricStat"]!["Stat"]!.ToString(), m["MetricStat"]!["Period"]!))]
            : [Metric("value", alarm, (alarm["Statistic"] ?? alarm["ExtendedStatistic"])!.ToString(), alarm["Period"]!)];

    private static (string, string, string, Dictionary<string, string>, string, int) Metric(string id, JsonNode metric, string statistic, JsonNode period) => (
        id,
        metric["Namespace"]!.ToString(),
        metric["MetricName"]!.ToString(),
        metric["Dimensions"]!.AsArray().ToDictionary(d => d!["Name"]!.ToString(), d => d!["Value"]!.ToString()),
        statistic,
        (int)Number(period));

    private static double Number(JsonNode node) => double.Parse(node.ToString(), CultureInfo.InvariantCulture);

    private static string Describe(JsonObject alarm) => Describe(
        alarm["Metrics"]?.AsArray().Single(m => m!["Expression"] is not null)!["Expression"]!.ToString(),
        Metrics(alarm).Select(m => (m.Id, m.Namespace, m.Name, (IReadOnlyDictionary<string, string>)m.Dimensions, m.Statistic, m.Period)),
        alarm["ComparisonOperator"]!.ToString(),
        Number(alarm["Threshold"]!),
        (int)Number(alarm["EvaluationPeriods"]!),
        alarm["TreatMissingData"]!.ToString(),
        alarm["Tags"]![0]!["Value"]!.ToString());

    private static string Describe(AlarmDefinition alarm) => Describe(
        alarm.Expression,
        alarm.Metrics.Select(m => (m.Id, m.Namespace, m.Name, m.Dimensions, m.Statistic, (int)alarm.Period.TotalSeconds)),
        alarm.Comparison.ToString(),
        alarm.Threshold,
        alarm.EvaluationPeriods,
        alarm.MissingData == MissingData.NotBreaching ? "notBreaching" : "ignore",
        alarm.Severity == AlarmSeverity.Critical ? "critical" : "warning");

    private static string Describe(
        string? expression,
        IEnumerable<(string Id, string Namespace, string Name, IReadOnlyDictionary<string, string> Dimensions, string Statistic, int Period)> metrics,
        string comparison,
        double threshold,
        int periods,
        string missing,
        string severity) =>
        string.Join('\n', metrics
            .OrderBy(m => m.Id, StringComparer.Ordinal)
            .Select(m => $"{m.Id}: {m.Statistic} of {m.Namespace} {m.Name} by {string.Join(", ", m.Dimensions.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => $"{d.Key}={d.Value}"))} over {m.Period} s")
            .Append(string.Create(CultureInfo.InvariantCulture, $"{expression ?? "value"} {comparison} {threshold}, {periods} periods, missing {missing}, {severity}")));
}
