using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Schedules;

namespace Oith.LocalCloud.EventBridge;

/// <summary>A rule with its targets; guarded by the store's lock.</summary>
internal sealed class EventRule
{
    private EventPattern? _pattern;
    private ScheduleExpression? _schedule;

    public required string Name { get; init; }

    public required string EventBusName { get; init; }

    public required string Arn { get; init; }

    public string? EventPattern { get; set; }

    public string? ScheduleExpression { get; set; }

    /// <summary>ENABLED, DISABLED or ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.</summary>
    public required string State { get; set; }

    public string? Description { get; set; }

    public string? RoleArn { get; set; }

    /// <summary>As PutTargets gave them, in its order.</summary>
    public List<JsonObject> Targets { get; init; } = [];

    public Dictionary<string, string> Tags { get; init; } = new(StringComparer.Ordinal);

    [JsonIgnore]
    public bool IsEnabled => State != "DISABLED";

    [JsonIgnore]
    public EventPattern? Pattern => EventPattern is null ? null : _pattern ??= EventPatterns.EventPattern.Parse(EventPattern);

    [JsonIgnore]
    public ScheduleExpression? Schedule => ScheduleExpression is null ? null : _schedule ??= Schedules.ScheduleExpression.Parse(ScheduleExpression);

    /// <summary>When a scheduled rule runs next; null when it does not.</summary>
    [JsonIgnore]
    public DateTimeOffset? NextRun { get; set; }

    /// <summary>Takes over the pattern and schedule of PutRule.</summary>
    public void SetTrigger(string? eventPattern, string? scheduleExpression)
    {
        (EventPattern, ScheduleExpression) = (eventPattern, scheduleExpression);
        (_pattern, _schedule) = (null, null);
    }

    /// <summary>As ListRules shows it.</summary>
    public JsonObject Describe()
    {
        var answer = new JsonObject { ["Name"] = Name, ["Arn"] = Arn, ["State"] = State, ["EventBusName"] = EventBusName };
        Set("EventPattern", EventPattern);
        Set("ScheduleExpression", ScheduleExpression);
        Set("Description", Description);
        Set("RoleArn", RoleArn);
        return answer;

        void Set(string name, string? value)
        {
            if (value is not null)
            {
                answer[name] = value;
            }
        }
    }
}

internal sealed class EventBus
{
    public const string Default = "default";

    public required string Name { get; init; }

    public required string Arn { get; init; }

    public string? Description { get; set; }

    public DateTimeOffset CreationTime { get; init; }

    public DateTimeOffset LastModifiedTime { get; set; }

    /// <summary>Statements of the resource policy; kept and shown, not enforced.</summary>
    public List<JsonObject> Statements { get; init; } = [];

    public Dictionary<string, string> Tags { get; init; } = new(StringComparer.Ordinal);

    public JsonObject Describe()
    {
        var answer = new JsonObject
        {
            ["Name"] = Name,
            ["Arn"] = Arn,
            ["CreationTime"] = CreationTime.ToUnixTimeMilliseconds() / 1000.0,
            ["LastModifiedTime"] = LastModifiedTime.ToUnixTimeMilliseconds() / 1000.0,
        };
        if (Description is not null)
        {
            answer["Description"] = Description;
        }

        if (Statements.Count > 0)
        {
            answer["Policy"] = new JsonObject
            {
                ["Version"] = "2012-10-17",
                ["Statement"] = new JsonArray([.. Statements.Select(statement => statement.DeepClone())]),
            }.ToJsonString();
        }

        return answer;
    }
}

[JsonSerializable(typeof(EventRule))]
[JsonSerializable(typeof(EventBus))]
internal sealed partial class EventBridgeJsonContext : JsonSerializerContext;
