using System.Globalization;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Stacks, resources and events as the API shows them. Call inside <see cref="StackStore.Read"/>.</summary>
internal static class StackDescriptions
{
    public static JsonObject Stack(Stack stack)
    {
        var definition = stack.Definition;
        var result = new JsonObject
        {
            ["StackId"] = stack.Id,
            ["StackName"] = stack.Name,
        };
        Set(result, "ChangeSetId", stack.IsDeleted ? null : stack.ChangeSetId);
        Set(result, "Description", definition?.Description);
        if (definition is not null)
        {
            AddUnlessEmpty(result, "Parameters", Parameters(definition));
        }

        result["CreationTime"] = Time(stack.CreationTime);
        Set(result, "DeletionTime", stack.DeletionTime is { } deleted ? Time(deleted) : null);
        Set(result, "LastUpdatedTime", stack.LastUpdatedTime is { } updated ? Time(updated) : null);
        result["RollbackConfiguration"] = definition?.RollbackConfiguration?.DeepClone() ?? new JsonObject();
        result["StackStatus"] = stack.Status;
        Set(result, "StackStatusReason", stack.StatusReason is "User Initiated" && stack.Status != StackStatus.ReviewInProgress ? null : stack.StatusReason);
        result["DisableRollback"] = stack.DisableRollback;
        result["NotificationARNs"] = Texts(definition?.NotificationARNs ?? []);
        Set(result, "TimeoutInMinutes", definition?.TimeoutInMinutes);
        AddUnlessEmpty(result, "Capabilities", Texts(definition?.Capabilities ?? []));
        AddUnlessEmpty(result, "Outputs", new JsonArray([.. stack.Outputs.Select(Output)]));
        Set(result, "RoleARN", definition?.RoleARN);
        result["Tags"] = Tags(definition?.Tags ?? []);
        if (!stack.IsDeleted)
        {
            result["EnableTerminationProtection"] = stack.EnableTerminationProtection;
        }

        result["DriftInformation"] = new JsonObject { ["StackDriftStatus"] = "NOT_CHECKED" };
        return result;
    }

    public static JsonObject Summary(Stack stack)
    {
        var result = new JsonObject { ["StackId"] = stack.Id, ["StackName"] = stack.Name };
        Set(result, "TemplateDescription", stack.Definition?.Description);
        result["CreationTime"] = Time(stack.CreationTime);
        Set(result, "LastUpdatedTime", stack.LastUpdatedTime is { } updated ? Time(updated) : null);
        Set(result, "DeletionTime", stack.DeletionTime is { } deleted ? Time(deleted) : null);
        result["StackStatus"] = stack.Status;
        Set(result, "StackStatusReason", stack.StatusReason);
        result["DriftInformation"] = new JsonObject { ["StackDriftStatus"] = "NOT_CHECKED" };
        return result;
    }

    public static JsonObject Event(Stack stack, StackEvent stackEvent)
    {
        var result = new JsonObject
        {
            ["StackId"] = stack.Id,
            ["EventId"] = stackEvent.Id,
            ["StackName"] = stack.Name,
            ["LogicalResourceId"] = stackEvent.LogicalId,
            ["PhysicalResourceId"] = stackEvent.PhysicalId ?? "",
            ["ResourceType"] = stackEvent.Type,
            ["Timestamp"] = Time(stackEvent.Timestamp),
            ["ResourceStatus"] = stackEvent.Status,
        };
        Set(result, "ResourceStatusReason", stackEvent.Reason);
        Set(result, "ResourceProperties", stackEvent.Properties);
        Set(result, "ClientRequestToken", stackEvent.Token);
        return result;
    }

    /// <param name="timeMember"><c>Timestamp</c>, or <c>LastUpdatedTimestamp</c> where AWS calls it so.</param>
    public static JsonObject Resource(Stack stack, StackResource resource, string timeMember, bool withStack, bool withMetadata)
    {
        var result = new JsonObject();
        if (withStack)
        {
            result["StackName"] = stack.Name;
            result["StackId"] = stack.Id;
        }

        result["LogicalResourceId"] = resource.LogicalId;
        Set(result, "PhysicalResourceId", resource.PhysicalId);
        result["ResourceType"] = resource.Type;
        result[timeMember] = Time(resource.Timestamp);
        result["ResourceStatus"] = resource.Status;
        Set(result, "ResourceStatusReason", resource.StatusReason);
        result["DriftInformation"] = new JsonObject { ["StackResourceDriftStatus"] = "NOT_CHECKED" };
        if (withMetadata)
        {
            result["Metadata"] = resource.Metadata ?? "{}";
        }

        return result;
    }

    /// <summary>The parameters, with NoEcho values hidden.</summary>
    public static JsonArray Parameters(StackDefinition definition) => new([.. definition.Parameters.Select(parameter =>
    {
        var isHidden = definition.NoEchoParameters.Contains(parameter.Key);
        var result = new JsonObject
        {
            ["ParameterKey"] = parameter.Key,
            ["ParameterValue"] = isHidden ? ParameterValues.Hidden : parameter.Value,
        };
        Set(result, "ResolvedValue", isHidden ? null : parameter.ResolvedValue);
        return result;
    })]);

    public static JsonArray Tags(IReadOnlyList<StackTag> tags) =>
        new([.. tags.Select(tag => new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })]);

    public static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)text)]);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static void Set(JsonObject target, string name, JsonNode? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }

    public static void AddUnlessEmpty(JsonObject target, string name, JsonArray list)
    {
        if (list.Count > 0)
        {
            target[name] = list;
        }
    }

    private static JsonObject Output(StackOutput output)
    {
        var result = new JsonObject { ["OutputKey"] = output.Key, ["OutputValue"] = output.Value };
        Set(result, "Description", output.Description);
        Set(result, "ExportName", output.ExportName);
        return result;
    }
}
