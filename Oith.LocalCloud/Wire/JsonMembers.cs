using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Wire;

/// <summary>Reads members of an operation's input, for services that work on JSON trees.</summary>
internal static class JsonMembers
{
    /// <summary>The input as a tree of its own.</summary>
    public static JsonObject InputTree(this AwsCall call) => JsonInput.Tree(call.Input.Clone()) as JsonObject ?? [];

    /// <exception cref="AwsServiceException">ValidationException naming the first member that is not in <paramref name="known"/>.</exception>
    public static void AllowOnly(this JsonObject input, string operation, params ReadOnlySpan<string> known)
    {
        foreach (var (name, _) in input)
        {
            if (!known.Contains(name))
            {
                throw AwsServiceException.Validation($"LocalCloud does not know the member {name} of {operation}.");
            }
        }
    }

    public static string? Text(this JsonObject input, string name) => input[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value => value.ToJsonString(),
        _ => throw new AwsServiceException("SerializationException", $"The member {name} must be a string."),
    };

    public static string RequiredText(this JsonObject input, string name) =>
        input.Text(name) ?? throw AwsServiceException.Validation(
            $"1 validation error detected: Value null at '{char.ToLowerInvariant(name[0])}{name[1..]}' failed to satisfy constraint: Member must not be null");

    /// <summary>A whole number, also when a query string or form gave it as text.</summary>
    public static int? Integer(this JsonObject input, string name) => input[name] switch
    {
        null => null,
        JsonValue value when int.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new AwsServiceException("SerializationException", $"The member {name} must be a whole number."),
    };

    /// <summary>A whole number of 64 bits, such as milliseconds since 1970.</summary>
    public static long? Long(this JsonObject input, string name) => input[name] switch
    {
        null => null,
        JsonValue value when long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new AwsServiceException("SerializationException", $"The member {name} must be a whole number of 64 bits."),
    };

    public static double? Number(this JsonObject input, string name) => input[name] switch
    {
        null => null,
        JsonValue value when double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new AwsServiceException("SerializationException", $"The member {name} must be a number."),
    };

    public static bool? Flag(this JsonObject input, string name) => input[name]?.ToString() switch
    {
        null => null,
        "true" or "True" => true,
        "false" or "False" => false,
        _ => throw new AwsServiceException("SerializationException", $"The member {name} must be true or false."),
    };

    public static JsonObject? Structure(this JsonObject input, string name) => input[name] switch
    {
        null => null,
        JsonObject value => value,
        _ => throw new AwsServiceException("SerializationException", $"The member {name} must be a structure."),
    };

    public static JsonArray? List(this JsonObject input, string name) => input[name] switch
    {
        null => null,
        JsonArray value => value,
        _ => throw new AwsServiceException("SerializationException", $"The member {name} must be a list."),
    };

    public static List<string> Texts(this JsonObject input, string name) =>
        [.. (input.List(name) ?? []).Select(item => item?.ToString() ?? throw new AwsServiceException("SerializationException", $"{name} must not contain null."))];
}
