using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.ResourceTypes;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>A resource as the template declares it, nothing resolved.</summary>
internal sealed record TemplateResource(string LogicalId, ResourceType ResourceType, JsonObject Properties)
{
    private static readonly HashSet<string> s_deletionPolicies = ["Delete", "Retain", "Snapshot", "RetainExceptOnCreate"];

    public string Type => ResourceType.Name;

    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>The condition that decides whether it is in the stack, null when it always is.</summary>
    public string? Condition { get; init; }

    /// <summary>What happens to it when it leaves the stack.</summary>
    public string DeletionPolicy { get; init; } = "Delete";

    /// <summary>What happens to the old one when an update replaces it.</summary>
    public string UpdateReplacePolicy { get; init; } = "Delete";

    public JsonObject? Metadata { get; init; }

    public static TemplateResource Parse(string logicalId, ResourceType type, JsonObject resource) =>
        new(logicalId, type, resource[nameof(Properties)] switch
        {
            null => [],
            JsonObject properties => properties,
            _ => throw TemplateErrors.Validation($"[/Resources/{logicalId}/Properties] Properties must be an object."),
        })
        {
            DependsOn = ReadDependsOn(logicalId, resource[nameof(DependsOn)]),
            Condition = resource[nameof(Condition)]?.GetValue<string>(),
            DeletionPolicy = ReadPolicy(resource, "DeletionPolicy"),
            UpdateReplacePolicy = ReadPolicy(resource, "UpdateReplacePolicy"),
            Metadata = resource[nameof(Metadata)] as JsonObject,
        };

    private static List<string> ReadDependsOn(string logicalId, JsonNode? node) => node switch
    {
        null => [],
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
        JsonArray list when list.All(item => item is JsonValue value && value.GetValueKind() == JsonValueKind.String) =>
            [.. list.Select(item => item!.GetValue<string>())],
        _ => throw TemplateErrors.Format($"[/Resources/{logicalId}/DependsOn] DependsOn must be a string or list of strings."),
    };

    private static string ReadPolicy(JsonObject resource, string name)
    {
        var policy = resource[name]?.ToString() ?? "Delete";
        return s_deletionPolicies.Contains(policy)
            ? policy
            : throw TemplateErrors.Format($"Unrecognized {name} {policy}");
    }
}

/// <summary>An output as the template declares it.</summary>
/// <param name="ExportName">The expression of the export's name, null when it is not exported.</param>
internal sealed record TemplateOutput(string Name, JsonNode Value, string? Description, string? Condition, JsonNode? ExportName)
{
    public static TemplateOutput Parse(string name, JsonNode? node)
    {
        if (node is not JsonObject output || output[nameof(Value)] is not { } value)
        {
            throw TemplateErrors.Format("Every Outputs member must contain a Value object");
        }

        return new TemplateOutput(
            name, value, output[nameof(Description)]?.ToString(), output[nameof(Condition)]?.ToString(), (output["Export"] as JsonObject)?[nameof(Name)]);
    }
}
