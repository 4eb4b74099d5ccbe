using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>Reads members of an operation's input, with SQS's errors for missing and mistyped ones.</summary>
internal static class SQSInput
{
    public static string? Text(this JsonElement input, string name) => !Structure(input).TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Null => null,
        _ => throw Mistyped(name, "STRING_VALUE"),
    };

    public static string RequiredText(this JsonElement input, string name) => input.Text(name) ?? throw SQSErrors.MissingParameter(name);

    public static int? Integer(this JsonElement input, string name) => !input.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt32(out var number) => number,
        JsonValueKind.Null => null,
        _ => throw Mistyped(name, "NUMBER_VALUE"),
    };

    public static IReadOnlyList<string> Texts(this JsonElement input, string name)
    {
        if (!input.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Mistyped(name, "LIST_VALUE");
        }

        var texts = new string[value.GetArrayLength()];
        var i = 0;
        foreach (var item in value.EnumerateArray())
        {
            texts[i++] = item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Mistyped(name, "STRING_VALUE");
        }

        return texts;
    }

    public static Dictionary<string, string> Map(this JsonElement input, string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!input.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return map;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Mistyped(name, "STRUCTURE_VALUE");
        }

        foreach (var property in value.EnumerateObject())
        {
            map[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw Mistyped($"{name}.{property.Name}", "STRING_VALUE");
        }

        return map;
    }

    public static AwsServiceException Mistyped(string name, string expected) =>
        new("SerializationException", $"The member {name} is not a {expected}.") { TypeNamespace = "com.amazon.coral.service" };

    private static JsonElement Structure(JsonElement input) =>
        input.ValueKind == JsonValueKind.Object ? input : throw Mistyped("of a structure", "STRUCTURE_VALUE");
}
