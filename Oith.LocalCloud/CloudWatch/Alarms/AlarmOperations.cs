using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>PutMetricAlarm, PutCompositeAlarm and what changes alarms; call under the store's lock.</summary>
internal sealed class AlarmOperations(AlarmStore store, AlarmStates states, CloudWatchClock clock, Arn arn)
{
    private static readonly string[] s_shared = ["AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions", "Tags"];

    private static readonly string[] s_metric =
    [
        "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold",
        "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile", "Metrics",
    ];

    public JsonObject? PutMetricAlarm(JsonObject input)
    {
        input.AllowOnly("PutMetricAlarm", [.. s_shared, .. s_metric]);
        var definition = Shared(input);
        foreach (var member in (ReadOnlySpan<string>)["MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Unit", "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile"])
        {
            if (input.Text(member) is { } text)
            {
                definition[member] = text;
            }
        }

        foreach (var member in (ReadOnlySpan<string>)["Period", "EvaluationPeriods", "DatapointsToAlarm"])
        {
            if (input.Integer(member) is { } number)
            {
                definition[member] = number;
            }
        }

        if (input.Number("Threshold") is { } threshold)
        {
            definition["Threshold"] = threshold;
        }

        if (input.List("Metrics") is { Count: > 0 } metrics)
        {
            definition["Metrics"] = Normalized(metrics);
        }
        else
        {
            definition["Dimensions"] = input.List("Dimensions")?.DeepClone() ?? new JsonArray();
        }

        MetricAlarmRules.Check(definition);
        Put(input, definition);
        return null;
    }

    public JsonObject? PutCompositeAlarm(JsonObject input)
    {
        input.AllowOnly("PutCompositeAlarm", [.. s_shared, "AlarmRule"]);
        var definition = Shared(input);
        var rule = input.Text("AlarmRule") ?? throw CloudWatchErrors.MissingParameter("AlarmRule");
        if (CompositeRule.Parse(rule).References.FirstOrDefault(reference => store.FindByReference(reference) is null) is { } missing)
        {
            throw CloudWatchErrors.Validation($"Could not save the composite alarm as alarms [{missing}] in the alarm rule do not exist");
        }

        if (Reaches(rule, input.Text("AlarmName")!))
        {
            throw CloudWatchErrors.Validation("Could not save the composite alarm as the alarm rule makes a cycle of alarms that depend on each other");
        }

        definition["AlarmRule"] = rule;
        states.EvaluateComposite(Put(input, definition), cause: null);
        return null;
    }

    /// <summary>Whether a rule looks at an alarm, itself or through the rules of the alarms that it looks at.</summary>
    private bool Reaches(string rule, string name)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var due = new Stack<string>([rule]);
        while (due.TryPop(out var text))
        {
            foreach (var alarm in CompositeRule.Parse(text).References.Select(store.FindByReference).OfType<Alarm>().Where(alarm => seen.Add(alarm.Name)))
            {
                if (alarm.Name == name)
                {
                    return true;
                }

                if (alarm.Definition.Text("AlarmRule") is { } inner)
                {
                    due.Push(inner);
                }
            }
        }

        return false;
    }

    public JsonObject? DeleteAlarms(JsonObject input)
    {
        var names = input.Texts("AlarmNames");
        if (names.Where(name => store.Find(name) is null).ToList() is { Count: > 0 } missing)
        {
            throw CloudWatchErrors.NotFound(names.Count == 1 ? "" : $"Alarms not found: {string.Join(", ", missing)}");
        }

        foreach (var name in names)
        {
            var alarm = store.Find(name)!;
            alarm.AddHistory(
                clock.Now, "ConfigurationUpdate", $"Alarm \"{name}\" deleted", new JsonObject { ["version"] = "1.0", ["type"] = "Delete", ["deletedAlarm"] = alarm.Definition.DeepClone() });
            store.Delete(alarm);
        }

        return null;
    }

    public JsonObject? SetAlarmState(JsonObject input)
    {
        input.AllowOnly("SetAlarmState", "AlarmName", "StateValue", "StateReason", "StateReasonData");
        var state = input.Text("StateValue");
        if (state is not (Alarm.Ok or Alarm.InAlarm or Alarm.InsufficientData))
        {
            throw CloudWatchErrors.NotInSet(state, "stateValue", "INSUFFICIENT_DATA, ALARM, OK");
        }

        var alarm = store.Find(input.Text("AlarmName") ?? throw CloudWatchErrors.MissingParameter("AlarmName")) ?? throw CloudWatchErrors.NotFound();
        var reason = input.Text("StateReason") ?? throw CloudWatchErrors.MissingParameter("StateReason");
        var data = input.Text("StateReasonData");
        if (data is not null && !IsJson(data))
        {
            throw CloudWatchErrors.InvalidFormat("StateReasonData was not syntactically valid JSON");
        }

        states.Set(alarm, state, reason, data);
        return null;
    }

    public JsonObject? EnableAlarmActions(JsonObject input) => SetActions(input, enabled: true);

    public JsonObject? DisableAlarmActions(JsonObject input) => SetActions(input, enabled: false);

    public JsonObject TagResource(JsonObject input)
    {
        var alarm = Tagged(input) ?? throw CloudWatchErrors.NotFound();
        foreach (var (key, value) in TagsOf(input))
        {
            alarm.Tags[key] = value;
        }

        store.Save(alarm);
        return [];
    }

    public JsonObject UntagResource(JsonObject input)
    {
        var alarm = Tagged(input) ?? throw CloudWatchErrors.NotFound();
        foreach (var key in input.Texts("TagKeys"))
        {
            alarm.Tags.Remove(key);
        }

        store.Save(alarm);
        return [];
    }

    public JsonObject ListTagsForResource(JsonObject input) => new()
    {
        ["Tags"] = new JsonArray([.. (Tagged(input)?.Tags ?? []).Select(tag => (JsonNode?)new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })]),
    };

    private static JsonObject Shared(JsonObject input)
    {
        var definition = new JsonObject { ["ActionsEnabled"] = input.Flag("ActionsEnabled") ?? true };
        foreach (var member in (ReadOnlySpan<string>)["OKActions", "AlarmActions", "InsufficientDataActions"])
        {
            var actions = input.List(member) is null ? [] : input.Texts(member);
            if (actions.Find(action => Arn.ServiceOf(action) is not ("sns" or "lambda")) is { } other)
            {
                throw CloudWatchErrors.Validation($"LocalCloud supports SNS topics and functions as alarm actions, not {other}.");
            }

            definition[member] = new JsonArray([.. actions.Select(action => (JsonNode?)action)]);
        }

        if (input.Text("AlarmDescription") is { } description)
        {
            definition["AlarmDescription"] = description;
        }

        return definition;
    }

    /// <summary>The queries as DescribeAlarms answers them: Query's texts as numbers and flags.</summary>
    private static JsonArray Normalized(JsonArray metrics)
    {
        var copies = metrics.DeepClone().AsArray();
        foreach (var query in copies.Select(copy => copy!.AsObject()))
        {
            query["ReturnData"] = query.Flag("ReturnData") ?? true;
            if (query.Integer("Period") is { } period)
            {
                query["Period"] = period;
            }

            if (query.Structure("MetricStat") is { } stat)
            {
                stat["Period"] = stat.Integer("Period") ?? throw CloudWatchErrors.MissingParameter("MetricStat.Period");
                (stat.Structure("Metric") ?? throw CloudWatchErrors.MissingParameter("MetricStat.Metric"))["Dimensions"] ??= new JsonArray();
            }
        }

        return copies;
    }

    private static bool IsJson(string text)
    {
        try
        {
            JsonInput.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> TagsOf(JsonObject input) => (input.List("Tags") ?? []).Select(tag =>
        KeyValuePair.Create(tag!.AsObject().Text("Key") ?? throw CloudWatchErrors.MissingParameter("Tags.member.Key"), tag.AsObject().Text("Value") ?? ""));

    private Alarm Put(JsonObject input, JsonObject definition)
    {
        var name = input.Text("AlarmName") ?? throw CloudWatchErrors.MissingParameter("AlarmName");
        var now = clock.Now;
        var alarm = store.Find(name);
        if (alarm is null)
        {
            alarm = new Alarm { Name = name, Arn = arn.Of("cloudwatch", $"alarm:{name}"), Definition = definition, StateUpdated = now, StateTransitioned = now };
            foreach (var (key, value) in TagsOf(input))
            {
                alarm.Tags[key] = value;
            }

            alarm.AddHistory(now, "ConfigurationUpdate", $"Alarm \"{name}\" created", new JsonObject { ["version"] = "1.0", ["type"] = "Create", ["createdAlarm"] = definition.DeepClone() });
        }
        else
        {
            alarm.AddHistory(now, "ConfigurationUpdate", $"Alarm \"{name}\" updated", new JsonObject
            {
                ["version"] = "1.0",
                ["type"] = "Update",
                ["updatedAlarm"] = definition.DeepClone(),
                ["previousAlarm"] = alarm.Definition.DeepClone(),
            });
            alarm.SetDefinition(definition);
        }

        alarm.ConfigurationUpdated = now;
        store.Save(alarm);
        return alarm;
    }

    private JsonObject? SetActions(JsonObject input, bool enabled)
    {
        foreach (var alarm in input.Texts("AlarmNames").Select(store.Find).OfType<Alarm>())
        {
            alarm.Definition["ActionsEnabled"] = enabled;
            store.Save(alarm);
        }

        return null;
    }

    private Alarm? Tagged(JsonObject input) => store.FindByReference(input.Text("ResourceARN") ?? throw CloudWatchErrors.MissingParameter("ResourceARN"));
}
