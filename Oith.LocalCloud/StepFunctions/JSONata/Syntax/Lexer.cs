using System.Globalization;
using System.Text;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Syntax;

/// <summary>Splits an expression into tokens.</summary>
internal sealed class Lexer(string source)
{
    private const string WhiteSpace = " \t\n\r\v";
    private const string SingleOperators = ".[]{}(),@#;:?+-*/%|=<>^&!~";

    private static readonly string[] s_doubleOperators = ["..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??"];

    private int _position;

    private char Current => At(_position);

    /// <param name="isInfix">True after an operand, where a slash divides; elsewhere it begins a regular expression.</param>
    public Token Next(bool isInfix)
    {
        SkipSpaceAndComments();
        if (_position >= source.Length)
        {
            return new Token(TokenKind.End, "(end)", source.Length);
        }

        if (!isInfix && Current == '/')
        {
            _position++;
            return Regex();
        }

        foreach (var symbol in s_doubleOperators)
        {
            if (source.AsSpan(_position).StartsWith(symbol, StringComparison.Ordinal))
            {
                _position += 2;
                return new Token(TokenKind.Operator, symbol, _position);
            }
        }

        if (SingleOperators.Contains(Current))
        {
            return new Token(TokenKind.Operator, source[_position++].ToString(), _position);
        }

        return Current switch
        {
            '"' or '\'' => String(Current),
            '`' => QuotedName(),
            >= '0' and <= '9' => Number(),
            _ => Name(),
        };
    }

    private char At(int position) => position >= 0 && position < source.Length ? source[position] : '\0';

    private void SkipSpaceAndComments()
    {
        while (_position < source.Length)
        {
            if (WhiteSpace.Contains(source[_position]))
            {
                _position++;
            }
            else if (Current == '/' && At(_position + 1) == '*')
            {
                var end = source.IndexOf("*/", _position + 2, StringComparison.Ordinal);
                if (end < 0)
                {
                    throw new JsonataException("S0106", _position);
                }

                _position = end + 2;
            }
            else
            {
                return;
            }
        }
    }

    private Token String(char quote)
    {
        var text = new StringBuilder();
        for (_position++; _position < source.Length; _position++)
        {
            var c = Current;
            if (c == quote)
            {
                _position++;
                var value = text.ToString();
                return new Token(TokenKind.String, value, _position, AslValue.Of(value));
            }

            text.Append(c == '\\' ? Escape() : c);
        }

        throw new JsonataException("S0101", _position);
    }

    // The position is left on the last character of the escape.
    private char Escape()
    {
        _position++;
        switch (Current)
        {
            case '"' or '\\' or '/':
                return Current;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                var digits = source.AsSpan(Math.Min(_position + 1, source.Length), Math.Clamp(source.Length - _position - 1, 0, 4));
                if (digits.Length < 4 || !ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                {
                    throw new JsonataException("S0104", _position);
                }

                _position += 4;
                return (char)code;
            default:
                throw new JsonataException("S0103", _position) { Token = Current.ToString() };
        }
    }

    private Token QuotedName()
    {
        var end = source.IndexOf('`', _position + 1);
        if (end < 0)
        {
            throw new JsonataException("S0105", source.Length);
        }

        var name = source[(_position + 1)..end];
        _position = end + 1;
        return new Token(TokenKind.Name, name, _position);
    }

    private Token Number()
    {
        var end = _position + 1;
        if (source[_position] != '0')
        {
            end = SkipDigits(end);
        }

        if (At(end) == '.' && char.IsAsciiDigit(At(end + 1)))
        {
            end = SkipDigits(end + 1);
        }

        if (At(end) is 'e' or 'E')
        {
            var digits = At(end + 1) is '+' or '-' ? end + 2 : end + 1;
            end = char.IsAsciiDigit(At(digits)) ? SkipDigits(digits) : end;
        }

        var text = source[_position..end];
        var number = double.Parse(text, CultureInfo.InvariantCulture);
        if (!double.IsFinite(number))
        {
            throw new JsonataException("S0102", _position) { Token = text };
        }

        _position = end;
        return new Token(TokenKind.Number, text, _position, AslValue.OfJavaScript(number));
    }

    private int SkipDigits(int position)
    {
        while (char.IsAsciiDigit(At(position)))
        {
            position++;
        }

        return position;
    }

    private Token Name()
    {
        var start = _position;
        while (_position < source.Length && !WhiteSpace.Contains(source[_position]) && !SingleOperators.Contains(source[_position]))
        {
            _position++;
        }

        var name = source[start.._position];
        return name switch
        {
            "or" or "in" or "and" => new Token(TokenKind.Operator, name, _position),
            "true" => new Token(TokenKind.Value, name, _position, AslValue.True),
            "false" => new Token(TokenKind.Value, name, _position, AslValue.False),
            "null" => new Token(TokenKind.Value, name, _position, AslValue.Null),
            ['$', ..] => new Token(TokenKind.Variable, name[1..], _position),
            _ => new Token(TokenKind.Name, name, _position),
        };
    }

    private Token Regex()
    {
        var start = _position;
        var depth = 0;
        for (; _position < source.Length; _position++)
        {
            var isEscaped = IsEscaped();
            if (Current == '/' && depth == 0 && !isEscaped)
            {
                return EndRegex(start);
            }

            if (At(_position - 1) == '\\')
            {
                continue;
            }

            depth += Current switch
            {
                '(' or '[' or '{' => 1,
                ')' or ']' or '}' => -1,
                _ => 0,
            };
        }

        throw new JsonataException("S0302", _position);
    }

    private bool IsEscaped()
    {
        var backslashes = 0;
        while (At(_position - 1 - backslashes) == '\\')
        {
            backslashes++;
        }

        return backslashes % 2 == 1;
    }

    private Token EndRegex(int start)
    {
        var pattern = source[start.._position];
        if (pattern.Length == 0)
        {
            throw new JsonataException("S0301", _position);
        }

        var flags = ++_position;
        while (Current is 'i' or 'm')
        {
            _position++;
        }

        return new Token(TokenKind.Regex, pattern, _position, Flags: source[flags.._position]);
    }
}
