using System.Text.Json;

namespace Oith.LocalCloud.SNS;

/// <summary>
/// A subscription's filter: for each name the conditions of which one must hold, all names together; <c>$or</c> makes
/// alternatives. Nested objects (for message bodies) are names joined by dots.
/// </summary>
internal sealed class FilterPolicy
{
    private const int MostKeys = 5;

    // The product of the conditions of all names, each multiplied by how deep its name is nested.
    public const int MostCombinations = 150;

    public const string TooComplex = "Filter policy is too complex";

    private readonly IReadOnlyList<IReadOnlyList<FilterRule>> _alternatives;
    private readonly bool _isOnBody;

    private FilterPolicy(IReadOnlyList<IReadOnlyList<FilterRule>> alternatives, bool isOnBody)
    {
        _alternatives = alternatives;
        _isOnBody = isOnBody;
    }

    /// <param name="text">The policy's JSON.</param>
    /// <param name="isOnBody">Whether it looks at the message's body instead of its attributes.</param>
    /// <exception cref="FilterPolicyException">The policy is not valid, in AWS's words.</exception>
    public static FilterPolicy Parse(string text, bool isOnBody)
    {
        var (alternatives, keys, isNested) = new FilterPolicyReader(text).Read();
        if (isNested && !isOnBody)
        {
            throw new FilterPolicyException("Filter policy scope MessageAttributes does not support nested filter policy", isWhole: true);
        }

        if (keys > MostKeys)
        {
            throw new FilterPolicyException($"Filter policy can not have more than {MostKeys} keys");
        }

        var combinations = alternatives.Sum(rules => rules.Aggregate(1L, (product, rule) => Math.Min(int.MaxValue, product * rule.Weight)));
        return combinations > MostCombinations
            ? throw new FilterPolicyException(TooComplex)
            : new FilterPolicy(alternatives, isOnBody);
    }

    public bool Matches(SNSMessage message, string body) => _isOnBody ? MatchesBody(body) : MatchesAttributes(message.Attributes);

    private bool MatchesAttributes(IReadOnlyList<SNSAttribute> attributes) => _alternatives.Any(rules => rules.All(rule =>
    {
        foreach (var attribute in attributes)
        {
            if (attribute.Name == rule.Name)
            {
                return rule.MatchesAny(ValuesOf(attribute));
            }
        }

        return rule.MatchesAbsent;
    }));

    private static IReadOnlyList<FilterValue> ValuesOf(SNSAttribute attribute)
    {
        if (attribute.DataType == "String.Array" && TryParse(attribute.Value) is { RootElement.ValueKind: JsonValueKind.Array } document)
        {
            using (document)
            {
                return [.. document.RootElement.EnumerateArray().Select(FilterValue.Of)];
            }
        }

        return [FilterValue.OfAttribute(attribute)];
    }

    private bool MatchesBody(string body)
    {
        using var document = TryParse(body);
        if (document is not { RootElement.ValueKind: JsonValueKind.Object })
        {
            return false;
        }

        var values = new Dictionary<string, List<FilterValue>>(StringComparer.Ordinal);
        Flatten(document.RootElement, "", values);
        return _alternatives.Any(rules => rules.All(rule =>
            values.TryGetValue(rule.Name, out var found) ? rule.MatchesAny(found) : rule.MatchesAbsent));
    }

    private static void Flatten(JsonElement element, string name, Dictionary<string, List<FilterValue>> values)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    Flatten(property.Value, name.Length == 0 ? property.Name : $"{name}.{property.Name}", values);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Flatten(item, name, values);
                }

                break;
            default:
                if (!values.TryGetValue(name, out var found))
                {
                    values.Add(name, found = []);
                }

                found.Add(FilterValue.Of(element));
                break;
        }
    }

    private static JsonDocument? TryParse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A filter policy that SNS refuses.</summary>
/// <param name="isWhole">Whether the message stands alone, without the name of the attribute before it.</param>
internal sealed class FilterPolicyException(string message, bool isWhole = false) : Exception(message)
{
    public bool IsWhole { get; } = isWhole;
}
