using System.Runtime.CompilerServices;
using System.Text;

namespace Oith.LocalCloud.StepFunctions.JSONata.Syntax;

/// <summary>
/// Parses an expression by operator precedence: each token has a way to begin an operand and a way to continue one, and binds
/// to the left as strongly as the table says.
/// </summary>
internal sealed class Parser
{
    /// <summary>How deep an expression may nest; more would endanger the stack of the thread that evaluates it.</summary>
    private const int MaximumDepth = 1000;

    private static readonly Dictionary<string, int> s_bindingPowers = new(StringComparer.Ordinal)
    {
        ["."] = 75,
        ["["] = 80,
        ["{"] = 70,
        ["("] = 80,
        ["@"] = 80,
        ["#"] = 80,
        ["?"] = 20,
        ["+"] = 50,
        ["-"] = 50,
        ["*"] = 60,
        ["/"] = 60,
        ["%"] = 60,
        ["="] = 40,
        ["<"] = 40,
        [">"] = 40,
        ["^"] = 40,
        [":="] = 10,
        ["!="] = 40,
        ["<="] = 40,
        [">="] = 40,
        ["~>"] = 40,
        ["?:"] = 40,
        ["??"] = 40,
        ["and"] = 30,
        ["or"] = 25,
        ["in"] = 40,
        ["&"] = 50,
    };

    // Without a power: they end or separate, or only begin an operand.
    private static readonly HashSet<string> s_others =
        new(StringComparer.Ordinal) { "]", "}", ")", ",", ";", ":", "..", "|", "**" };

    private readonly Lexer _lexer;
    private Token _token;
    private int _depth;

    // The height of the highest tree that the expression being parsed contains so far.
    private int _height;

    private Parser(string source) => _lexer = new Lexer(source);

    /// <exception cref="JsonataException">The text is not an expression.</exception>
    public static SyntaxNode Parse(string source)
    {
        var parser = new Parser(source);
        parser.Advance(false);
        var tree = parser.Expression(0);
        return parser._token.Kind == TokenKind.End
            ? tree
            : throw new JsonataException("S0201", parser._token.Position) { Token = parser._token.Text };
    }

    private static int BindingPower(in Token token) =>
        token.Kind == TokenKind.Operator && s_bindingPowers.TryGetValue(token.Text, out var power) ? power : 0;

    private void Advance(bool isInfix)
    {
        _token = _lexer.Next(isInfix);
        if (_token.Kind == TokenKind.Operator && !s_bindingPowers.ContainsKey(_token.Text) && !s_others.Contains(_token.Text))
        {
            throw new JsonataException("S0204", _token.Position) { Token = _token.Text };
        }
    }

    private void Expect(string symbol, bool isInfix = false)
    {
        if (!_token.Is(symbol))
        {
            throw new JsonataException(_token.Kind == TokenKind.End ? "S0203" : "S0202", _token.Position)
            {
                Token = _token.Text,
                Value = JsonataText.Quoted(symbol),
            };
        }

        Advance(isInfix);
    }

    private SyntaxNode Expression(int power)
    {
        if (++_depth > MaximumDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw JsonataException.TooDeep;
        }

        var outer = _height;
        _height = 0;
        var token = _token;
        Advance(true);
        var left = Begin(token);
        while (power < BindingPower(_token))
        {
            // A chain of operators nests to the left, so it is as high as it is long.
            if (++_height > MaximumDepth)
            {
                throw JsonataException.TooDeep;
            }

            token = _token;
            Advance(false);
            left = Continue(left, token);
        }

        _height = Math.Max(outer, _height + 1);
        _depth--;
        return left;
    }

    private SyntaxNode Begin(in Token token) => token.Kind switch
    {
        TokenKind.Name => new SyntaxNode(SyntaxKind.Name, token.Text, token.Position),
        TokenKind.Variable => new SyntaxNode(SyntaxKind.Variable, token.Text, token.Position),
        TokenKind.String => new SyntaxNode(SyntaxKind.String, token.Text, token.Position) { Literal = token.Literal },
        TokenKind.Number => new SyntaxNode(SyntaxKind.Number, token.Text, token.Position) { Literal = token.Literal },
        TokenKind.Value => new SyntaxNode(SyntaxKind.Value, token.Text, token.Position) { Literal = token.Literal },
        TokenKind.Regex => new SyntaxNode(SyntaxKind.Regex, token.Text, token.Position) { Flags = token.Flags },
        TokenKind.End => new SyntaxNode(SyntaxKind.End, token.Text, token.Position),
        _ => BeginOperator(token),
    };

    private SyntaxNode BeginOperator(in Token token) => token.Text switch
    {
        "and" or "or" or "in" => new SyntaxNode(SyntaxKind.Operator, token.Text, token.Position),
        "-" => new SyntaxNode(SyntaxKind.Unary, "-", token.Position) { Left = Expression(70) },
        "*" => new SyntaxNode(SyntaxKind.Wildcard, "*", token.Position),
        "**" => new SyntaxNode(SyntaxKind.Descendant, "**", token.Position),
        "%" => new SyntaxNode(SyntaxKind.Parent, "%", token.Position),
        "(" => Block(token),
        "[" => Array(token),
        "{" => new SyntaxNode(SyntaxKind.Unary, "{", token.Position) { Pairs = Pairs() },
        "|" => Transform(token),
        _ => throw new JsonataException("S0211", token.Position) { Token = token.Text },
    };

    private SyntaxNode Continue(SyntaxNode left, in Token token) => token.Text switch
    {
        "(" => Call(left, token),
        "[" => Predicate(left, token),
        "{" => new SyntaxNode(SyntaxKind.Binary, "{", token.Position) { Left = left, Pairs = Pairs() },
        "^" => OrderBy(left, token),
        ":=" => left.Kind == SyntaxKind.Variable
            ? Binary(left, token, BindingPower(token) - 1)
            : throw new JsonataException("S0212", left.Position) { Token = left.Text },
        "@" or "#" => Binding(left, token),
        "?" => Conditional(left, token),
        "?:" => Choice(left.Copy(), left, token),
        "??" => Choice(Exists(left), left, token),
        _ => Binary(left, token, BindingPower(token)),
    };

    private SyntaxNode Binary(SyntaxNode left, in Token token, int power) =>
        new(SyntaxKind.Binary, token.Text, token.Position) { Left = left, Right = Expression(power) };

    private SyntaxNode Binding(SyntaxNode left, in Token token)
    {
        var node = Binary(left, token, BindingPower(token));
        return node.Right!.Kind == SyntaxKind.Variable
            ? node
            : throw new JsonataException("S0214", node.Right.Position) { Token = token.Text };
    }

    private SyntaxNode Conditional(SyntaxNode left, in Token token)
    {
        var node = new SyntaxNode(SyntaxKind.Condition, "?", token.Position) { Left = left, Right = Expression(0) };
        if (_token.Is(":"))
        {
            Expect(":");
            node.Third = Expression(0);
        }

        return node;
    }

    private SyntaxNode Choice(SyntaxNode condition, SyntaxNode left, in Token token) =>
        new(SyntaxKind.Condition, token.Text, token.Position) { Left = condition, Right = left, Third = Expression(0) };

    private static SyntaxNode Exists(SyntaxNode left) => new(SyntaxKind.Function, "(", left.Position)
    {
        Left = new SyntaxNode(SyntaxKind.Variable, "exists", left.Position),
        Children = [left.Copy()],
    };

    private SyntaxNode Block(in Token token)
    {
        var node = new SyntaxNode(SyntaxKind.Block, "(", token.Position);
        while (!_token.Is(")"))
        {
            node.Children.Add(Expression(0));
            if (!_token.Is(";"))
            {
                break;
            }

            Expect(";");
        }

        Expect(")", isInfix: true);
        return node;
    }

    private SyntaxNode Array(in Token token)
    {
        var node = new SyntaxNode(SyntaxKind.Unary, "[", token.Position);
        if (!_token.Is("]"))
        {
            while (true)
            {
                var item = Expression(0);
                if (_token.Is(".."))
                {
                    var position = _token.Position;
                    Expect("..");
                    item = new SyntaxNode(SyntaxKind.Binary, "..", position) { Left = item, Right = Expression(0) };
                }

                node.Children.Add(item);
                if (!_token.Is(","))
                {
                    break;
                }

                Expect(",");
            }
        }

        Expect("]", isInfix: true);
        return node;
    }

    private List<(SyntaxNode Key, SyntaxNode Value)> Pairs()
    {
        var pairs = new List<(SyntaxNode, SyntaxNode)>();
        if (!_token.Is("}"))
        {
            while (true)
            {
                var key = Expression(0);
                Expect(":");
                pairs.Add((key, Expression(0)));
                if (!_token.Is(","))
                {
                    break;
                }

                Expect(",");
            }
        }

        Expect("}", isInfix: true);
        return pairs;
    }

    private SyntaxNode Predicate(SyntaxNode left, in Token token)
    {
        if (_token.Is("]"))
        {
            var step = left;
            while (step is { Kind: SyntaxKind.Binary, Text: "[" })
            {
                step = step.Left!;
            }

            step.KeepsArray = true;
            // As in the reference, a slash that follows begins a regular expression: a[] / 2 is none, (a[]) / 2 is a division.
            Expect("]");
            return left;
        }

        var node = new SyntaxNode(SyntaxKind.Binary, "[", token.Position) { Left = left, Right = Expression(0) };
        Expect("]", isInfix: true);
        return node;
    }

    private SyntaxNode OrderBy(SyntaxNode left, in Token token)
    {
        Expect("(");
        var terms = new List<SortTerm>();
        while (true)
        {
            var isDescending = _token.Is(">");
            if (isDescending || _token.Is("<"))
            {
                Advance(false);
            }

            terms.Add(new SortTerm(Expression(0), isDescending));
            if (!_token.Is(","))
            {
                break;
            }

            Expect(",");
        }

        // See Predicate: no division follows without parentheses.
        Expect(")");
        return new SyntaxNode(SyntaxKind.Binary, "^", token.Position) { Left = left, Terms = terms };
    }

    private SyntaxNode Transform(in Token token)
    {
        var node = new SyntaxNode(SyntaxKind.Transform, "|", token.Position) { Left = Expression(0) };
        Expect("|");
        node.Right = Expression(0);
        if (_token.Is(","))
        {
            Expect(",");
            node.Third = Expression(0);
        }

        Expect("|", isInfix: true);
        return node;
    }

    private SyntaxNode Call(SyntaxNode left, in Token token)
    {
        var node = new SyntaxNode(SyntaxKind.Function, "(", token.Position) { Left = left };
        if (!_token.Is(")"))
        {
            while (true)
            {
                if (_token.Is("?"))
                {
                    node.Kind = SyntaxKind.Partial;
                    node.Children.Add(new SyntaxNode(SyntaxKind.Operator, "?", _token.Position));
                    Expect("?");
                }
                else
                {
                    node.Children.Add(Expression(0));
                }

                if (!_token.Is(","))
                {
                    break;
                }

                Expect(",");
            }
        }

        Expect(")", isInfix: true);
        return left is { Kind: SyntaxKind.Name, Text: "function" or "λ" } ? Lambda(node) : node;
    }

    private SyntaxNode Lambda(SyntaxNode node)
    {
        for (var i = 0; i < node.Children.Count; i++)
        {
            if (node.Children[i].Kind != SyntaxKind.Variable)
            {
                throw new JsonataException("S0208", node.Children[i].Position)
                {
                    Token = node.Children[i].Text,
                    Value = (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
                };
            }
        }

        node.Kind = SyntaxKind.Lambda;
        node.Left = null;
        if (_token.Is("<"))
        {
            node.Signature = ReadSignature();
        }

        Expect("{");
        node.Right = Expression(0);
        Expect("}", isInfix: true);
        return node;
    }

    // <s-:n>: the tokens up to the bracket that closes it, put together again.
    private Signature ReadSignature()
    {
        var position = _token.Position;
        var text = new StringBuilder("<");
        var depth = 1;
        while (depth > 0 && !_token.Is("{") && _token.Kind != TokenKind.End)
        {
            Advance(false);
            depth += _token.Is(">") ? -1 : _token.Is("<") ? 1 : 0;
            text.Append(_token.Text);
        }

        Expect(">");
        return Signature.Parse(text.ToString(), position);
    }
}
