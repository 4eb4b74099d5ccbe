using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.ResourceTypes;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>A template whose structure has been checked.</summary>
internal sealed class Template
{
    private static readonly HashSet<string> s_sections =
    [
        "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions", "Resources", "Outputs",
    ];

    private static readonly HashSet<string> s_resourceMembers =
    [
        "Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "CreationPolicy", "UpdatePolicy",
    ];

    private Template(string body, JsonObject root)
    {
        Body = body;
        Root = root;
        Description = root[nameof(Description)]?.GetValue<string>();
        Metadata = root[nameof(Metadata)] as JsonObject;
    }

    /// <summary>The text as it was given.</summary>
    public string Body { get; }

    public JsonObject Root { get; }

    public string? Description { get; }

    public JsonObject? Metadata { get; }

    public IReadOnlyDictionary<string, TemplateParameter> Parameters { get; private init; } = new Dictionary<string, TemplateParameter>();

    /// <summary>The names of the parameters whose values are never shown.</summary>
    public IReadOnlySet<string> NoEchoParameters =>
        Parameters.Where(parameter => parameter.Value.NoEcho).Select(parameter => parameter.Key).ToHashSet(StringComparer.Ordinal);

    public JsonObject Mappings { get; private init; } = [];

    public JsonObject Conditions { get; private init; } = [];

    public IReadOnlyDictionary<string, TemplateResource> Resources { get; private init; } = new Dictionary<string, TemplateResource>();

    public IReadOnlyDictionary<string, TemplateOutput> Outputs { get; private init; } = new Dictionary<string, TemplateOutput>();

    /// <exception cref="Wire.AwsServiceException">ValidationError, in AWS's words, at the first fault.</exception>
    public static Template Parse(string body)
    {
        var root = TemplateReader.Read(body);
        CheckSections(root);
        var template = new Template(body, root)
        {
            Parameters = Section(root, "Parameters").ToDictionary(
                pair => Name("Parameter", pair.Key), pair => TemplateParameter.Parse(pair.Key, pair.Value), StringComparer.Ordinal),
            Mappings = ParseMappings(Section(root, "Mappings")),
            Conditions = Section(root, "Conditions"),
            Resources = Section(root, "Resources").ToDictionary(
                pair => Name("Resource", pair.Key), pair => ParseResource(pair.Key, pair.Value), StringComparer.Ordinal),
            Outputs = Section(root, "Outputs").ToDictionary(
                pair => Name("Output", pair.Key), pair => TemplateOutput.Parse(pair.Key, pair.Value), StringComparer.Ordinal),
        };
        TemplateReferences.Check(template);
        return template;
    }

    /// <summary>The types of all resources, each once, in the template's order.</summary>
    public IEnumerable<string> ResourceTypes => Resources.Values.Select(resource => resource.Type).Distinct();

    private static void CheckSections(JsonObject root)
    {
        if (root["Transform"] is { } transform)
        {
            throw TemplateErrors.Validation($"LocalCloud supports no transforms; the template asks for {transform.ToJsonString()}.");
        }

        var unknown = root.Select(pair => pair.Key).Where(name => !s_sections.Contains(name)).ToList();
        if (unknown.Count > 0)
        {
            throw TemplateErrors.Validation($"Invalid template property or properties [{string.Join(", ", unknown)}]");
        }

        if (root["AWSTemplateFormatVersion"] is { } version && version.ToString() != "2010-09-09")
        {
            throw TemplateErrors.Format("unsupported value for AWSTemplateFormatVersion.");
        }

        if (root[nameof(Description)] is { } description && description.GetValueKind() != JsonValueKind.String)
        {
            throw TemplateErrors.Format("Every Description member must be a string.");
        }

        if (root[nameof(Resources)] is not JsonObject { Count: > 0 })
        {
            throw TemplateErrors.Format("At least one Resources member must be defined.");
        }

        CheckNulls(root, "");
    }

    private static void CheckNulls(JsonNode? node, string path)
    {
        switch (node)
        {
            case null:
                throw TemplateErrors.Validation($"[{path}] 'null' values are not allowed in templates");
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    CheckNulls(value, $"{path}/{name}");
                }

                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    CheckNulls(items[i], $"{path}/{i}");
                }

                break;
        }
    }

    private static JsonObject Section(JsonObject root, string name) => root[name] switch
    {
        null => [],
        JsonObject section => section,
        _ => throw TemplateErrors.Format($"{name} section must be an object."),
    };

    private static string Name(string kind, string name) =>
        name.Length > 0 && name.All(char.IsAsciiLetterOrDigit) ? name : throw TemplateErrors.Format($"{kind} name {name} is non alphanumeric.");

    private static JsonObject ParseMappings(JsonObject mappings)
    {
        foreach (var (name, map) in mappings)
        {
            foreach (var (key, values) in map as JsonObject ?? throw TemplateErrors.Format($"Every Mappings member {name} must be a map"))
            {
                if (values is not JsonObject attributes)
                {
                    throw TemplateErrors.Format($"Every Mappings member {key} must be a map");
                }

                if (attributes.Any(pair => pair.Value is JsonObject))
                {
                    throw TemplateErrors.Format("Every Mappings attribute must be a String or a List.");
                }
            }
        }

        return mappings;
    }

    private static TemplateResource ParseResource(string logicalId, JsonNode? node)
    {
        if (node is not JsonObject resource)
        {
            throw TemplateErrors.Format("Any Resources member must be an object.");
        }

        if (resource["Type"] is not { } type || type.GetValueKind() != JsonValueKind.String)
        {
            throw TemplateErrors.Format($"[/Resources/{logicalId}] Every Resources object must contain a Type member.");
        }

        if (resource.Select(pair => pair.Key).FirstOrDefault(name => !s_resourceMembers.Contains(name)) is { } unknown)
        {
            throw TemplateErrors.Validation($"Invalid template resource property '{unknown}'");
        }

        if (!ResourceTypeTable.All.TryGetValue(type.GetValue<string>(), out var resourceType))
        {
            throw TemplateErrors.Format($"Unrecognized resource types: [{type.GetValue<string>()}]");
        }

        return TemplateResource.Parse(logicalId, resourceType, resource);
    }
}
