using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Schedules;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Rules and their targets.</summary>
internal sealed partial class RuleOperations(EventStore store, LocalCloudOptions options)
{
    private const int MaximumTargets = 5;
    private const int DefaultPage = 100;

    public JsonObject PutRule(JsonObject input)
    {
        input.AllowOnly("PutRule", "Name", "ScheduleExpression", "EventPattern", "State", "Description", "RoleArn", "Tags", "EventBusName");
        var bus = BusOf(input);
        var name = input.RequiredText("Name");
        store.GetBus(bus);
        var pattern = input.Text("EventPattern") is { Length: > 0 } text ? text : null;
        var schedule = input.Text("ScheduleExpression") is { Length: > 0 } expression ? expression : null;
        if (pattern is null && schedule is null)
        {
            throw AwsServiceException.Validation("Parameter(s) EventPattern or ScheduleExpression must be specified.");
        }

        if (pattern is not null)
        {
            EventPattern.Parse(pattern);
        }

        if (schedule is not null)
        {
            if (bus != EventBus.Default)
            {
                throw AwsServiceException.Validation("ScheduleExpression is supported only on the default event bus.");
            }

            ScheduleExpression.Parse(schedule);
        }

        var rule = store.FindRule(bus, name)
            ?? new EventRule { Name = name, EventBusName = bus, Arn = store.ArnOfRule(bus, name), State = "ENABLED", Tags = Tags.Of(input) };
        rule.SetTrigger(pattern, schedule);
        rule.State = input.Text("State") ?? "ENABLED";
        rule.Description = input.Text("Description");
        rule.RoleArn = input.Text("RoleArn");
        store.SaveSchedule(rule);
        return new JsonObject { ["RuleArn"] = rule.Arn };
    }

    public JsonObject DescribeRule(JsonObject input)
    {
        var answer = Get(input).Describe();
        answer["CreatedBy"] = options.AccountId;
        return answer;
    }

    public JsonObject ListRules(JsonObject input)
    {
        input.AllowOnly("ListRules", "NamePrefix", "EventBusName", "NextToken", "Limit");
        var bus = BusOf(input);
        store.GetBus(bus);
        var prefix = input.Text("NamePrefix") ?? "";
        return Paging.Page(
            input, "Rules", DefaultPage, [.. store.Rules.Where(rule => rule.EventBusName == bus && rule.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(rule => rule.Describe())]);
    }

    public JsonObject? DeleteRule(JsonObject input)
    {
        var bus = BusOf(input);
        store.GetBus(bus);
        if (store.FindRule(bus, input.RequiredText("Name")) is not { } rule)
        {
            // Deleting what is not there is a success, as in AWS.
            return null;
        }

        if (rule.Targets.Count > 0)
        {
            throw AwsServiceException.Validation("Rule can't be deleted since it has targets.");
        }

        store.Delete(rule);
        return null;
    }

    public JsonObject? EnableRule(JsonObject input) => SetState(input, "ENABLED");

    public JsonObject? DisableRule(JsonObject input) => SetState(input, "DISABLED");

    public JsonObject PutTargets(JsonObject input)
    {
        input.AllowOnly("PutTargets", "Rule", "EventBusName", "Targets");
        var rule = Get(input, "Rule");
        var targets = (input.List("Targets") ?? []).Select(target => target!.AsObject()).ToList();
        for (var index = 0; index < targets.Count; index++)
        {
            CheckTarget(targets[index], index + 1);
        }

        if (rule.Targets.Select(IdOf).Union(targets.Select(IdOf)).Count() > MaximumTargets)
        {
            throw new AwsServiceException("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
        }

        foreach (var target in targets)
        {
            var at = rule.Targets.FindIndex(other => IdOf(other) == IdOf(target));
            if (at < 0)
            {
                rule.Targets.Add(target.DeepClone().AsObject());
            }
            else
            {
                rule.Targets[at] = target.DeepClone().AsObject();
            }
        }

        store.Save(rule);
        return NoFailures();
    }

    public JsonObject RemoveTargets(JsonObject input)
    {
        var rule = Get(input, "Rule");
        var ids = input.Texts("Ids");
        rule.Targets.RemoveAll(target => ids.Contains(IdOf(target)));
        store.Save(rule);
        return NoFailures();
    }

    public JsonObject ListTargetsByRule(JsonObject input) =>
        Paging.Page(input, "Targets", DefaultPage, [.. Get(input, "Rule").Targets.Select(target => target.DeepClone())]);

    public JsonObject ListRuleNamesByTarget(JsonObject input)
    {
        var (bus, target) = (BusOf(input), input.RequiredText("TargetArn"));
        store.GetBus(bus);
        return Paging.Page(
            input,
            "RuleNames",
            DefaultPage,
            [.. store.Rules.Where(rule => rule.EventBusName == bus && rule.Targets.Any(item => item.Text("Arn") == target)).Select(rule => JsonValue.Create(rule.Name))]);
    }

    /// <summary>The rule that a run-now names, with a copy of its targets.</summary>
    public (EventRule Rule, IReadOnlyList<JsonObject> Targets) ForRun(JsonObject input)
    {
        var rule = Get(input);
        return (rule, [.. rule.Targets.Select(target => target.DeepClone().AsObject())]);
    }

    /// <summary>A bus's name, also from its ARN.</summary>
    public static string BusOf(JsonObject input)
    {
        var name = input.Text("EventBusName") is { Length: > 0 } given ? given : EventBus.Default;
        return Arn.ResourceOf(name) is { } resource ? resource.Replace("event-bus/", "", StringComparison.Ordinal) : name;
    }

    private static string IdOf(JsonObject target) => target.Text("Id") ?? "";

    private static JsonObject NoFailures() => new() { ["FailedEntryCount"] = 0, ["FailedEntries"] = new JsonArray() };

    private static void CheckTarget(JsonObject target, int number)
    {
        var id = target.RequiredText("Id");
        if (id.Length > 64)
        {
            throw AwsServiceException.Validation(
                $"1 validation error detected: Value '{id}' at 'targets.{number}.member.id' failed to satisfy constraint: Member must have length less than or equal to 64");
        }

        if (!TargetId().IsMatch(id))
        {
            throw AwsServiceException.Validation(
                $"1 validation error detected: Value '{id}' at 'targets.{number}.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: "
                + "[\\.\\-_A-Za-z0-9]+");
        }

        target.AllowOnly(
            "a target", "Id", "Arn", "RoleArn", "Input", "InputPath", "InputTransformer", "SqsParameters", "HttpParameters", "DeadLetterConfig", "RetryPolicy");
        if (target.RequiredText("Arn").EndsWith(".fifo", StringComparison.Ordinal) && Arn.ServiceOf(target.Text("Arn")!) == "sqs" && target["SqsParameters"] is null)
        {
            throw AwsServiceException.Validation($"Parameter(s) SqsParameters must be specified for target: {id}.");
        }

        EventTargets.Check(target);
        EventInput.Check(target);
    }

    private EventRule Get(JsonObject input, string member = "Name") => store.GetRule(BusOf(input), input.RequiredText(member));

    private JsonObject? SetState(JsonObject input, string state)
    {
        var rule = Get(input);
        rule.State = state;
        store.SaveSchedule(rule);
        return null;
    }

    [GeneratedRegex(@"^[.\-_A-Za-z0-9]+$")]
    private static partial Regex TargetId();
}
