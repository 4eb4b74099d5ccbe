using System.Globalization;
using System.Text.Json;

namespace Oith.LocalCloud.EventPatterns;

/// <param name="value">A leaf of the event; undefined when the event has none there.</param>
internal delegate bool ValueMatcher(JsonElement value);

/// <summary>The items of a pattern's list: literals and operators.</summary>
internal static class ValueMatchers
{
    public static ValueMatcher Parse(JsonElement item)
    {
        switch (item.ValueKind)
        {
            case JsonValueKind.String:
                var text = item.GetString()!;
                return Text(candidate => candidate == text);
            case JsonValueKind.Number:
                var number = item.GetDouble();
                return value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == number;
            case JsonValueKind.Object:
                var members = item.EnumerateObject().ToList();
                return members.Count == 1
                    ? Operator(members[0].Name, members[0].Value)
                    : throw OneKeyOnly(item, members);
            case JsonValueKind.Array:
                throw EventPatternException.At(item, "Match value must be String, number, true, false, or null");
            default:
                var kind = item.ValueKind;
                return value => value.ValueKind == kind;
        }
    }

    private static ValueMatcher Operator(string name, JsonElement operand) => name switch
    {
        "exists" => Exists(operand),
        "prefix" => Affix(operand, "prefix", (value, affix, comparison) => value.StartsWith(affix, comparison)),
        "suffix" => Affix(operand, "suffix", (value, affix, comparison) => value.EndsWith(affix, comparison)),
        "equals-ignore-case" => operand.ValueKind == JsonValueKind.String
            ? EqualsIgnoreCase(operand.GetString()!)
            : throw EventPatternException.At(operand, "equals-ignore-case match pattern must be a string"),
        "wildcard" => Wildcard(operand),
        "anything-but" => AnythingBut(operand),
        "numeric" => NumericRange.Parse(operand),
        "cidr" => AddressRange.Parse(operand),
        _ => throw EventPatternException.At(operand, $"Unrecognized match type {name}"),
    };

    // Found at the second key; of an empty object at once.
    private static EventPatternException OneKeyOnly(JsonElement item, List<JsonProperty> members) => members.Count == 0
        ? EventPatternException.After(item, "Empty objects are not allowed")
        : EventPatternException.At(members[1].Value, "Only one key allowed in match expression");

    private static ValueMatcher Exists(JsonElement operand) => operand.ValueKind switch
    {
        JsonValueKind.True => value => value.ValueKind != JsonValueKind.Undefined,
        JsonValueKind.False => value => value.ValueKind == JsonValueKind.Undefined,
        _ => throw EventPatternException.At(operand, "exists match pattern must be either true or false."),
    };

    private static ValueMatcher Text(Func<string, bool> matches) => value => value.ValueKind == JsonValueKind.String && matches(value.GetString()!);

    private static ValueMatcher EqualsIgnoreCase(string text) => Text(value => value.Equals(text, StringComparison.OrdinalIgnoreCase));

    private static ValueMatcher Affix(JsonElement operand, string name, Func<string, string, StringComparison, bool> matches)
    {
        if (operand.ValueKind == JsonValueKind.String)
        {
            var affix = operand.GetString()!;
            return Text(value => matches(value, affix, StringComparison.Ordinal));
        }

        if (operand.ValueKind == JsonValueKind.Object
            && operand.EnumerateObject().ToList() is [{ Name: "equals-ignore-case", Value.ValueKind: JsonValueKind.String } only])
        {
            var affix = only.Value.GetString()!;
            return Text(value => matches(value, affix, StringComparison.OrdinalIgnoreCase));
        }

        throw EventPatternException.At(operand, $"{name} match pattern must be a string");
    }

    private static ValueMatcher Wildcard(JsonElement operand)
    {
        if (operand.ValueKind != JsonValueKind.String)
        {
            throw EventPatternException.At(operand, "wildcard match pattern must be a string");
        }

        var pattern = WildcardPattern.Parse(operand);
        return Text(pattern.Matches);
    }

    /// <summary>All values but these; a field that is not there has none, so it does not match.</summary>
    private static ValueMatcher AnythingBut(JsonElement operand)
    {
        switch (operand.ValueKind)
        {
            case JsonValueKind.String or JsonValueKind.Number:
                return Not([Parse(operand)]);
            case JsonValueKind.Array when operand.GetArrayLength() > 0:
                return Not([.. operand.EnumerateArray().Select(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number
                    ? Parse(item)
                    : throw EventPatternException.At(item, "Inside anything but list, start|null|boolean is not supported."))]);
            case JsonValueKind.Object when operand.EnumerateObject().ToList() is [var only]:
                return Not([.. Items(only.Value).Select(item => Excluded(only.Name, item))]);
            default:
                throw EventPatternException.At(operand, "Value of anything-but must be an array or single string/number value.");
        }

        static ValueMatcher Not(ValueMatcher[] excluded) =>
            value => value.ValueKind != JsonValueKind.Undefined && !excluded.Any(matcher => matcher(value));

        static IEnumerable<JsonElement> Items(JsonElement operand) => operand.ValueKind == JsonValueKind.Array ? operand.EnumerateArray() : [operand];
    }

    private static ValueMatcher Excluded(string name, JsonElement item)
    {
        switch (name)
        {
            case "prefix" or "suffix":
                return item.ValueKind switch
                {
                    JsonValueKind.String when item.GetString()!.Length == 0 => throw EventPatternException.After(item, "Null prefix/suffix not allowed"),
                    JsonValueKind.String => Operator(name, item),
                    JsonValueKind.Object => throw EventPatternException.At(item, "Value of anything-but must be an array or single string/number value."),
                    _ => throw EventPatternException.At(item, "prefix/suffix match pattern must be a string"),
                };
            case "wildcard":
                return Wildcard(item);
            case "equals-ignore-case":
                return item.ValueKind == JsonValueKind.String
                    ? EqualsIgnoreCase(item.GetString()!)
                    : throw EventPatternException.At(item, "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.");
            default:
                throw EventPatternException.At(item, $"Unsupported anything-but pattern: {name}");
        }
    }

    /// <summary><c>[">", 0, "&lt;=", 5]</c>.</summary>
    private static class NumericRange
    {
        private const double Limit = 5_000_000_000;

        public static ValueMatcher Parse(JsonElement operand)
        {
            if (operand.ValueKind != JsonValueKind.Array)
            {
                throw EventPatternException.At(operand, "Value of numeric must be an array.");
            }

            var items = operand.EnumerateArray().ToList();
            if (items.Count is 0 or > 4)
            {
                throw EventPatternException.At(operand, "Numeric expression must have one or two comparisons");
            }

            var comparisons = new List<(string Operator, double Bound)>();
            for (var index = 0; index < items.Count; index += 2)
            {
                comparisons.Add(Comparison(items, index));
            }

            if (comparisons is [var (first, _), var (second, _)] && (first[0] is not ('>' or '<') || second[0] == first[0] || second[0] == '='))
            {
                throw EventPatternException.After(items[2], $"Bad numeric range operator: {second}");
            }

            return value => value.ValueKind == JsonValueKind.Number && comparisons.All(comparison => Holds(value.GetDouble(), comparison.Operator, comparison.Bound));
        }

        private static (string Operator, double Bound) Comparison(List<JsonElement> items, int index)
        {
            var name = items[index].ValueKind == JsonValueKind.String
                ? items[index].GetString()!
                : throw EventPatternException.At(items[index], "Invalid member in numeric match: " + items[index].GetRawText());
            if (name is not ("=" or ">" or ">=" or "<" or "<="))
            {
                throw EventPatternException.At(items[Math.Min(index + 1, items.Count - 1)], $"Unrecognized numeric range operator: {name}");
            }

            if (index + 1 >= items.Count || items[index + 1].ValueKind != JsonValueKind.Number)
            {
                throw EventPatternException.At(items[Math.Min(index + 1, items.Count - 1)], $"Value of {(name == "=" ? "equals" : name)} must be numeric");
            }

            var bound = items[index + 1].GetDouble();
            return Math.Abs(bound) <= Limit
                ? (name, bound)
                : throw EventPatternException.After(items[index + 1], string.Create(CultureInfo.InvariantCulture, $"Value must be between -{Limit:F0} and {Limit:F0}, inclusive"));
        }

        private static bool Holds(double value, string name, double bound) => name switch
        {
            "=" => value == bound,
            ">" => value > bound,
            ">=" => value >= bound,
            "<" => value < bound,
            _ => value <= bound,
        };
    }

    /// <summary><c>10.0.0.0/24</c>.</summary>
    private static class AddressRange
    {
        public static ValueMatcher Parse(JsonElement operand)
        {
            if (operand.ValueKind != JsonValueKind.String)
            {
                throw EventPatternException.At(operand, "prefix match pattern must be a string");
            }

            var parts = operand.GetString()!.Split('/');
            if (parts.Length != 2)
            {
                throw EventPatternException.Nowhere("Malformed CIDR, one '/' required");
            }

            if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bits))
            {
                throw EventPatternException.Nowhere("Malformed CIDR, mask bits must be an integer");
            }

            if (!System.Net.IPAddress.TryParse(parts[0], out var address))
            {
                throw EventPatternException.Nowhere($"Nonstandard IP address: {parts[0]}");
            }

            var range = address.GetAddressBytes();
            return bits <= range.Length * 8
                ? Text(value => System.Net.IPAddress.TryParse(value, out var candidate) && SharesPrefix(candidate.GetAddressBytes(), range, bits))
                : throw EventPatternException.Nowhere("Malformed CIDR, mask bits must be an integer");
        }

        private static bool SharesPrefix(byte[] address, byte[] range, int bits)
        {
            if (address.Length != range.Length || !address.AsSpan(0, bits / 8).SequenceEqual(range.AsSpan(0, bits / 8)))
            {
                return false;
            }

            var mask = bits % 8 == 0 ? 0 : 0xFF << (8 - bits % 8) & 0xFF;
            return mask == 0 || (address[bits / 8] & mask) == (range[bits / 8] & mask);
        }
    }
}
