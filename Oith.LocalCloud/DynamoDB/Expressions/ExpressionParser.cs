using System.Globalization;
using System.Text;

namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>What the parsers of all kinds of expressions share: the tokens, the placeholders, paths, the order of errors.</summary>
internal abstract class ExpressionParser
{
    /// <summary>The longest expression, in bytes.</summary>
    public const int MaximumLength = 4096;

    private readonly string _text;
    private readonly List<Token> _tokens;
    private readonly List<Placeholder> _names = [];
    private readonly List<Placeholder> _values = [];
    private int _position;
    private (ErrorKind Kind, string Message)? _error;

    /// <exception cref="ExpressionException">The text is empty, too long, or no expression.</exception>
    protected ExpressionParser(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new ExpressionException("The expression can not be empty;");
        }

        var length = Encoding.UTF8.GetByteCount(text);
        if (length > MaximumLength)
        {
            throw new ExpressionException($"Expression size has exceeded the maximum allowed size; expression size: {length}");
        }

        _text = text;
        _tokens = ExpressionLexer.Read(text);
    }

    /// <summary>Errors that are found in a well-formed expression; DynamoDB reports the first kind of several.</summary>
    protected enum ErrorKind
    {
        RedundantParentheses,
        UnknownFunction,
        MisusedFunction,
        ReservedWord,
        Section,
        Operands,
    }

    protected Token Current => _tokens[_position];

    protected Token Following => _tokens[Math.Min(_position + 1, _tokens.Count - 1)];

    protected IReadOnlyList<Placeholder> Names => _names;

    protected IReadOnlyList<Placeholder> Values => _values;

    protected Token Take() => _tokens[_position++];

    protected bool TakeSymbol(string symbol)
    {
        if (!Current.Is(symbol))
        {
            return false;
        }

        _position++;
        return true;
    }

    protected bool TakeKeyword(string keyword)
    {
        if (!Current.IsKeyword(keyword))
        {
            return false;
        }

        _position++;
        return true;
    }

    protected void Expect(string symbol)
    {
        if (!TakeSymbol(symbol))
        {
            throw SyntaxError();
        }
    }

    protected ExpressionException SyntaxError() => ExpressionLexer.Error(_text, _tokens, _position);

    /// <summary>Notes an error; a syntax error further on goes before it.</summary>
    protected void Note(ErrorKind kind, string message)
    {
        if (_error is null || kind < _error.Value.Kind)
        {
            _error = (kind, message);
        }
    }

    /// <summary>The expression is read to its end: raises what was noted.</summary>
    protected void Finish()
    {
        if (Current.Kind != TokenKind.End)
        {
            throw SyntaxError();
        }

        if (_error is { } error)
        {
            throw new ExpressionException(error.Message);
        }
    }

    // address.#line[0].text
    protected DocumentPath ParsePath()
    {
        var steps = new List<PathStep> { ParseName() };
        while (true)
        {
            if (TakeSymbol("."))
            {
                steps.Add(ParseName());
            }
            else if (Current.Is("["))
            {
                _position++;
                if (Current.Kind != TokenKind.Number || !int.TryParse(Current.Text, CultureInfo.InvariantCulture, out var index))
                {
                    throw SyntaxError();
                }

                _position++;
                Expect("]");
                steps.Add(new PathStep(null, -1, index));
            }
            else
            {
                return new DocumentPath([.. steps]);
            }
        }
    }

    protected ValueOperand ParseValuePlaceholder()
    {
        if (Current.Kind != TokenKind.ValuePlaceholder)
        {
            throw SyntaxError();
        }

        return new ValueOperand(PlaceholderOf(_values, Take().Text));
    }

    private PathStep ParseName()
    {
        switch (Current.Kind)
        {
            case TokenKind.NamePlaceholder:
                return new PathStep(null, PlaceholderOf(_names, Take().Text), -1);
            case TokenKind.Identifier:
                var name = Take().Text;
                if (ReservedWords.Contains(name))
                {
                    Note(ErrorKind.ReservedWord, $"Attribute name is a reserved keyword; reserved keyword: {name}");
                }

                return new PathStep(Encoding.UTF8.GetBytes(name), -1, -1);
            default:
                throw SyntaxError();
        }
    }

    private static int PlaceholderOf(List<Placeholder> placeholders, string text)
    {
        var index = placeholders.FindIndex(placeholder => placeholder.Text == text);
        if (index < 0)
        {
            index = placeholders.Count;
            placeholders.Add(new Placeholder(text, Encoding.UTF8.GetBytes(text)));
        }

        return index;
    }
}

/// <summary>Parses <c>email, address.city</c>.</summary>
internal sealed class ProjectionParser : ExpressionParser
{
    private ProjectionParser(string text)
        : base(text)
    {
    }

    public static ProjectionExpression Parse(string text)
    {
        var parser = new ProjectionParser(text);
        var paths = new List<DocumentPath>();
        do
        {
            paths.Add(parser.ParsePath());
        }
        while (parser.TakeSymbol(","));

        parser.Finish();
        return new ProjectionExpression { Paths = paths, Names = parser.Names, Values = parser.Values };
    }
}
