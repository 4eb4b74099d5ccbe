using System.Collections.Immutable;
using System.Text.Json;

namespace Oith.LocalCloud.SNS;

/// <summary>Reads members of an operation's input.</summary>
internal static class SNSInput
{
    /// <summary>Null when absent.</summary>
    public static string? Text(JsonElement input, string name) =>
        Structure(input).TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static IReadOnlyList<string> Texts(JsonElement input, string name) =>
        input.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => item.ToString())]
            : [];

    public static Dictionary<string, string> Map(JsonElement input, string name) =>
        input.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object
            ? value.EnumerateObject().DistinctBy(property => property.Name).ToDictionary(property => property.Name, property => property.Value.ToString(), StringComparer.Ordinal)
            : new Dictionary<string, string>(StringComparer.Ordinal);

    // In a form an entry that should be a structure may be a text.
    private static JsonElement Structure(JsonElement input) => input.ValueKind == JsonValueKind.Object
        ? input
        : throw SNSErrors.InvalidParameter($"'{input}' is no structure");

    /// <summary>Tags from <c>[{"Key": …, "Value": …}]</c>.</summary>
    /// <exception cref="Wire.AwsServiceException">InvalidParameter for a key given twice.</exception>
    public static ImmutableSortedDictionary<string, string> Tags(JsonElement input)
    {
        var tags = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (input.TryGetProperty("Tags", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var tag in list.EnumerateArray())
            {
                if (!tags.TryAdd(Text(tag, "Key") ?? "", Text(tag, "Value") ?? ""))
                {
                    throw SNSErrors.InvalidParameter("Duplicated keys are not allowed.");
                }
            }
        }

        return tags.ToImmutable();
    }

    /// <summary>One page of a list, after the token.</summary>
    /// <param name="items">Sorted by ARN.</param>
    public static (T[] Page, string? NextToken) Page<T>(JsonElement input, IEnumerable<T> items, Func<T, string> arnOf)
    {
        const int size = 100;
        var after = Text(input, "NextToken");
        var rest = items.Where(item => string.IsNullOrEmpty(after) || string.CompareOrdinal(arnOf(item), after) > 0).Take(size + 1).ToArray();
        return rest.Length > size ? (rest[..size], arnOf(rest[size - 1])) : (rest, null);
    }
}
