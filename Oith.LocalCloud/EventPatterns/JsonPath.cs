using System.Globalization;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.EventPatterns;

/// <summary>The small JSON path of EventBridge: <c>$</c>, <c>$.detail.name</c>, <c>$.items[0].id</c>, <c>$.items[*].id</c>.</summary>
internal static class JsonPath
{
    /// <summary>What the path leads to, null when it leads nowhere. A wildcard gives an array of all that it leads to.</summary>
    /// <param name="descend">Reads a value as an object where a member of it is asked for; Pipes parse the body here.</param>
    public static JsonNode? Find(JsonNode? root, string path, Func<string, JsonNode?, JsonNode?>? descend = null)
    {
        var node = root;
        var segments = Segments(path);
        for (var index = 0; index < segments.Count; index++)
        {
            var segment = segments[index];
            if (segment == "*")
            {
                var rest = "$" + string.Concat(segments.Skip(index + 1).Select(name => int.TryParse(name, out _) || name == "*" ? $"[{name}]" : "." + name));
                IEnumerable<JsonNode?> items = node switch
                {
                    JsonArray array => array,
                    JsonObject members => members.Select(member => member.Value),
                    _ => [],
                };
                return new JsonArray([.. items.Select(item => Find(item, rest)?.DeepClone())]);
            }

            node = node switch
            {
                JsonObject members => members[segment],
                JsonArray array when int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < array.Count => array[at],
                _ => null,
            };
            node = descend?.Invoke(segment, node) ?? node;
        }

        return node;
    }

    private static List<string> Segments(string path)
    {
        var segments = new List<string>();
        foreach (var part in path.TrimStart('$').Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var pieces = part.Split('[', StringSplitOptions.RemoveEmptyEntries);
            segments.AddRange(pieces.Select(piece => piece.TrimEnd(']').Trim('\'', '"')));
        }

        return segments;
    }
}
