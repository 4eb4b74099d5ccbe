using System.Text.RegularExpressions;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>The condition of a JSONPath filter.</summary>
internal abstract class FilterExpression
{
    public abstract bool Matches(AslValue item, AslValue root, PathBudget budget);
}

internal sealed class FilterAnd(IReadOnlyList<FilterExpression> all) : FilterExpression
{
    public override bool Matches(AslValue item, AslValue root, PathBudget budget) => all.All(one => one.Matches(item, root, budget));
}

internal sealed class FilterOr(IReadOnlyList<FilterExpression> any) : FilterExpression
{
    public override bool Matches(AslValue item, AslValue root, PathBudget budget) => any.Any(one => one.Matches(item, root, budget));
}

internal sealed class FilterNot(FilterExpression inner) : FilterExpression
{
    public override bool Matches(AslValue item, AslValue root, PathBudget budget) => !inner.Matches(item, root, budget);
}

/// <summary>A path alone: the value exists.</summary>
internal sealed class FilterExists(FilterOperand operand) : FilterExpression
{
    public override bool Matches(AslValue item, AslValue root, PathBudget budget) => operand.Evaluate(item, root, budget) is not null;
}

internal sealed class FilterCompare(FilterOperand left, string comparison, FilterOperand right) : FilterExpression
{
    private const int CharactersInStep = 64;

    public override bool Matches(AslValue item, AslValue root, PathBudget budget)
    {
        var first = left.Evaluate(item, root, budget);
        var second = right.Evaluate(item, root, budget);
        if (first is null || second is null)
        {
            return comparison == "!=" && (first is not null || second is not null);
        }

        // Comparing is as long as the values are.
        budget.Spend(1 + first.Count + second.Count + ((first.Text.Length + second.Text.Length) / CharactersInStep));
        switch (comparison)
        {
            case "==":
                return first.JsonEquals(second);
            case "!=":
                return !first.JsonEquals(second);
            case "in":
                return Contains(second, first);
            case "nin":
                return !Contains(second, first);
            case "contains":
                return first.IsString && second.IsString ? first.Text.Contains(second.Text, StringComparison.Ordinal) : Contains(first, second);
            case "size":
                return second.Number.Equals(first.IsString ? first.Text.Length : first.Count);
            case "empty":
                return second.Boolean == ((first.IsString ? first.Text.Length : first.Count) == 0);
            case "=~":
                return first.IsString && right.Pattern?.IsMatch(first.Text) == true;
        }

        if (first.Kind != second.Kind || first.Kind is not (AslKind.Number or AslKind.String))
        {
            return false;
        }

        var order = first.Kind == AslKind.Number ? first.Number.CompareTo(second.Number) : string.CompareOrdinal(first.Text, second.Text);
        return comparison switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private static bool Contains(AslValue list, AslValue value)
    {
        foreach (var item in list.Items)
        {
            if (item.JsonEquals(value))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>One side of a comparison: a literal, or a path from the item (<c>@</c>) or from the root (<c>$</c>).</summary>
internal sealed class FilterOperand(AslValue? literal, JsonPath? path, bool fromRoot)
{
    /// <summary>The literal as a regular expression, null for any other operand.</summary>
    public Regex? Pattern { get; init; }

    public AslValue? Literal => literal;

    public bool IsPath => path is not null;

    public AslValue? Evaluate(AslValue item, AslValue root, PathBudget budget)
    {
        if (path is null)
        {
            return literal;
        }

        try
        {
            return path.Evaluate(fromRoot ? root : item, budget);
        }
        catch (PathNotFoundException)
        {
            // In a filter a missing value is not an error, it just does not match.
            return null;
        }
    }
}

/// <summary>Reads <c>(@.price &lt; 10 &amp;&amp; @.name == 'x')</c> with its parentheses.</summary>
/// <param name="depth">How many filters stand around it.</param>
internal sealed class FilterParser(string text, int start, int depth)
{
    /// <summary>How deep filters may nest: parentheses, negations, lists, and filters in the paths of filters.</summary>
    private const int MaximumDepth = 64;

    private static readonly string[] s_comparisons = ["==", "!=", "<=", ">=", "=~", "<", ">", "nin", "in", "contains", "size", "empty"];

    private int _depth = depth;

    public int Position { get; private set; } = start;

    public FilterExpression? Parse()
    {
        Skip();
        return Take("(") && Or() is { } filter && Take(")") ? filter : null;
    }

    private FilterExpression? Or() => Chain("||", And) is { } any ? any.Count == 1 ? any[0] : new FilterOr(any) : null;

    private FilterExpression? And() => Chain("&&", () => Nested(Unary)) is { } all ? all.Count == 1 ? all[0] : new FilterAnd(all) : null;

    private List<FilterExpression>? Chain(string separator, Func<FilterExpression?> part)
    {
        var parts = new List<FilterExpression>();
        do
        {
            if (part() is not { } next)
            {
                return null;
            }

            parts.Add(next);
        }
        while (Take(separator));
        return parts;
    }

    /// <returns>Null also for what nests too deeply.</returns>
    private T? Nested<T>(Func<T?> read) where T : class
    {
        if (_depth == MaximumDepth)
        {
            return null;
        }

        _depth++;
        var result = read();
        _depth--;
        return result;
    }

    private FilterExpression? Unary()
    {
        if (Take("!"))
        {
            return Nested(Unary) is { } inner ? new FilterNot(inner) : null;
        }

        if (Take("("))
        {
            return Or() is { } group && Take(")") ? group : null;
        }

        if (Operand() is not { } left)
        {
            return null;
        }

        foreach (var comparison in s_comparisons)
        {
            if (Take(comparison))
            {
                return Operand() is { } right && (comparison != "=~" || right.Pattern is not null) ? new FilterCompare(left, comparison, right) : null;
            }
        }

        return left.IsPath ? new FilterExists(left) : null;
    }

    private FilterOperand? Operand()
    {
        Skip();
        if (Position >= text.Length)
        {
            return null;
        }

        switch (text[Position])
        {
            case '@' or '$':
                return Path();
            case '\'' or '"':
                var at = Position;
                var quoted = JsonPathParser.Quoted(text, ref at);
                Position = at;
                return quoted is null ? null : new FilterOperand(AslValue.Of(quoted), null, false);
            case '/':
                var end = text.IndexOf('/', Position + 1);
                if (end < 0)
                {
                    return null;
                }

                var pattern = text[(Position + 1)..end];
                Position = end + 1;
                return Pattern(pattern, Take("i"));
            case '[':
                return Nested(List);
            default:
                return Word();
        }
    }

    // Without backtracking a pattern takes time in proportion to the text, so look-arounds and back-references are not supported.
    private static FilterOperand? Pattern(string pattern, bool ignoresCase)
    {
        var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            return new FilterOperand(AslValue.Of(pattern), null, false) { Pattern = new Regex($"^(?:{pattern})$", options) };
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private FilterOperand? List()
    {
        Position++;
        var items = new List<AslValue>();
        while (!Take("]"))
        {
            if (Operand()?.Literal is not { } item)
            {
                return null;
            }

            items.Add(item);
            Take(",");
        }

        return new FilterOperand(AslValue.Array([.. items]), null, false);
    }

    private FilterOperand? Word()
    {
        var start = Position;
        while (Position < text.Length && (char.IsAsciiLetterOrDigit(text[Position]) || text[Position] is '.' or '-' or '+'))
        {
            Position++;
        }

        var word = text[start..Position];
        var literal = word switch
        {
            "true" => AslValue.True,
            "false" => AslValue.False,
            "null" => AslValue.Null,
            _ => AslValue.TryOfNumeral(word),
        };
        return literal is null ? null : new FilterOperand(literal, null, false);
    }

    private FilterOperand? Path()
    {
        var fromRoot = text[Position] == '$';
        var start = ++Position;
        var depth = 0;
        while (Position < text.Length)
        {
            var c = text[Position];
            if (c == '[')
            {
                depth++;
            }
            else if (c == ']')
            {
                if (depth-- == 0)
                {
                    break;
                }
            }
            else if (c is '\'' or '"')
            {
                var at = Position;
                if (JsonPathParser.Quoted(text, ref at) is null)
                {
                    return null;
                }

                Position = at - 1;
            }
            else if (depth == 0 && (c is ' ' or ')' or '=' or '!' or '<' or '>' or '&' or '|' or ','))
            {
                // "()" of a function belongs to the path; another parenthesis ends it.
                if (c != ')' || text[Position - 1] != '(')
                {
                    break;
                }
            }

            Position++;
        }

        return JsonPath.TryParse(text[start..Position], _depth) is { } path ? new FilterOperand(null, path, fromRoot) : null;
    }

    private bool Take(string token)
    {
        Skip();
        if (!text.AsSpan(Position).StartsWith(token, StringComparison.Ordinal))
        {
            return false;
        }

        Position += token.Length;
        return true;
    }

    private void Skip()
    {
        while (Position < text.Length && text[Position] == ' ')
        {
            Position++;
        }
    }
}
