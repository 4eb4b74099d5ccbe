using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.ResourceTypes;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Which top-level properties differ between two versions of a resource.</summary>
internal static class PropertyChanges
{
    /// <param name="Name">The property.</param>
    /// <param name="Replacement">Whether the change asks for a new resource.</param>
    public readonly record struct Change(string Name, Replacement Replacement);

    public static IEnumerable<Change> Between(ResourceType type, JsonObject before, JsonObject after) =>
        before.Select(pair => pair.Key).Union(after.Select(pair => pair.Key))
            .Where(name => !JsonNode.DeepEquals(before[name], after[name]))
            .Select(name => new Change(
                name, type.Properties.TryGetValue(name, out var property) ? ReplacementOf(property, before[name], after[name]) : Replacement.Never));

    // A member deep inside may be the one that cannot be changed.
    private static Replacement ReplacementOf(PropertySchema property, JsonNode? before, JsonNode? after)
    {
        if (property.Replacement != Replacement.Never || property.Shape != PropertyShape.Single || property.Kind != PropertyKind.Object)
        {
            return property.Replacement;
        }

        return property.Members.Values
            .Where(member => !JsonNode.DeepEquals((before as JsonObject)?[member.Name], (after as JsonObject)?[member.Name]))
            .Select(member => ReplacementOf(member, (before as JsonObject)?[member.Name], (after as JsonObject)?[member.Name]))
            .DefaultIfEmpty(Replacement.Never)
            .Max();
    }
}
