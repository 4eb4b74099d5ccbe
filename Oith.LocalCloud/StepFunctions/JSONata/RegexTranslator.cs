using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>
/// Turns a JavaScript regular expression into one of .NET that means the same. It is matched in linear time where it looks
/// neither ahead nor behind nor back at a group; otherwise a match is limited in time.
/// </summary>
internal sealed class RegexTranslator
{
    private const string Digits = "0-9";
    private const string NotDigits = @"\0-/:-\uffff";
    private const string Word = "a-zA-Z0-9_";
    private const string NotWord = @"\0-/:-@\[-\^`{-\uffff";
    private const string Space = @"\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

    private const string NotSpace =
        @"\0-\u0008\u000e-\u001f!-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\uffff";

    private static readonly TimeSpan s_longestMatch = TimeSpan.FromSeconds(1);

    private readonly string _pattern;
    private readonly bool _isMultiline;
    private readonly StringBuilder _text = new();
    private readonly List<string> _names = [];
    private int _groups;
    private bool _needsBacktracking;

    private RegexTranslator(string pattern, bool isMultiline)
    {
        _pattern = pattern;
        _isMultiline = isMultiline;
        FindNames();
    }

    /// <exception cref="JsonataException">The pattern is not a regular expression.</exception>
    public static Regex Translate(string pattern, string flags, int position)
    {
        var translator = new RegexTranslator(pattern, flags.Contains('m'));
        translator.Run();
        var options = RegexOptions.CultureInvariant
            | (flags.Contains('i') ? RegexOptions.IgnoreCase : RegexOptions.None)
            | (flags.Contains('m') ? RegexOptions.Multiline : RegexOptions.None);
        try
        {
            return Create(translator._text.ToString(), options, translator._needsBacktracking);
        }
        catch (ArgumentException)
        {
            throw new JsonataException("S0303", position) { Token = pattern };
        }
    }

    private static Regex Create(string pattern, RegexOptions options, bool needsBacktracking)
    {
        if (!needsBacktracking)
        {
            try
            {
                return new Regex(pattern, options | RegexOptions.NonBacktracking, s_longestMatch);
            }
            catch (NotSupportedException)
            {
                // The automaton would be too large: the limit of time remains.
            }
        }

        return new Regex(pattern, options, s_longestMatch);
    }

    // .NET numbers named groups after the others, so that names become numbers here.
    private void FindNames()
    {
        var isInClass = false;
        for (var i = 0; i < _pattern.Length; i++)
        {
            switch (_pattern[i])
            {
                case '\\':
                    i++;
                    break;
                case '[':
                    isInClass = true;
                    break;
                case ']':
                    isInClass = false;
                    break;
                case '(' when !isInClass:
                    _names.Add(NameAt(i) ?? (At(i + 1) == '?' ? "?" : ""));
                    break;
            }
        }

        _names.RemoveAll(name => name == "?");
    }

    private char At(int index) => index < _pattern.Length ? _pattern[index] : '\0';

    /// <summary>The name of the group that opens at the index; null when it has none.</summary>
    private string? NameAt(int index)
    {
        if (At(index + 1) != '?' || At(index + 2) != '<' || At(index + 3) is '=' or '!')
        {
            return null;
        }

        var end = _pattern.IndexOf('>', index);
        return end < 0 ? null : _pattern[(index + 3)..end];
    }

    private void Run()
    {
        for (var i = 0; i < _pattern.Length; i++)
        {
            switch (_pattern[i])
            {
                case '\\':
                    i = Escape(i + 1);
                    break;
                case '[':
                    i = Class(i + 1);
                    break;
                case '(':
                    i = Open(i);
                    break;
                case '.':
                    _text.Append(@"[^\n\r\u2028\u2029]");
                    break;
                case '$':
                    _text.Append(_isMultiline ? "$" : @"\z");
                    break;
                case '#' or ' ':
                    _text.Append('\\').Append(_pattern[i]);
                    break;
                default:
                    _text.Append(_pattern[i]);
                    break;
            }
        }
    }

    private int Open(int index)
    {
        if (NameAt(index) is { } name)
        {
            _groups++;
            _text.Append('(');
            return index + 3 + name.Length;
        }

        _text.Append('(');
        if (At(index + 1) != '?')
        {
            _groups++;
        }
        else
        {
            _needsBacktracking |= At(index + 2) != ':';
        }

        return index;
    }

    private int Escape(int index)
    {
        var c = At(index);
        switch (c)
        {
            case 'd':
                _text.Append($"[{Digits}]");
                return index;
            case 'D':
                _text.Append($"[^{Digits}]");
                return index;
            case 'w':
                _text.Append($"[{Word}]");
                return index;
            case 'W':
                _text.Append($"[^{Word}]");
                return index;
            case 's':
                _text.Append($"[{Space}]");
                return index;
            case 'S':
                _text.Append($"[^{Space}]");
                return index;
            case 'b' or 'B':
                _text.Append('\\').Append(c);
                return index;
            case >= '1' and <= '9':
                return BackReference(index);
            case 'k' when At(index + 1) == '<' && _pattern.IndexOf('>', index) is var end and > 0 && _names.IndexOf(_pattern[(index + 2)..end]) is var number and >= 0:
                AppendReference(number + 1);
                return end;
            default:
                return Character(index);
        }
    }

    // \12 is the twelfth group when there are so many, else the character of that octal code.
    private int BackReference(int index)
    {
        var end = index;
        var number = 0;
        while (char.IsAsciiDigit(At(end)) && number < 1000)
        {
            number = (number * 10) + (At(end++) - '0');
        }

        if (number <= _names.Count)
        {
            AppendReference(number);
            return end - 1;
        }

        return Character(index);
    }

    private void AppendReference(int number)
    {
        _needsBacktracking = true;

        // A reference to a group that has not closed yet matches the empty string.
        _text.Append(number <= _groups ? $"(?:\\{number.ToString(CultureInfo.InvariantCulture)})" : "(?:)");
    }

    /// <summary>An escape that stands for one character, in a class or outside.</summary>
    private int Character(int index)
    {
        var c = At(index);
        switch (c)
        {
            case 'n' or 'r' or 't' or 'v' or 'f':
                _text.Append('\\').Append(c);
                return index;
            case '0':
                _text.Append(@"\u0000");
                return index;
            case 'x' when IsHex(index + 1, 2):
                _text.Append(@"\u00").Append(_pattern, index + 1, 2);
                return index + 2;
            case 'u' when IsHex(index + 1, 4):
                _text.Append(@"\u").Append(_pattern, index + 1, 4);
                return index + 4;
            case 'c' when char.IsAsciiLetter(At(index + 1)):
                _text.Append(@"\u00").Append((At(index + 1) % 32).ToString("x2", CultureInfo.InvariantCulture));
                return index + 1;
            default:
                // Every other character stands for itself; .NET has meanings for some letters that JavaScript has not.
                _text.Append(@"\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                return index;
        }
    }

    private bool IsHex(int index, int length)
    {
        for (var i = 0; i < length; i++)
        {
            if (!char.IsAsciiHexDigit(At(index + i)))
            {
                return false;
            }
        }

        return true;
    }

    private int Class(int index)
    {
        var isNegated = At(index) == '^';
        var start = isNegated ? index + 1 : index;
        if (At(start) == ']')
        {
            _text.Append(isNegated ? @"[\0-\uffff]" : @"[^\0-\uffff]");
            return start;
        }

        _text.Append(isNegated ? "[^" : "[");
        var i = start;
        for (; i < _pattern.Length && _pattern[i] != ']'; i++)
        {
            switch (_pattern[i])
            {
                case '\\':
                    i = ClassEscape(i + 1);
                    break;
                case '[':
                    _text.Append(@"\[");
                    break;
                case '^':
                    _text.Append(@"\^");
                    break;
                default:
                    _text.Append(_pattern[i]);
                    break;
            }
        }

        _text.Append(']');
        return i;
    }

    private int ClassEscape(int index)
    {
        var set = At(index) switch
        {
            'd' => Digits,
            'D' => NotDigits,
            'w' => Word,
            'W' => NotWord,
            's' => Space,
            'S' => NotSpace,
            'b' => @"\u0008",
            '-' => @"\-",
            _ => null,
        };
        if (set is null)
        {
            return Character(index);
        }

        _text.Append(set);
        return index;
    }
}
