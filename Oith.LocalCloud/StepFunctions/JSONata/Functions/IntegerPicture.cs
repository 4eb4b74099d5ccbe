using System.Globalization;
using System.Text;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>How a whole number is written: <c>#,##0</c>, <c>001;o</c>, <c>I</c>, <c>Ww</c>, <c>a</c>.</summary>
internal sealed class IntegerPicture
{
    private static readonly int[] s_zeros =
    [
        0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040,
        0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    ];

    private readonly Primary _primary;
    private readonly LetterCase _case;
    private readonly bool _isOrdinal;
    private readonly int _zero = '0';
    private readonly List<(int Position, string Character)> _separators = [];

    private IntegerPicture(string primary, bool isOrdinal)
    {
        _isOrdinal = isOrdinal;
        (_primary, _case) = primary switch
        {
            "A" => (Primary.Letters, LetterCase.Upper),
            "a" => (Primary.Letters, LetterCase.Lower),
            "I" => (Primary.Roman, LetterCase.Upper),
            "i" => (Primary.Roman, LetterCase.Lower),
            "W" => (Primary.Words, LetterCase.Upper),
            "Ww" => (Primary.Words, LetterCase.Title),
            "w" => (Primary.Words, LetterCase.Lower),
            _ => (Primary.Decimal, LetterCase.Lower),
        };
        if (_primary == Primary.Decimal)
        {
            _zero = ReadDigits(primary);
            RegularGroup = FindRegularGroup();
        }
    }

    private enum Primary
    {
        Decimal,
        Letters,
        Roman,
        Words,
    }

    private enum LetterCase
    {
        Lower,
        Upper,
        Title,
    }

    public int MandatoryDigits { get; set; }

    public int OptionalDigits { get; private set; }

    /// <summary>The width of the groups when separators stand at equal distances; 0 otherwise.</summary>
    public int RegularGroup { get; }

    /// <summary>How many digits are read when another number follows at once; 0 for as many as there are.</summary>
    public int ParseWidth { get; set; }

    /// <summary>The separator of regular groups.</summary>
    public string? RegularSeparator => RegularGroup > 0 ? _separators[0].Character : null;

    /// <summary>A pattern of the texts that the picture reads.</summary>
    public string Pattern => _primary switch
    {
        Primary.Letters => _case == LetterCase.Upper ? "[A-Z]+" : "[a-z]+",
        Primary.Roman => _case == LetterCase.Upper ? "[MDCLXVI]+" : "[mdclxvi]+",
        Primary.Words => $"(?:{string.Join('|', NumberWords.Words)}|and|[\\-, ])+",
        _ => $"[0-9]{(ParseWidth > 0 ? $"{{{ParseWidth.ToString(CultureInfo.InvariantCulture)}}}" : "+")}{(_isOrdinal ? "(?:th|st|nd|rd)" : "")}",
    };

    public static IntegerPicture Parse(string picture)
    {
        var semicolon = picture.LastIndexOf(';');
        return semicolon < 0
            ? new IntegerPicture(picture, false)
            : new IntegerPicture(picture[..semicolon], semicolon + 1 < picture.Length && picture[semicolon + 1] == 'o');
    }

    public string Format(double value)
    {
        var magnitude = Math.Abs(value);
        var text = _primary switch
        {
            Primary.Letters => Letters(magnitude, _case == LetterCase.Upper ? 'A' : 'a'),
            Primary.Roman => Cased(NumberWords.Roman(Math.Min(magnitude, 100_000))),
            Primary.Words => Cased(NumberWords.Of(magnitude, _isOrdinal)),
            _ => Decimal(magnitude),
        };
        return value < 0 ? "-" + text : text;
    }

    /// <returns>Not a number when the text is none of this picture.</returns>
    public double ParseText(string text)
    {
        switch (_primary)
        {
            case Primary.Letters:
                var first = _case == LetterCase.Upper ? 'A' : 'a';
                return text.Aggregate(0.0, (sum, c) => (sum * 26) + (c - first + 1));
            case Primary.Roman:
                return NumberWords.ParseRoman(text);
            case Primary.Words:
                return NumberWords.Parse(text.ToLowerInvariant());
        }

        var digits = _isOrdinal ? text[..Math.Max(0, text.Length - 2)] : text;
        foreach (var separator in RegularGroup > 0 ? [","] : _separators.Select(one => one.Character))
        {
            digits = digits.Replace(separator, "", StringComparison.Ordinal);
        }

        digits = string.Concat(digits.Select(c => (char)(c - _zero + '0'))).TrimStart();
        var length = digits.AsSpan(digits.StartsWith('-') ? 1 : 0).IndexOfAnyExceptInRange('0', '9');
        var end = length < 0 ? digits.Length : length + (digits.StartsWith('-') ? 1 : 0);
        return double.TryParse(digits.AsSpan(0, end), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
    }

    private static string Letters(double value, char first)
    {
        var letters = new StringBuilder();
        for (; value > 0; value = Math.Floor((value - 1) / 26))
        {
            letters.Insert(0, (char)(((value - 1) % 26) + first));
        }

        return letters.ToString();
    }

    private string Cased(string text) => _case switch
    {
        LetterCase.Upper => text.ToUpperInvariant(),
        LetterCase.Lower => text.ToLowerInvariant(),
        _ => text,
    };

    /// <returns>The zero of the digits' family.</returns>
    private int ReadDigits(string picture)
    {
        var zero = -1;
        var position = 0;
        foreach (var rune in picture.EnumerateRunes().Reverse())
        {
            var family = Array.Find(s_zeros, start => rune.Value >= start && rune.Value <= start + 9);
            if (family != 0)
            {
                if (zero >= 0 && family != zero)
                {
                    throw new JsonataException("D3131");
                }

                zero = family;
                MandatoryDigits++;
                position++;
            }
            else if (rune.Value == '#')
            {
                OptionalDigits++;
                position++;
            }
            else
            {
                _separators.Add((position, rune.ToString()));
            }
        }

        return MandatoryDigits > 0 ? zero : throw new JsonataException("D3130") { Value = JsonataText.Quoted(picture) };
    }

    private int FindRegularGroup()
    {
        if (_separators.Count == 0 || _separators.Exists(separator => separator.Character != _separators[0].Character))
        {
            return 0;
        }

        var width = _separators.Select(separator => separator.Position).Aggregate(Divisor);
        for (var i = 1; i <= _separators.Count; i++)
        {
            if (!_separators.Exists(separator => separator.Position == i * width))
            {
                return 0;
            }
        }

        return width;
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);

    private string Decimal(double value)
    {
        var text = JavaScriptNumber.Text(value).PadLeft(Math.Clamp(MandatoryDigits, 0, 1000), '0');
        if (_zero != '0')
        {
            text = string.Concat(text.Select(c => char.ConvertFromUtf32(c + _zero - '0')));
        }

        if (RegularGroup > 0)
        {
            for (var position = text.Length - RegularGroup; position > 0; position -= RegularGroup)
            {
                text = text.Insert(position, _separators[0].Character);
            }
        }
        else
        {
            foreach (var (position, character) in Enumerable.Reverse(_separators))
            {
                text = text.Insert(Math.Max(0, text.Length - position), character);
            }
        }

        return _isOrdinal ? text + Suffix(text) : text;
    }

    private static string Suffix(string text) => text is [.., '1', _] ? "th" : text[^1] switch
    {
        '1' => "st",
        '2' => "nd",
        '3' => "rd",
        _ => "th",
    };
}
