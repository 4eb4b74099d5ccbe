using System.Globalization;
using System.Text.RegularExpressions;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>The condition of a JSONPath filter.</summary>
internal abstract class FilterExpression
{
    public abstract bool Matches(AslValue item, AslValue root);
}

internal sealed class FilterAnd(FilterExpression left, FilterExpression right) : FilterExpression
{
    public override bool Matches(AslValue item, AslValue root) => left.Matches(item, root) && right.Matches(item, root);
}

internal sealed class FilterOr(FilterExpression left, FilterExpression right) : FilterExpression
{
    public override bool Matches(AslValue item, AslValue root) => left.Matches(item, root) || right.Matches(item, root);
}

internal sealed class FilterNot(FilterExpression inner) : FilterExpression
{
    public override bool Matches(AslValue item, AslValue root) => !inner.Matches(item, root);
}

/// <summary>A path alone: the value exists.</summary>
internal sealed class FilterExists(FilterOperand operand) : FilterExpression
{
    public override bool Matches(AslValue item, AslValue root) => operand.Evaluate(item, root) is not null;
}

internal sealed class FilterCompare(FilterOperand left, string comparison, FilterOperand right) : FilterExpression
{
    private static readonly TimeSpan s_patternTimeout = TimeSpan.FromSeconds(1);

    public override bool Matches(AslValue item, AslValue root)
    {
        var first = left.Evaluate(item, root);
        var second = right.Evaluate(item, root);
        if (first is null || second is null)
        {
            return comparison == "!=" && (first is not null || second is not null);
        }

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
                return first.IsString && Regex.IsMatch(first.Text, second.Text, RegexOptions.None, s_patternTimeout);
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
    public bool IsPath => path is not null;

    public AslValue? Evaluate(AslValue item, AslValue root)
    {
        if (path is null)
        {
            return literal;
        }

        try
        {
            return path.Evaluate(fromRoot ? root : item);
        }
        catch (PathNotFoundException)
        {
            // In a filter a missing value is not an error, it just does not match.
            return null;
        }
    }
}

/// <summary>Reads <c>(@.price &lt; 10 &amp;&amp; @.name == 'x')</c> with its parentheses.</summary>
internal sealed class FilterParser(string text, int start)
{
    private static readonly string[] s_comparisons = ["==", "!=", "<=", ">=", "=~", "<", ">", "nin", "in", "contains", "size", "empty"];

    public int Position { get; private set; } = start;

    public FilterExpression? Parse()
    {
        Skip();
        return Take("(") && Or() is { } filter && Take(")") ? filter : null;
    }

    private FilterExpression? Or()
    {
        var left = And();
        while (left is not null && Take("||"))
        {
            left = And() is { } right ? new FilterOr(left, right) : null;
        }

        return left;
    }

    private FilterExpression? And()
    {
        var left = Unary();
        while (left is not null && Take("&&"))
        {
            left = Unary() is { } right ? new FilterAnd(left, right) : null;
        }

        return left;
    }

    private FilterExpression? Unary()
    {
        if (Take("!"))
        {
            return Unary() is { } inner ? new FilterNot(inner) : null;
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
                return Operand() is { } right ? new FilterCompare(left, comparison, right) : null;
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
                var ignoreCase = Take("i");
                return new FilterOperand(AslValue.Of($"^(?:{(ignoreCase ? "(?i)" : "")}{pattern})$"), null, false);
            case '[':
                return List();
            default:
                return Word();
        }
    }

    private FilterOperand? List()
    {
        Position++;
        var items = new List<AslValue>();
        while (!Take("]"))
        {
            if (Operand()?.Evaluate(AslValue.Null, AslValue.Null) is not { } item)
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
            _ => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? AslValue.Parse(word) : null,
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

        return JsonPath.TryParse(text[start..Position]) is { } path ? new FilterOperand(null, path, fromRoot) : null;
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
