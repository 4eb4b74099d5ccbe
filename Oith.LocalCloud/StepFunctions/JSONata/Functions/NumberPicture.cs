using System.Globalization;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>
/// Formats a number by a picture of XPath: <c>#,##0.00;(#,##0.00)</c>, <c>0.0e0</c>, <c>01%</c>. A picture with two parts has
/// the second for negative numbers.
/// </summary>
internal sealed class NumberPicture
{
    private readonly PictureSymbols _symbols;
    private readonly SubPicture _picture;

    private NumberPicture(PictureSymbols symbols, SubPicture picture)
    {
        _symbols = symbols;
        _picture = picture;
    }

    public static string Format(double value, string picture, AslValue? options)
    {
        var symbols = new PictureSymbols(options);
        var parts = picture.Split(symbols.PatternSeparator);
        if (parts.Length > 2)
        {
            throw new JsonataException("D3080");
        }

        var pictures = Array.ConvertAll(parts, part => SubPicture.Parse(part, symbols));
        var isNegative = !(value >= 0);
        var chosen = isNegative && pictures.Length == 2 ? pictures[1] : pictures[0];
        var prefix = isNegative && pictures.Length == 1 ? symbols.MinusSign + chosen.Prefix : chosen.Prefix;
        return prefix + new NumberPicture(symbols, chosen).Body(value) + chosen.Suffix;
    }

    private string Body(double value)
    {
        var adjusted = _picture.Text.Contains(_symbols.Percent, StringComparison.Ordinal) ? value * 100
            : _picture.Text.Contains(_symbols.PerMille, StringComparison.Ordinal) ? value * 1000
            : value;
        if (_picture.MinimumExponent == 0)
        {
            return Mantissa(adjusted);
        }

        var exponent = 0;
        var largest = Math.Pow(10, _picture.ScalingFactor);
        var least = Math.Pow(10, _picture.ScalingFactor - 1);
        for (; adjusted != 0 && Math.Abs(adjusted) < least; exponent--)
        {
            adjusted *= 10;
        }

        for (; double.IsFinite(adjusted) && Math.Abs(adjusted) > largest; exponent++)
        {
            adjusted /= 10;
        }

        return Mantissa(adjusted) + _symbols.ExponentSeparator + (exponent < 0 ? _symbols.MinusSign : "")
            + Digits(exponent, 0).PadLeft(_picture.MinimumExponent, _symbols.Zero);
    }

    private string Mantissa(double value)
    {
        var rounded = JavaScriptNumber.Round(value, _picture.MaximumFraction);
        var text = Digits(rounded, _picture.MaximumFraction);
        var point = text.IndexOf('.');
        var whole = (point < 0 ? text : text[..point]).TrimStart(_symbols.Zero).PadLeft(_picture.MinimumInteger, _symbols.Zero);
        var fraction = (point < 0 ? "" : text[(point + 1)..]).TrimEnd(_symbols.Zero).PadRight(_picture.MinimumFraction, _symbols.Zero);
        whole = Grouped(whole);
        foreach (var position in _picture.FractionGroups)
        {
            fraction = position <= fraction.Length ? fraction.Insert(position, _symbols.GroupingSeparator) : fraction + _symbols.GroupingSeparator;
        }

        return fraction.Length == 0 || !_picture.Text.Contains(_symbols.DecimalSeparator, StringComparison.Ordinal)
            ? whole + fraction
            : whole + _symbols.DecimalSeparator + fraction;
    }

    private string Grouped(string whole)
    {
        if (_picture.RegularGroup > 0)
        {
            for (var position = whole.Length - _picture.RegularGroup; position > 0; position -= _picture.RegularGroup)
            {
                whole = whole.Insert(position, _symbols.GroupingSeparator);
            }

            return whole;
        }

        var length = whole.Length;
        foreach (var position in _picture.IntegerGroups)
        {
            // Counted from the right, as long as the number is wide enough.
            if (length - position > 0)
            {
                whole = whole.Insert(length - position, _symbols.GroupingSeparator);
                length++;
            }
        }

        return whole;
    }

    // JavaScript's toFixed, in the digits of the picture.
    private string Digits(double value, int decimals)
    {
        var magnitude = Math.Abs(value);
        var text = magnitude < 1e21
            ? magnitude.ToString("F" + Math.Min(decimals, 100).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : JavaScriptNumber.Text(magnitude);
        return _symbols.Zero == '0' ? text : string.Concat(text.Select(c => char.IsAsciiDigit(c) ? (char)(c - '0' + _symbols.Zero) : c));
    }
}

/// <summary>The characters with a meaning in a picture; options may replace them.</summary>
internal sealed class PictureSymbols(AslValue? options)
{
    public string DecimalSeparator { get; } = options?.Find("decimal-separator")?.Text ?? ".";

    public string GroupingSeparator { get; } = options?.Find("grouping-separator")?.Text ?? ",";

    public string ExponentSeparator { get; } = options?.Find("exponent-separator")?.Text ?? "e";

    public string MinusSign { get; } = options?.Find("minus-sign")?.Text ?? "-";

    public string Percent { get; } = options?.Find("percent")?.Text ?? "%";

    public string PerMille { get; } = options?.Find("per-mille")?.Text ?? "\u2030";

    public string Digit { get; } = options?.Find("digit")?.Text ?? "#";

    public string PatternSeparator { get; } = options?.Find("pattern-separator")?.Text ?? ";";

    public char Zero { get; } = options?.Find("zero-digit") is { Text.Length: > 0 } zero ? zero.Text[0] : '0';

    public bool IsDecimalDigit(char c) => c >= Zero && c < Zero + 10;

    /// <summary>A digit that is always shown, or one that is shown when it counts.</summary>
    public bool IsAnyDigit(char c) => IsDecimalDigit(c) || Is(c, Digit);

    public bool IsActive(char c) => IsAnyDigit(c) || Is(c, DecimalSeparator) || Is(c, ExponentSeparator) || Is(c, GroupingSeparator) || Is(c, PatternSeparator);

    public static bool Is(char c, string symbol) => symbol.Length == 1 && symbol[0] == c;
}
