using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Schedules;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Scheduler;

/// <summary>A schedule with its target.</summary>
internal sealed class Schedule
{
    public required string GroupName { get; init; }

    public required string Name { get; init; }

    public required string Arn { get; init; }

    /// <summary>The members of CreateSchedule and UpdateSchedule that GetSchedule answers again.</summary>
    public required JsonObject Definition { get; init; }

    public required DateTimeOffset CreationDate { get; init; }

    public required DateTimeOffset LastModificationDate { get; init; }

    /// <summary>The next run, null when there is none.</summary>
    [JsonIgnore]
    public DateTimeOffset? NextRun { get; set; }

    public JsonObject Target => Definition.Structure("Target")!;

    public string State => Definition.Text("State")!;

    public bool IsDeletedAfterCompletion => Definition.Text("ActionAfterCompletion") == "DELETE";

    /// <summary>How long after its time a run may begin.</summary>
    public TimeSpan FlexibleWindow => TimeSpan.FromMinutes(Definition.Structure("FlexibleTimeWindow")?.Integer("MaximumWindowInMinutes") ?? 0);

    /// <summary>The first run after <paramref name="time"/> that the schedule's dates allow.</summary>
    public DateTimeOffset? Next(DateTimeOffset time)
    {
        var schedule = ZonedSchedule.Parse(Definition.Text("ScheduleExpression")!, Definition.Text("ScheduleExpressionTimezone")!);
        var start = Date("StartDate");
        // AWS does not look at the dates of a schedule that runs once.
        if (!schedule.IsOnce && start > time)
        {
            time = start.Value.AddTicks(-1);
        }

        var next = schedule.Next(time, start ?? CreationDate);
        return !schedule.IsOnce && next > Date("EndDate") ? null : next;
    }

    public JsonObject Describe()
    {
        var answer = (JsonObject)Definition.DeepClone();
        answer[nameof(Arn)] = Arn;
        answer[nameof(GroupName)] = GroupName;
        answer[nameof(Name)] = Name;
        answer[nameof(CreationDate)] = Seconds(CreationDate);
        answer[nameof(LastModificationDate)] = Seconds(LastModificationDate);
        var policy = answer[nameof(Target)]!["RetryPolicy"] as JsonObject ?? [];
        policy.TryAdd("MaximumEventAgeInSeconds", DeliveryRetry.DefaultAgeSeconds);
        policy.TryAdd("MaximumRetryAttempts", DeliveryRetry.DefaultAttempts);
        answer[nameof(Target)]!["RetryPolicy"] = policy.Parent is null ? policy : policy.DeepClone();
        return answer;
    }

    public JsonObject Summary() => new()
    {
        [nameof(Arn)] = Arn,
        [nameof(Name)] = Name,
        [nameof(GroupName)] = GroupName,
        [nameof(State)] = State,
        [nameof(CreationDate)] = Seconds(CreationDate),
        [nameof(LastModificationDate)] = Seconds(LastModificationDate),
        [nameof(Target)] = new JsonObject { [nameof(Arn)] = Target.Text(nameof(Arn)) },
    };

    public static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private DateTimeOffset? Date(string member) =>
        Definition.Number(member) is { } seconds ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)) : null;
}

/// <summary>A group of schedules; <c>default</c> is always there.</summary>
internal sealed class ScheduleGroup
{
    public const string Default = "default";

    public required string Name { get; init; }

    public required string Arn { get; init; }

    public required DateTimeOffset CreationDate { get; init; }

    public Dictionary<string, string> Tags { get; init; } = new(StringComparer.Ordinal);

    public JsonObject Describe() => new()
    {
        [nameof(Arn)] = Arn,
        [nameof(Name)] = Name,
        ["State"] = "ACTIVE",
        [nameof(CreationDate)] = Schedule.Seconds(CreationDate),
        ["LastModificationDate"] = Schedule.Seconds(CreationDate),
    };
}

[JsonSerializable(typeof(Schedule))]
[JsonSerializable(typeof(ScheduleGroup))]
internal sealed partial class SchedulerJsonContext : JsonSerializerContext;
