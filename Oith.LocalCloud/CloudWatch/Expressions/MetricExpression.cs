using System.Globalization;

namespace Oith.LocalCloud.CloudWatch.Expressions;

/// <summary>Parses metric math: <c>100 * SUM([hits1, hits2]) / SUM([hits1, hits2, misses1])</c>, <c>IF(m1 > 10, FILL(m2, 0), m1)</c>.</summary>
internal sealed class MetricExpression
{
    private const int MaximumLength = 2048;
    private const int MaximumDepth = 50;

    private static readonly string[] s_operators = ["<=", ">=", "==", "!=", "&&", "||", "+", "-", "*", "/", "^", "<", ">", "(", ")", "[", "]", ","];

    private readonly List<(string Text, char Kind)> _tokens;
    private readonly Wire.NestingLimit _nesting;
    private int _position;

    private MetricExpression(string text)
    {
        _tokens = Tokenize(text);
        _nesting = new Wire.NestingLimit(MaximumDepth, () => Invalid($"it is nested deeper than {MaximumDepth} levels"));
    }

    /// <exception cref="Wire.AwsServiceException">ValidationError naming what is wrong.</exception>
    public static ExpressionNode Parse(string text)
    {
        if (text.Length > MaximumLength)
        {
            throw Invalid($"it is longer than {MaximumLength} characters");
        }

        var parser = new MetricExpression(text);
        var node = parser.Or();
        return parser._position == parser._tokens.Count ? node : throw Invalid($"unexpected '{parser._tokens[parser._position].Text}' in '{text}'");
    }

    public static Wire.AwsServiceException Invalid(string reason) => CloudWatchErrors.Validation($"Error in expression: {reason}");

    private static List<(string Text, char Kind)> Tokenize(string text)
    {
        var tokens = new List<(string Text, char Kind)>();
        for (var index = 0; index < text.Length;)
        {
            var character = text[index];
            if (char.IsWhiteSpace(character))
            {
                index++;
            }
            else if (char.IsAsciiDigit(character) || character == '.')
            {
                var end = index;
                while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.' || (text[end] is 'e' or 'E' && end + 1 < text.Length && (char.IsAsciiDigit(text[end + 1]) || text[end + 1] == '-'))))
                {
                    end += text[end] is 'e' or 'E' ? 2 : 1;
                }

                tokens.Add((text[index..end], 'n'));
                index = end;
            }
            else if (char.IsAsciiLetter(character) || character == '_')
            {
                var end = index;
                while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
                {
                    end++;
                }

                tokens.Add((text[index..end], 'i'));
                index = end;
            }
            else if (character is '"' or '\'')
            {
                var end = text.IndexOf(character, index + 1);
                if (end < 0)
                {
                    throw Invalid("a text without its closing quote");
                }

                tokens.Add((text[(index + 1)..end], 's'));
                index = end + 1;
            }
            else
            {
                var found = Array.Find(s_operators, candidate => text.AsSpan(index).StartsWith(candidate)) ?? throw Invalid($"unexpected '{character}'");
                tokens.Add((found, 'o'));
                index += found.Length;
            }
        }

        return tokens;
    }

    private bool Take(params ReadOnlySpan<string> texts)
    {
        if (_position < _tokens.Count && _tokens[_position].Kind != 's' && texts.Contains(_tokens[_position].Text))
        {
            _position++;
            return true;
        }

        return false;
    }

    private void Expect(string text)
    {
        if (!Take(text))
        {
            throw Invalid($"'{text}' is missing" + (_position < _tokens.Count ? $" before '{_tokens[_position].Text}'" : " at the end"));
        }
    }

    private string Last => _tokens[_position - 1].Text;

    private ExpressionNode Or() => Binary(And, "OR", "||");

    private ExpressionNode And() => Binary(Comparison, "AND", "&&");

    private ExpressionNode Comparison() => Binary(Sum, "<", "<=", ">", ">=", "==", "!=");

    private ExpressionNode Sum() => Binary(Product, "+", "-");

    private ExpressionNode Product() => Binary(Power, "*", "/");

    private ExpressionNode Power() => Binary(Unary, "^");

    private ExpressionNode Binary(Func<ExpressionNode> operand, params ReadOnlySpan<string> operators)
    {
        var left = operand();
        while (Take(operators))
        {
            var name = Last switch
            {
                "AND" => "&&",
                "OR" => "||",
                var other => other,
            };
            left = new OperatorNode(name, left, operand());
        }

        return left;
    }

    private ExpressionNode Unary()
    {
        using var level = _nesting.Enter();
        if (Take("-"))
        {
            return new OperatorNode("-", new NumberNode(0), Power());
        }

        if (Take("("))
        {
            var inside = Or();
            Expect(")");
            return inside;
        }

        if (Take("["))
        {
            return new ArrayNode(Arguments("]"));
        }

        if (_position == _tokens.Count)
        {
            throw Invalid("it ends too early");
        }

        var (text, kind) = _tokens[_position++];
        return kind switch
        {
            'n' => new NumberNode(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Invalid($"'{text}' is no number")),
            's' => new TextNode(text),
            'i' when Take("(") => new FunctionNode(text, Arguments(")")),
            'i' when text is "REPEAT" or "LINEAR" => new TextNode(text),
            'i' => new MetricNode(text),
            _ => throw Invalid($"unexpected '{text}'"),
        };
    }

    private List<ExpressionNode> Arguments(string end)
    {
        var arguments = new List<ExpressionNode>();
        if (Take(end))
        {
            return arguments;
        }

        do
        {
            arguments.Add(Or());
        }
        while (Take(","));
        Expect(end);
        return arguments;
    }
}
