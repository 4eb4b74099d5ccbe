using System.Globalization;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Wire;

/// <summary>
/// Reads the Query protocol's flat parameters as a tree. Every leaf is a string.
/// <c>Parameters.member.1.ParameterKey=A</c> and <c>Attribute.1.Name=A</c> are lists of objects;
/// <c>Attributes.entry.1.key=A</c> with <c>…value=B</c> is the object <c>{"A": "B"}</c>.
/// </summary>
internal static class QueryForm
{
    private const int MaximumDepth = 32;
    private const int LongestShown = 64;

    public static JsonObject Parse(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var root = new Node();
        foreach (var (name, value) in parameters)
        {
            var node = root;
            // A name of megabytes would be cut into as many pieces before they are counted.
            var segments = name.Split('.', MaximumDepth + 1);
            if (segments.Length > MaximumDepth)
            {
                throw new AwsServiceException("MalformedQueryString", $"The parameter {name[..Math.Min(name.Length, LongestShown)]} is nested deeper than {MaximumDepth} levels.");
            }

            foreach (var segment in segments)
            {
                node = node.Child(segment);
            }

            node.Value = value;
        }

        return root.ToObject();
    }

    private sealed class Node
    {
        private readonly Dictionary<string, Node> _children = new(StringComparer.Ordinal);

        public string? Value { get; set; }

        public Node Child(string name) => _children.TryGetValue(name, out var child) ? child : _children[name] = new Node();

        public JsonObject ToObject()
        {
            var result = new JsonObject();
            foreach (var (name, child) in _children)
            {
                result[name] = child.ToJson();
            }

            return result;
        }

        private JsonNode? ToJson()
        {
            if (_children.Count == 0)
            {
                return Value;
            }

            if (_children.Count == 1 && _children.TryGetValue("member", out var list) && list.IsList)
            {
                return list.ToList();
            }

            if (_children.Count == 1 && _children.TryGetValue("entry", out var map) && map.IsList)
            {
                return map.ToMap();
            }

            return IsList ? ToList() : ToObject();
        }

        private bool IsList => _children.Count > 0 && _children.Keys.All(key => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _));

        private IEnumerable<Node> InOrder => _children.OrderBy(pair => int.Parse(pair.Key, CultureInfo.InvariantCulture)).Select(pair => pair.Value);

        private JsonArray ToList() => new([.. InOrder.Select(child => child.ToJson())]);

        private JsonObject ToMap()
        {
            var result = new JsonObject();
            foreach (var entry in InOrder)
            {
                // SNS spells the entries of message attributes Name and Value.
                if ((entry._children.GetValueOrDefault("key") ?? entry._children.GetValueOrDefault("Name"))?.Value is { } key)
                {
                    result[key] = (entry._children.GetValueOrDefault("value") ?? entry._children.GetValueOrDefault("Value"))?.ToJson();
                }
            }

            return result;
        }
    }
}
