using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Schedules;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.Scheduler;

/// <summary>Amazon EventBridge Scheduler: schedules in groups, each with one target.</summary>
internal sealed class SchedulerService(ScheduleStore store, ScheduleTargets targets, Arn arn, TimeProvider time, IServiceProvider provider) : IAwsRestService
{
    private const int DefaultPage = 100;

    private static readonly string[] s_definition =
    [
        "Description", "EndDate", "FlexibleTimeWindow", "KmsKeyArn", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "State", "Target",
        "ActionAfterCompletion",
    ];

    public AwsServiceDescription Description { get; } = new("scheduler") { InputShapes = InputShapes.Of("scheduler") };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var input = call.InputTree();
        lock (store.Lock)
        {
            (call.Operation switch
            {
                "CreateSchedule" => CreateSchedule(input),
                "UpdateSchedule" => UpdateSchedule(input),
                "GetSchedule" => Find(input).Describe(),
                "DeleteSchedule" => DeleteSchedule(input),
                "ListSchedules" => ListSchedules(input),
                "CreateScheduleGroup" => CreateScheduleGroup(input),
                "GetScheduleGroup" => store.GetGroup(input.Text("Name")!).Describe(),
                "DeleteScheduleGroup" => DeleteScheduleGroup(input),
                "ListScheduleGroups" => ListScheduleGroups(input),
                "TagResource" => Tag(input),
                "UntagResource" => Untag(input),
                "ListTagsForResource" => ListTags(input),
                _ => throw AwsServiceException.UnknownOperation("scheduler", call.Operation),
            }).WriteTo(output);
        }

        return ValueTask.CompletedTask;
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        // Tags have the paths of Pipes' tags, which are mapped there.
        var rest = new RestRoutes(provider.GetRequiredService<IAwsApi>(), routes, Description.SigningName);
        rest.Map("POST", "/schedules/{Name}", "CreateSchedule");
        rest.Map("PUT", "/schedules/{Name}", "UpdateSchedule");
        rest.Map("GET", "/schedules/{Name}", "GetSchedule");
        rest.Map("DELETE", "/schedules/{Name}", "DeleteSchedule");
        rest.Map("GET", "/schedules", "ListSchedules");
        rest.Map("POST", "/schedule-groups/{Name}", "CreateScheduleGroup");
        rest.Map("GET", "/schedule-groups/{Name}", "GetScheduleGroup");
        rest.Map("DELETE", "/schedule-groups/{Name}", "DeleteScheduleGroup");
        rest.Map("GET", "/schedule-groups", "ListScheduleGroups");
    }

    private JsonObject CreateSchedule(JsonObject input)
    {
        var (group, name) = NameOf(input);
        store.GetGroup(group);
        if (store.Find(group, name) is not null)
        {
            throw Conflict($"Schedule {name} already exists.");
        }

        return Save(input, group, name, time.GetUtcNow());
    }

    private JsonObject UpdateSchedule(JsonObject input)
    {
        var schedule = Find(input);
        return Save(input, schedule.GroupName, schedule.Name, schedule.CreationDate);
    }

    private JsonObject Save(JsonObject input, string group, string name, DateTimeOffset created)
    {
        var definition = new JsonObject(
            s_definition.Where(member => input[member] is not null).Select(member => KeyValuePair.Create(member, input[member]!.DeepClone()))!);
        definition.TryAdd("State", "ENABLED");
        definition.TryAdd("ScheduleExpressionTimezone", "UTC");
        definition.TryAdd("ActionAfterCompletion", "NONE");
        ZonedSchedule.Parse(definition.Text("ScheduleExpression")!, definition.Text("ScheduleExpressionTimezone")!);
        var window = definition.Structure("FlexibleTimeWindow")!;
        if (window.Text("Mode") == "OFF" == (window["MaximumWindowInMinutes"] is not null))
        {
            throw AwsServiceException.Validation(
                window.Text("Mode") == "OFF"
                    ? "MaximumWindowInMinutes must not be specified when FlexibleTimeWindow is OFF."
                    : "MaximumWindowInMinutes must be specified when FlexibleTimeWindow is FLEXIBLE.");
        }

        if (definition.Number("StartDate") is { } start && definition.Number("EndDate") is { } end && end <= start)
        {
            throw AwsServiceException.Validation("The StartDate you specify must come before the EndDate.");
        }

        targets.Check(definition.Structure("Target")!);
        var schedule = new Schedule
        {
            GroupName = group,
            Name = name,
            Arn = arn.Of("scheduler", $"schedule/{group}/{name}"),
            Definition = definition,
            CreationDate = created,
            LastModificationDate = time.GetUtcNow(),
        };
        store.Save(schedule);
        return new JsonObject { ["ScheduleArn"] = schedule.Arn };
    }

    private JsonObject DeleteSchedule(JsonObject input)
    {
        store.Delete(Find(input));
        return [];
    }

    private JsonObject ListSchedules(JsonObject input)
    {
        // The query string calls the group otherwise than the member.
        input.AllowOnly("ListSchedules", "GroupName", "ScheduleGroup", "NamePrefix", "State", "NextToken", "MaxResults");
        var group = input.Text("GroupName") ?? input.Text("ScheduleGroup");
        if (group is not null)
        {
            store.GetGroup(group);
        }

        var (prefix, state) = (input.Text("NamePrefix") ?? "", input.Text("State"));
        return Page(input, "Schedules", store.Schedules
            .Where(schedule => (group is null || schedule.GroupName == group) && (state is null || schedule.State == state)
                && schedule.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(schedule => ($"{schedule.GroupName}/{schedule.Name}", schedule.Summary())));
    }

    private JsonObject CreateScheduleGroup(JsonObject input)
    {
        var name = input.Text("Name")!;
        if (store.FindGroup(name) is not null)
        {
            throw Conflict($"Schedule group {name} already exists.");
        }

        var group = new ScheduleGroup
        {
            Name = name,
            Arn = arn.Of("scheduler", "schedule-group/" + name),
            CreationDate = time.GetUtcNow(),
            Tags = TagsOf(input),
        };
        store.Save(group);
        return new JsonObject { ["ScheduleGroupArn"] = group.Arn };
    }

    private JsonObject DeleteScheduleGroup(JsonObject input)
    {
        var group = store.GetGroup(input.Text("Name")!);
        if (group.Name == ScheduleGroup.Default)
        {
            throw AwsServiceException.Validation("Cannot delete the default schedule group.");
        }

        store.Delete(group);
        return [];
    }

    private JsonObject ListScheduleGroups(JsonObject input)
    {
        var prefix = input.Text("NamePrefix") ?? "";
        return Page(input, "ScheduleGroups", store.Groups
            .Where(group => group.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(group => (group.Name, group.Describe())));
    }

    private JsonObject Tag(JsonObject input)
    {
        var group = GroupOf(input);
        foreach (var (key, value) in TagsOf(input))
        {
            group.Tags[key] = value;
        }

        store.Save(group);
        return [];
    }

    private JsonObject Untag(JsonObject input)
    {
        var group = GroupOf(input);
        foreach (var key in input.Texts("TagKeys"))
        {
            group.Tags.Remove(key);
        }

        store.Save(group);
        return [];
    }

    private JsonObject ListTags(JsonObject input) => new()
    {
        ["Tags"] = new JsonArray([.. GroupOf(input).Tags.Select(tag => new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })]),
    };

    /// <summary>Only groups have tags.</summary>
    private ScheduleGroup GroupOf(JsonObject input)
    {
        var resource = Arn.ResourceOf(input.Text("resourceArn") ?? input.RequiredText("ResourceArn"));
        return resource is not null && resource.StartsWith("schedule-group/", StringComparison.Ordinal)
            ? store.GetGroup(resource["schedule-group/".Length..])
            : throw AwsServiceException.Validation("The resource is not a schedule group.");
    }

    private Schedule Find(JsonObject input)
    {
        var (group, name) = NameOf(input);
        return store.Get(group, name);
    }

    private static (string Group, string Name) NameOf(JsonObject input) => (input.Text("GroupName") ?? ScheduleGroup.Default, input.RequiredText("Name"));

    /// <exception cref="AwsServiceException">ValidationException: a key is there twice.</exception>
    private static Dictionary<string, string> TagsOf(JsonObject input)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in input.List("Tags") ?? [])
        {
            var key = tag!.AsObject().RequiredText("Key");
            if (!tags.TryAdd(key, tag.AsObject().RequiredText("Value")))
            {
                throw AwsServiceException.Validation($"The tag key {key} is there more than once.");
            }
        }

        return tags;
    }

    /// <summary>A page of things in the order of their names; the token is the last name of the page before.</summary>
    private static JsonObject Page(JsonObject input, string member, IEnumerable<(string Name, JsonObject Item)> items)
    {
        var size = Math.Clamp(input.Integer("MaxResults") ?? DefaultPage, 1, DefaultPage);
        var last = input.Text("NextToken");
        var rest = items.Where(item => last is null || string.CompareOrdinal(item.Name, last) > 0).Take(size + 1).ToList();
        var answer = new JsonObject { [member] = new JsonArray([.. rest.Take(size).Select(item => item.Item)]) };
        if (rest.Count > size)
        {
            answer["NextToken"] = rest[size - 1].Name;
        }

        return answer;
    }

    private static AwsServiceException Conflict(string message) => new("ConflictException", message, HttpStatusCode.Conflict);
}

/// <summary>The services that the Scheduler is made of.</summary>
internal static class SchedulerRegistration
{
    public static IServiceCollection AddScheduler(this IServiceCollection services) => services
        .AddSingleton<ScheduleStore>()
        .AddSingleton<ScheduleTargets>()
        .AddHostedService<ScheduleRunner>()
        .AddAwsService<SchedulerService>();
}
