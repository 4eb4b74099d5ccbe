using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>A metric alarm or a composite alarm with its state and history; guarded by the store's lock.</summary>
internal sealed class Alarm
{
    public const string Ok = "OK";
    public const string InAlarm = "ALARM";
    public const string InsufficientData = "INSUFFICIENT_DATA";

    private const int MaximumHistory = 200;

    private IReadOnlyList<MetricQuery>? _queries;
    private CompositeRule? _rule;

    public required string Name { get; init; }

    public required string Arn { get; init; }

    /// <summary>The members of PutMetricAlarm or PutCompositeAlarm as DescribeAlarms answers them.</summary>
    public required JsonObject Definition { get; set; }

    public DateTimeOffset ConfigurationUpdated { get; set; }

    public string StateValue { get; set; } = InsufficientData;

    public string StateReason { get; set; } = "Unchecked: Initial alarm creation";

    public string? StateReasonData { get; set; }

    public DateTimeOffset StateUpdated { get; set; }

    public DateTimeOffset StateTransitioned { get; set; }

    public Dictionary<string, string> Tags { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Oldest first.</summary>
    public List<JsonObject> History { get; init; } = [];

    [JsonIgnore]
    public bool IsComposite => Definition.ContainsKey("AlarmRule");

    [JsonIgnore]
    public string Type => IsComposite ? "CompositeAlarm" : "MetricAlarm";

    [JsonIgnore]
    public CompositeRule Rule => _rule ??= CompositeRule.Parse(Definition.Text("AlarmRule")!);

    /// <summary>The queries of a metric alarm; a plain one is the query of its one metric.</summary>
    [JsonIgnore]
    public IReadOnlyList<MetricQuery> Queries => _queries ??= Definition.List("Metrics") is { Count: > 0 } metrics
        ? [.. metrics.Select(metric => MetricQuery.Parse(metric!.AsObject()))]
        : [new MetricQuery("m1", MetricKey.Of(Definition), Definition.Text("Statistic") ?? Definition.Text("ExtendedStatistic"), Period, Definition.Text("Unit"), null, null, true)];

    /// <summary>Seconds.</summary>
    [JsonIgnore]
    public int Period => Definition.Integer("Period")
        ?? Definition.List("Metrics")!.Select(metric => metric!["MetricStat"]?.AsObject().Integer("Period") ?? metric.AsObject().Integer("Period")).Max() ?? 60;

    /// <summary>
    /// How missing datapoints are treated. What stands on AWS/DynamoDB ignores them whatever was asked for: its metrics are there only when
    /// something happens.
    /// </summary>
    [JsonIgnore]
    public string MissingData => Queries.Any(query => query.Metric?.Namespace == "AWS/DynamoDB") ? "ignore" : Definition.Text("TreatMissingData") ?? "missing";

    public void SetDefinition(JsonObject definition)
    {
        Definition = definition;
        (_queries, _rule) = (null, null);
    }

    public void AddHistory(DateTimeOffset time, string type, string summary, JsonObject data)
    {
        History.Add(new JsonObject
        {
            ["AlarmName"] = Name,
            ["AlarmType"] = Type,
            ["Timestamp"] = CloudWatchMembers.Seconds(time),
            ["HistoryItemType"] = type,
            ["HistorySummary"] = summary,
            ["HistoryData"] = data.ToJsonString(),
        });
        if (History.Count > MaximumHistory)
        {
            History.RemoveAt(0);
        }
    }

    public JsonObject Describe()
    {
        var answer = Definition.DeepClone().AsObject();
        answer["AlarmName"] = Name;
        answer["AlarmArn"] = Arn;
        answer["AlarmConfigurationUpdatedTimestamp"] = CloudWatchMembers.Seconds(ConfigurationUpdated);
        answer["StateValue"] = StateValue;
        answer["StateReason"] = StateReason;
        if (StateReasonData is not null)
        {
            answer["StateReasonData"] = StateReasonData;
        }

        answer["StateUpdatedTimestamp"] = CloudWatchMembers.Seconds(StateUpdated);
        answer["StateTransitionedTimestamp"] = CloudWatchMembers.Seconds(StateTransitioned);
        return answer;
    }
}

[JsonSerializable(typeof(Alarm))]
internal sealed partial class AlarmJsonContext : JsonSerializerContext;
