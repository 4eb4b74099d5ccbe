using System.Text;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Reads <c>States.Format('Hello {}', States.ArrayGetItem($.names, 0))</c>.</summary>
internal sealed class IntrinsicParser
{
    /// <summary>How many functions AWS lets stand inside each other.</summary>
    private const int MaximumDepth = 10;

    private readonly string _text;
    private int _at;
    private int _depth;

    private IntrinsicParser(string text) => _text = text;

    public static AslExpression? TryParse(string text)
    {
        var parser = new IntrinsicParser(text);
        var call = parser.Call();
        parser.Skip();
        return parser._at == text.Length ? call : null;
    }

    private IntrinsicCall? Call()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '.'))
        {
            _at++;
        }

        if (!IntrinsicFunction.All.TryGetValue(_text[start.._at], out var function) || !Take('('))
        {
            return null;
        }

        var arguments = new List<AslExpression>();
        if (!Take(')'))
        {
            do
            {
                if (Argument() is not { } argument)
                {
                    return null;
                }

                arguments.Add(argument);
            }
            while (Take(','));

            if (!Take(')'))
            {
                return null;
            }
        }

        return arguments.Count < function.MinimumArguments || arguments.Count > function.MaximumArguments
            ? null
            : new IntrinsicCall(_text[start.._at], function, [.. arguments]);
    }

    private AslExpression? Argument()
    {
        Skip();
        if (_at >= _text.Length)
        {
            return null;
        }

        return _text[_at] switch
        {
            '\'' => Literal(),
            '$' => Path(),
            'S' => InnerCall(),
            _ => Word(),
        };
    }

    private IntrinsicCall? InnerCall()
    {
        if (_depth == MaximumDepth - 1)
        {
            return null;
        }

        _depth++;
        var call = Call();
        _depth--;
        return call;
    }

    private LiteralExpression? Literal()
    {
        var start = ++_at;
        var value = new StringBuilder();
        while (_at < _text.Length && _text[_at] != '\'')
        {
            if (_text[_at] == '\\')
            {
                _at++;
                if (_at >= _text.Length || _text[_at] is not ('\'' or '{' or '}' or '\\'))
                {
                    return null;
                }
            }

            value.Append(_text[_at++]);
        }

        if (_at >= _text.Length)
        {
            return null;
        }

        return new LiteralExpression(_text[start.._at++], AslValue.Of(value.ToString()));
    }

    private PathExpression? Path()
    {
        var start = _at;
        var depth = 0;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c is '\'' or '"')
            {
                if (JsonPathParser.Quoted(_text, ref _at) is null)
                {
                    return null;
                }

                continue;
            }

            if (c is '[' or '(')
            {
                depth++;
            }
            else if (c is ']' or ')')
            {
                if (depth == 0)
                {
                    break;
                }

                depth--;
            }
            else if (depth == 0 && c is ',' or ' ')
            {
                break;
            }

            _at++;
        }

        return PathExpression.TryParse(_text[start.._at]);
    }

    private LiteralExpression? Word()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '-' or '+'))
        {
            _at++;
        }

        var word = _text[start.._at];
        var value = word switch
        {
            "true" => AslValue.True,
            "false" => AslValue.False,
            "null" => AslValue.Null,
            _ => AslValue.TryOfNumeral(word),
        };
        return value is null ? null : new LiteralExpression(word, value);
    }

    private bool Take(char c)
    {
        Skip();
        if (_at >= _text.Length || _text[_at] != c)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Skip()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }
}
