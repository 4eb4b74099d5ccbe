using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Oith.LocalCloud.SNS;

/// <summary>A value that a filter looks at: text, number, true, false or null.</summary>
internal readonly record struct FilterValue(JsonValueKind Kind, string Text, double Number)
{
    public static FilterValue Of(JsonElement element) => new(
        element.ValueKind,
        element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText(),
        element.ValueKind == JsonValueKind.Number ? element.GetDouble() : double.NaN);

    public static FilterValue OfAttribute(SNSAttribute attribute)
    {
        var isNumber = attribute.DataType.StartsWith("Number", StringComparison.Ordinal);
        return double.TryParse(attribute.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && isNumber
            ? new FilterValue(JsonValueKind.Number, attribute.Value, number)
            : new FilterValue(JsonValueKind.String, attribute.Value, double.NaN);
    }

    public bool Equals(FilterValue other) =>
        Kind == other.Kind && (Kind == JsonValueKind.Number ? Number.Equals(other.Number) : Text == other.Text);

    public override int GetHashCode() => Kind == JsonValueKind.Number ? Number.GetHashCode() : string.GetHashCode(Text, StringComparison.Ordinal);
}

/// <summary>The conditions of one name.</summary>
/// <param name="Name">A name, or several joined by dots.</param>
/// <param name="Depth">How many names were nested.</param>
internal sealed record FilterRule(string Name, int Depth, IReadOnlyList<FilterCondition> Conditions)
{
    public long Weight => (long)Conditions.Count * Depth;

    public bool MatchesAbsent => Conditions.Any(condition => condition.MatchesAbsent);

    public bool MatchesAny(IReadOnlyList<FilterValue> values) => Conditions.Any(condition => values.Any(condition.Matches));
}

/// <summary>One condition on a value.</summary>
internal abstract record FilterCondition
{
    public virtual bool MatchesAbsent => false;

    public abstract bool Matches(FilterValue value);
}

/// <summary><c>"value"</c>, <c>100</c>, <c>null</c></summary>
internal sealed record EqualsCondition(FilterValue Expected) : FilterCondition
{
    public override bool Matches(FilterValue value) => Expected.Equals(value);
}

/// <summary><c>{"exists": true}</c></summary>
internal sealed record ExistsCondition(bool Exists) : FilterCondition
{
    public override bool MatchesAbsent => !Exists;

    public override bool Matches(FilterValue value) => Exists;
}

/// <summary><c>{"prefix": "a"}</c>, <c>{"suffix": "z"}</c>, <c>{"equals-ignore-case": "Az"}</c></summary>
internal sealed record TextCondition(string Operator, string Expected) : FilterCondition
{
    public override bool Matches(FilterValue value) => value.Kind == JsonValueKind.String && Operator switch
    {
        "prefix" => value.Text.StartsWith(Expected, StringComparison.Ordinal),
        "suffix" => value.Text.EndsWith(Expected, StringComparison.Ordinal),
        _ => string.Equals(value.Text, Expected, StringComparison.OrdinalIgnoreCase),
    };
}

/// <summary><c>{"anything-but": ["a", 1]}</c>, <c>{"anything-but": {"prefix": "a"}}</c></summary>
internal sealed record AnythingButCondition(IReadOnlyList<FilterCondition> Excluded) : FilterCondition
{
    public override bool Matches(FilterValue value) => !Excluded.Any(excluded => excluded.Matches(value));
}

/// <summary><c>{"numeric": ["&gt;", 0, "&lt;=", 100]}</c></summary>
internal sealed record NumericCondition(IReadOnlyList<(string Operator, double Operand)> Terms) : FilterCondition
{
    public override bool Matches(FilterValue value) => value.Kind == JsonValueKind.Number && Terms.All(term => term.Operator switch
    {
        "=" => value.Number.Equals(term.Operand),
        "<" => value.Number < term.Operand,
        "<=" => value.Number <= term.Operand,
        ">" => value.Number > term.Operand,
        _ => value.Number >= term.Operand,
    });
}

/// <summary><c>{"cidr": "10.0.0.0/24"}</c></summary>
internal sealed record CidrCondition(IPNetwork Network) : FilterCondition
{
    public override bool Matches(FilterValue value) => IPAddress.TryParse(value.Text, out var address) && Network.Contains(address);
}
