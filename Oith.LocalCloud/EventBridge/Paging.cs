using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Limit and NextToken of list operations; the token is the position, in base64 so that nobody reads it as one.</summary>
internal static class Paging
{
    public static JsonObject Page(JsonObject input, string member, int defaultLimit, IReadOnlyList<JsonNode?> items)
    {
        var start = input.Text("NextToken") is { } token ? Position(token) : 0;
        var end = start + (input.Integer("Limit") ?? defaultLimit);
        var answer = new JsonObject { [member] = new JsonArray([.. items.Take(start..end)]) };
        if (end < items.Count)
        {
            answer["NextToken"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(end.ToString(CultureInfo.InvariantCulture)));
        }

        return answer;
    }

    private static int Position(string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length)
            && int.TryParse(bytes.AsSpan(0, length), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : throw AwsServiceException.Validation("The NextToken is not valid.");
    }
}

/// <summary>Tags as EventBridge spells them: <c>[{"Key": "team", "Value": "oith"}]</c>.</summary>
internal static class Tags
{
    /// <exception cref="AwsServiceException">ValidationException: a key is there twice.</exception>
    public static Dictionary<string, string> Of(JsonObject input)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in input.List("Tags") ?? [])
        {
            var key = tag!.AsObject().RequiredText("Key");
            if (!tags.TryAdd(key, tag.AsObject().Text("Value") ?? ""))
            {
                throw AwsServiceException.Validation($"The tag key {key} is there more than once.");
            }
        }

        return tags;
    }

    public static JsonArray Describe(IReadOnlyDictionary<string, string> tags) =>
        new([.. tags.Select(tag => (JsonNode?)new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })]);
}
