using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>The operations that only look.</summary>
internal sealed class StackQueries(StackStore store)
{
    public JsonObject DescribeStacks(JsonObject input)
    {
        if (input.Text("StackName") is { } name)
        {
            var stack = store.Require(name);
            return new JsonObject { ["Stacks"] = new JsonArray(store.Read(() => StackDescriptions.Stack(stack))) };
        }

        var stacks = store.Read(() => store.All().Where(stack => !stack.IsDeleted).Select(JsonNode? (stack) => StackDescriptions.Stack(stack)).ToList());
        return StackPages.Cut("Stacks", stacks, input.Text("NextToken"));
    }

    public JsonObject DescribeStackEvents(JsonObject input)
    {
        var stack = store.RequireBracketed(input.StackName());
        var events = store.Read(() => stack.Events
            .AsEnumerable().Reverse().Select(JsonNode? (stackEvent) => StackDescriptions.Event(stack, stackEvent)).ToList());
        return StackPages.Cut("StackEvents", events, input.Text("NextToken"));
    }

    public JsonObject DescribeStackResources(JsonObject input)
    {
        var physicalId = input.Text("PhysicalResourceId");
        if (physicalId is null == input.Text("StackName") is null)
        {
            throw TemplateErrors.Validation("You must specify either StackName or PhysicalResourceId, but not both.");
        }

        var stack = input.Text("StackName") is { } name
            ? store.Require(name)
            : store.All().FirstOrDefault(other => !other.IsDeleted && other.Resources.Values.Any(resource => resource.PhysicalId == physicalId))
                ?? throw TemplateErrors.Validation($"Stack for {physicalId} does not exist");
        var logicalId = input.Text("LogicalResourceId");
        var resources = Resources(stack, resource => logicalId is null || resource.LogicalId == logicalId);
        if (logicalId is not null && resources.Count == 0)
        {
            throw TemplateErrors.Validation($"Resource {logicalId} does not exist for stack {stack.Name}");
        }

        return new JsonObject
        {
            ["StackResources"] = store.Read(() => new JsonArray(
                [.. resources.Select(resource => StackDescriptions.Resource(stack, resource, "Timestamp", withStack: true, withMetadata: false))])),
        };
    }

    public JsonObject DescribeStackResource(JsonObject input)
    {
        var stack = store.RequireQuoted(input.StackName());
        var logicalId = input.Required("LogicalResourceId");
        var resource = Resources(stack, resource => resource.LogicalId == logicalId).FirstOrDefault()
            ?? throw TemplateErrors.Validation($"Resource {logicalId} does not exist for stack {input.StackName()}");
        return new JsonObject
        {
            ["StackResourceDetail"] = StackDescriptions.Resource(stack, resource, "LastUpdatedTimestamp", withStack: true, withMetadata: true),
        };
    }

    public JsonObject ListStackResources(JsonObject input)
    {
        var stack = store.Require(input.StackName());
        var resources = Resources(stack, _ => true)
            .Select(JsonNode? (resource) => StackDescriptions.Resource(stack, resource, "LastUpdatedTimestamp", withStack: false, withMetadata: false));
        return StackPages.Cut("StackResourceSummaries", [.. resources], input.Text("NextToken"));
    }

    public JsonObject ListStacks(JsonObject input)
    {
        var statuses = input.TextList("StackStatusFilter");
        var stacks = store.Read(() => store.All()
            .Where(stack => statuses.Count == 0 || statuses.Contains(stack.Status)).Select(JsonNode? (stack) => StackDescriptions.Summary(stack)).ToList());
        return StackPages.Cut("StackSummaries", stacks, input.Text("NextToken"));
    }

    public JsonObject ListExports(JsonObject input)
    {
        var exports = store.Read(() => store.All()
            .Where(stack => !stack.IsDeleted)
            .SelectMany(stack => stack.Outputs.Where(output => output.ExportName is not null).Select(output => (stack.Id, output)))
            .OrderBy(pair => pair.output.ExportName, StringComparer.Ordinal)
            .Select(JsonNode? (pair) => new JsonObject
            {
                ["ExportingStackId"] = pair.Id,
                ["Name"] = pair.output.ExportName,
                ["Value"] = pair.output.Value,
            })
            .ToList());
        return StackPages.Cut("Exports", exports, input.Text("NextToken"));
    }

    public JsonObject ListImports(JsonObject input)
    {
        var name = input.Required("ExportName");
        if (store.FindExport(name) is null)
        {
            throw TemplateErrors.Validation($"Export '{name}' does not exist.");
        }

        var importers = store.ImportersOf(name);
        return importers.Count > 0
            ? StackPages.Cut("Imports", [.. importers.Select(importer => (JsonNode?)importer)], input.Text("NextToken"))
            : throw TemplateErrors.Validation($"Export '{name}' is not imported by any stack.");
    }

    private List<StackResource> Resources(Stack stack, Func<StackResource, bool> filter) =>
        store.Read(() => stack.Resources.Values.Where(filter).OrderBy(resource => resource.LogicalId, StringComparer.Ordinal).ToList());
}
