using System.Text;
using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventPatterns;

/// <summary>
/// An event pattern of EventBridge rules and Pipes filters:
/// <c>{"source": ["oith"], "detail": {"age": [{"numeric": ["&gt;=", 18]}]}}</c>.
/// </summary>
internal sealed class EventPattern
{
    // The parser that AWS uses shows no more of a text.
    private const int LongestSource = 500;

    private readonly ObjectPattern _root;

    private EventPattern(ObjectPattern root) => _root = root;

    /// <exception cref="AwsServiceException">InvalidEventPatternException in AWS's words.</exception>
    public static EventPattern Parse(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return new EventPattern(ParseRoot(document.RootElement, bytes));
        }
        catch (JsonException error)
        {
            var (reason, place) = JsonParseError.Explain(text, error);
            throw Invalid(reason, text, place);
        }
        catch (EventPatternException error)
        {
            throw Invalid(error.Message, text, error.Position is { } position ? TextPlace.Of(text, Encoding.UTF8.GetCharCount(bytes, 0, position)) : null);
        }
    }

    public bool Matches(JsonElement value) => _root.Matches(value);

    private static AwsServiceException Invalid(string reason, string text, TextPlace? place)
    {
        var source = text.Length > LongestSource ? $"{text[..LongestSource]}\"[truncated {text.Length - LongestSource} chars]" : text + "\"";
        var at = place is null ? "" : $"\n at [Source: (String)\"{source}; {place}]";
        return new("InvalidEventPatternException", $"Event pattern is not valid. Reason: {reason}{at}");
    }

    private static ObjectPattern ParseRoot(JsonElement root, byte[] bytes)
    {
        try
        {
            return root.ValueKind == JsonValueKind.Object ? ParseObject(root) : throw EventPatternException.At(root, "Filter is not an object");
        }
        catch (EventPatternException error)
        {
            // Only while the document is there can an element tell its place.
            error.Locate(bytes);
            throw;
        }
    }

    private static ObjectPattern ParseObject(JsonElement element)
    {
        var fields = new Dictionary<string, IPattern>(StringComparer.Ordinal);
        var alternatives = new List<ObjectPattern[]>();
        foreach (var property in element.EnumerateObject())
        {
            switch (property.Value.ValueKind)
            {
                // Fewer than two objects make no alternative: then $or is a field like any other.
                case JsonValueKind.Array when property.Name == "$or" && IsAlternative(property.Value):
                    alternatives.Add([.. property.Value.EnumerateArray().Select(ParseObject)]);
                    break;
                case JsonValueKind.Array when property.Value.GetArrayLength() == 0:
                    throw EventPatternException.After(property.Value, "Empty arrays are not allowed");
                case JsonValueKind.Array:
                    // Of two fields with one name the last counts, as AWS's recorded answers have it.
                    fields[property.Name] = new ValuePattern([.. property.Value.EnumerateArray().Select(ValueMatchers.Parse)]);
                    break;
                case JsonValueKind.Object when !property.Value.EnumerateObject().Any():
                    throw EventPatternException.After(property.Value, "Empty objects are not allowed");
                case JsonValueKind.Object:
                    var nested = ParseObject(property.Value);
                    fields[property.Name] = fields.GetValueOrDefault(property.Name) is ObjectPattern former ? former.With(nested) : nested;
                    break;
                default:
                    throw EventPatternException.At(property.Value, $"\"{property.Name}\" must be an object or an array");
            }
        }

        return new ObjectPattern([.. fields.Select(field => (field.Key, field.Value))], [.. alternatives]);
    }

    private static bool IsAlternative(JsonElement array) =>
        array.GetArrayLength() >= 2 && array.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object);

    private interface IPattern
    {
        /// <param name="value">The event's value; undefined when the event has none there.</param>
        bool Matches(JsonElement value);
    }

    /// <summary>All fields and, of each $or, one alternative.</summary>
    private sealed class ObjectPattern((string Name, IPattern Pattern)[] fields, ObjectPattern[][] alternatives) : IPattern
    {
        /// <summary>This object and, over it, another of the same name.</summary>
        public ObjectPattern With(ObjectPattern other)
        {
            var merged = fields.ToDictionary(field => field.Name, field => field.Pattern, StringComparer.Ordinal);
            foreach (var (name, pattern) in other.Fields)
            {
                merged[name] = merged.GetValueOrDefault(name) is ObjectPattern mine && pattern is ObjectPattern theirs ? mine.With(theirs) : pattern;
            }

            return new ObjectPattern([.. merged.Select(field => (field.Key, field.Value))], [.. alternatives, .. other.Alternatives]);
        }

        private (string Name, IPattern Pattern)[] Fields => fields;

        private ObjectPattern[][] Alternatives => alternatives;

        public bool Matches(JsonElement value) => value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Any(Matches)
            : MatchesFields(value, "") && alternatives.All(patterns => patterns.Any(pattern => pattern.Matches(value)));

        /// <param name="prefix">The path so far, for an event whose own names have the dots: <c>{"state.status": "x"}</c>.</param>
        private bool MatchesFields(JsonElement value, string prefix) => fields.All(field =>
        {
            var found = Find(value, prefix + field.Name);
            return found.ValueKind == JsonValueKind.Undefined && field.Pattern is ObjectPattern nested
                ? nested.MatchesFields(value, $"{prefix}{field.Name}.")
                : field.Pattern.Matches(found);
        });

        /// <summary>A field by its name; a name with dots also stands for a path.</summary>
        private static JsonElement Find(JsonElement value, string name)
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                return default;
            }

            if (value.TryGetProperty(name, out var found))
            {
                return found;
            }

            var dot = name.IndexOf('.');
            return dot > 0 && value.TryGetProperty(name[..dot], out var parent) ? Find(parent, name[(dot + 1)..]) : default;
        }
    }

    /// <summary>Any matcher of the list; of an array in the event any element.</summary>
    private sealed class ValuePattern(ValueMatcher[] matchers) : IPattern
    {
        public bool Matches(JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.Array)
            {
                // An empty array holds no value, so it is like a field that is not there.
                return value.GetArrayLength() == 0 ? MatchesValue(default) : value.EnumerateArray().Any(Matches);
            }

            // Only leaves have values: an object is not there for a matcher.
            return MatchesValue(value.ValueKind == JsonValueKind.Object ? default : value);
        }

        private bool MatchesValue(JsonElement value)
        {
            foreach (var matcher in matchers)
            {
                if (matcher(value))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
