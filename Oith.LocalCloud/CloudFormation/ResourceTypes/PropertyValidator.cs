using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Provisioners;

namespace Oith.LocalCloud.CloudFormation.ResourceTypes;

/// <summary>
/// Holds a resource's resolved properties against its type: refuses what the type does not know, and brings each value
/// into the kind that the service's API takes (templates may write 60 or "60", true or "true").
/// </summary>
internal static class PropertyValidator
{
    /// <exception cref="ProvisioningException">AWS's "Property validation failure" that names each fault.</exception>
    public static JsonObject Validate(ResourceType type, JsonObject properties)
    {
        var faults = new List<string>();
        var result = Members(type.Properties, properties, "", faults);
        return faults.Count == 0
            ? result
            : throw new ProvisioningException($"Property validation failure: [{string.Join(", ", faults)}]", "InvalidRequest");
    }

    private static JsonObject Members(IReadOnlyDictionary<string, PropertySchema> schema, JsonObject members, string path, List<string> faults)
    {
        var unknown = members.Select(member => member.Key).Where(name => !schema.ContainsKey(name)).ToList();
        if (unknown.Count > 0)
        {
            faults.Add($"Encountered unsupported properties in {{{(path.Length == 0 ? "/" : path)}}}: [{string.Join(", ", unknown)}]");
        }

        foreach (var required in schema.Values.Where(property => property.IsRequired && members[property.Name] is null).OrderBy(property => property.Name))
        {
            faults.Add($"The property {{{path}/{required.Name}}} is required");
        }

        var result = new JsonObject();
        foreach (var (name, value) in members)
        {
            if (value is not null && schema.TryGetValue(name, out var property))
            {
                result[name] = Shaped(property, value, $"{path}/{name}", faults);
            }
        }

        return result;
    }

    private static JsonNode? Shaped(PropertySchema property, JsonNode value, string path, List<string> faults)
    {
        switch (property.Shape)
        {
            case PropertyShape.List when value is JsonArray list:
                return new JsonArray([.. list.Where(item => item is not null).Select((item, index) => Single(property, item!, $"{path}/{index}", faults))]);
            case PropertyShape.List:
                faults.Add(Mismatch(path, "Array"));
                return null;
            case PropertyShape.Map when value is JsonObject map:
                var result = new JsonObject();
                foreach (var (name, item) in map)
                {
                    result[name] = item is null ? null : Single(property, item, $"{path}/{name}", faults);
                }

                return result;
            case PropertyShape.Map:
                faults.Add(Mismatch(path, "Object"));
                return null;
            default:
                return Single(property, value, path, faults);
        }
    }

    private static JsonNode? Single(PropertySchema property, JsonNode value, string path, List<string> faults)
    {
        switch (property.Kind)
        {
            case PropertyKind.Json:
                return value.DeepClone();
            case PropertyKind.Object when value is JsonObject members:
                return Members(property.Members, members, path, faults);
            case PropertyKind.String when value is JsonValue:
                return Text(value);
            case PropertyKind.Boolean when value is JsonValue && bool.TryParse(Text(value), out var flag):
                return flag;
            case PropertyKind.Integer when value is JsonValue && long.TryParse(Text(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number):
                return number;
            case PropertyKind.Number when value is JsonValue && double.TryParse(Text(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number):
                return number;
            default:
                faults.Add(Mismatch(path, property.Kind.ToString()));
                return null;
        }
    }

    private static string Text(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    private static string Mismatch(string path, string kind) => $"Value of property {{{path}}} does not match type {{{kind}}}";
}
