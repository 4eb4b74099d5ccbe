using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.ResourceTypes;
using Oith.LocalCloud.CloudFormation.Templates;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>The resources of a stack that is being worked on, and the exports of the others.</summary>
internal sealed class StackReferences(StackStore store, Stack stack) : IStackReferences
{
    private readonly ConcurrentDictionary<string, bool> _imports = new(StringComparer.Ordinal);

    /// <summary>The exports that were asked for so far.</summary>
    public IEnumerable<string> Imports => _imports.Keys.Order(StringComparer.Ordinal);

    public JsonNode? FindResource(string logicalId) => store.Read(() => stack.Resources.GetValueOrDefault(logicalId)?.PhysicalId);

    public JsonNode GetAttribute(string logicalId, string attribute)
    {
        var resource = store.Read(() => stack.Resources.GetValueOrDefault(logicalId))
            ?? throw TemplateErrors.Template($"instance of Fn::GetAtt references undefined resource {logicalId}");
        return AttributeOf(resource, attribute)
            ?? throw TemplateErrors.Template($"the attribute {attribute} of the resource {logicalId} ({resource.Type}) was never set");
    }

    public string? FindExport(string name)
    {
        if (store.FindExport(name) is not { } export)
        {
            return null;
        }

        _imports.TryAdd(name, true);
        return export.Output.Value;
    }

    /// <summary>What the provisioner set, or the property of that name where the type gives its properties as attributes.</summary>
    public static JsonNode? AttributeOf(StackResource resource, string attribute) =>
        resource.Attributes[attribute]
        ?? (ResourceTypeTable.All[resource.Type].Attributes.Contains(attribute) ? resource.Properties[attribute] : null);
}
