using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Buses, their policies, and tags of buses and rules.</summary>
internal sealed class BusOperations(EventStore store, TimeProvider time)
{
    private const int DefaultPage = 100;

    public JsonObject CreateEventBus(JsonObject input)
    {
        input.AllowOnly("CreateEventBus", "Name", "Description", "Tags", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig");
        var name = input.RequiredText("Name");
        if (store.FindBus(name) is not null)
        {
            throw new AwsServiceException("ResourceAlreadyExistsException", $"Event bus {name} already exists.");
        }

        var bus = store.NewBus(name);
        bus.Description = input.Text("Description");
        foreach (var (key, value) in Tags.Of(input))
        {
            bus.Tags[key] = value;
        }

        store.Save(bus);
        var answer = new JsonObject { ["EventBusArn"] = bus.Arn };
        if (bus.Description is not null)
        {
            answer["Description"] = bus.Description;
        }

        return answer;
    }

    public JsonObject UpdateEventBus(JsonObject input)
    {
        input.AllowOnly("UpdateEventBus", "Name", "Description");
        var bus = store.GetBus(NameOf(input));
        bus.Description = input.Text("Description");
        Touch(bus);
        return new JsonObject { ["Arn"] = bus.Arn, ["Name"] = bus.Name, ["Description"] = bus.Description };
    }

    public JsonObject? DeleteEventBus(JsonObject input)
    {
        var name = NameOf(input);
        if (name == EventBus.Default)
        {
            throw AwsServiceException.Validation("Cannot delete event bus default.");
        }

        if (store.FindBus(name) is { } bus)
        {
            if (store.Rules.Any(rule => rule.EventBusName == name))
            {
                throw AwsServiceException.Validation($"Event bus {name} can't be deleted since it has rules.");
            }

            store.Delete(bus);
        }

        return null;
    }

    public JsonObject DescribeEventBus(JsonObject input) => store.GetBus(NameOf(input)).Describe();

    public JsonObject ListEventBuses(JsonObject input)
    {
        var prefix = input.Text("NamePrefix") ?? "";
        return Paging.Page(
            input, "EventBuses", DefaultPage, [.. store.Buses.Where(bus => bus.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(bus => bus.Describe())]);
    }

    public JsonObject? PutPermission(JsonObject input)
    {
        input.AllowOnly("PutPermission", "EventBusName", "Action", "Principal", "StatementId", "Condition", "Policy");
        var bus = store.GetBus(RuleOperations.BusOf(input));
        if (input.Text("Policy") is { } policy)
        {
            var statements = StatementsOf(policy);
            bus.Statements.Clear();
            bus.Statements.AddRange(statements);
        }
        else
        {
            var principal = input.RequiredText("Principal");
            var statement = new JsonObject
            {
                ["Sid"] = input.RequiredText("StatementId"),
                ["Effect"] = "Allow",
                ["Principal"] = principal == "*" ? "*" : new JsonObject { ["AWS"] = $"arn:aws:iam::{principal}:root" },
                ["Action"] = input.RequiredText("Action"),
                ["Resource"] = bus.Arn,
            };
            if (input.Structure("Condition") is { } condition)
            {
                statement["Condition"] = new JsonObject { [condition.RequiredText("Type")] = new JsonObject { [condition.RequiredText("Key")] = condition.RequiredText("Value") } };
            }

            bus.Statements.RemoveAll(other => SidOf(other) == SidOf(statement));
            bus.Statements.Add(statement);
        }

        Touch(bus);
        return null;
    }

    /// <exception cref="AwsServiceException">InvalidPolicy: no JSON of a policy, or one without statements.</exception>
    private static List<JsonObject> StatementsOf(string policy)
    {
        try
        {
            var statements = (JsonInput.Parse(policy) as JsonObject)?["Statement"];
            var list = statements is JsonObject ? [statements.DeepClone()] : statements as JsonArray;
            return list is { Count: > 0 } && list.All(statement => statement is JsonObject)
                ? [.. list.Select(statement => statement!.DeepClone().AsObject())]
                : throw new AwsServiceException("ValidationException", "Parameter Policy is not valid. It must have a list of statements.");
        }
        catch (System.Text.Json.JsonException error)
        {
            throw new AwsServiceException("ValidationException", $"Parameter Policy is not valid JSON: {error.Message}");
        }
    }

    private static string? SidOf(JsonObject statement) => statement["Sid"]?.ToString();

    public JsonObject? RemovePermission(JsonObject input)
    {
        var bus = store.GetBus(RuleOperations.BusOf(input));
        if (input.Flag("RemoveAllPermissions") == true)
        {
            bus.Statements.Clear();
        }
        else if (bus.Statements.RemoveAll(statement => SidOf(statement) == input.Text("StatementId")) == 0)
        {
            throw new AwsServiceException("ResourceNotFoundException", "Statement with the provided id does not exist.");
        }

        Touch(bus);
        return null;
    }

    public JsonObject? TagResource(JsonObject input)
    {
        var (tags, save) = Tagged(input);
        foreach (var (key, value) in Tags.Of(input))
        {
            tags[key] = value;
        }

        save();
        return null;
    }

    public JsonObject? UntagResource(JsonObject input)
    {
        var (tags, save) = Tagged(input);
        foreach (var key in input.Texts("TagKeys"))
        {
            tags.Remove(key);
        }

        save();
        return null;
    }

    public JsonObject ListTagsForResource(JsonObject input) => new() { ["Tags"] = Tags.Describe(Tagged(input).Tags) };

    private static string NameOf(JsonObject input) => RuleOperations.BusOf(new JsonObject { ["EventBusName"] = input.Text("Name") });

    private void Touch(EventBus bus)
    {
        bus.LastModifiedTime = time.GetUtcNow();
        store.Save(bus);
    }

    /// <summary><c>…:event-bus/name</c>, <c>…:rule/name</c> or <c>…:rule/bus/name</c>.</summary>
    private (Dictionary<string, string> Tags, Action Save) Tagged(JsonObject input)
    {
        switch (Arn.ResourceOf(input.RequiredText("ResourceARN"))?.Split('/'))
        {
            case ["event-bus", var name]:
                var bus = store.GetBus(name);
                return (bus.Tags, () => store.Save(bus));
            case ["rule", .. var path]:
                var rule = path.Length > 1 ? store.GetRule(string.Join('/', path[..^1]), path[^1]) : store.GetRule(EventBus.Default, path[0]);
                return (rule.Tags, () => store.Save(rule));
            default:
                throw AwsServiceException.Validation("Parameter ResourceARN is not valid.");
        }
    }
}
