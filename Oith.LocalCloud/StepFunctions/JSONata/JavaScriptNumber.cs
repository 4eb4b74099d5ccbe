using System.Globalization;
using System.Text;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>Numbers as JavaScript prints and reads them: <c>1</c>, <c>0.1</c>, <c>1e+21</c>, <c>1e-7</c>.</summary>
internal static class JavaScriptNumber
{
    /// <summary>Beyond it a double does not hold every whole number.</summary>
    private const double LargestExact = 9007199254740992;

    public static string Text(double value)
    {
        if (Math.Abs(value) < LargestExact && Math.Truncate(value).Equals(value))
        {
            return ((long)value).ToString(CultureInfo.InvariantCulture);
        }

        if (double.IsNaN(value))
        {
            return "NaN";
        }

        if (double.IsInfinity(value))
        {
            return value > 0 ? "Infinity" : "-Infinity";
        }

        var (digits, exponent) = Decompose(value);
        return (value < 0 ? "-" : "") + Layout(digits, exponent + 1);
    }

    /// <summary>The shortest digits that read back as the same double, and the power of ten of the first.</summary>
    public static (string Digits, int Exponent) Decompose(double value)
    {
        // 1.7976931348623157E+308
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        return (Digits(shortest), Exponent(shortest));
    }

    /// <summary>Rounds to 15 significant digits, as JSONata prints a number that is not whole.</summary>
    public static double ToPrecision15(double value) =>
        double.IsInteger(value) || !double.IsFinite(value)
            ? value
            : double.Parse(value.ToString("E14", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Rounds half to even at a count of decimals, by shifting the decimal exponent as JSONata does.</summary>
    public static double Round(double value, int precision)
    {
        var shifted = precision == 0 ? value : Shift(value, precision);

        // JavaScript rounds halves up; of two equally near numbers the even one is taken.
        var result = Math.Floor(shifted);
        if (shifted - result >= 0.5)
        {
            result++;
        }

        if (Math.Abs(result - shifted).Equals(0.5) && Math.Abs(result % 2).Equals(1))
        {
            result--;
        }

        result = precision == 0 ? result : Shift(result, -precision);
        return result == 0 ? 0 : result;
    }

    private static double Shift(double value, int precision)
    {
        var parts = Text(value).Split('e');
        var exponent = precision + (parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0);
        return double.Parse($"{parts[0]}e{exponent.ToString(CultureInfo.InvariantCulture)}", CultureInfo.InvariantCulture);
    }

    private static string Digits(string shortest)
    {
        var digits = new StringBuilder(shortest.Length);
        foreach (var c in shortest)
        {
            if (c == 'E')
            {
                break;
            }

            if (char.IsAsciiDigit(c))
            {
                digits.Append(c);
            }
        }

        var trimmed = digits.ToString().TrimStart('0').TrimEnd('0');
        return trimmed.Length == 0 ? "0" : trimmed;
    }

    /// <summary>The power of ten of the first digit that is not 0.</summary>
    private static int Exponent(string shortest)
    {
        var mark = shortest.IndexOf('E');
        if (mark >= 0)
        {
            return int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }

        var point = shortest.IndexOf('.');
        if (shortest[0] != '0')
        {
            return (point < 0 ? shortest.Length : point) - 1;
        }

        return point - shortest.AsSpan().IndexOfAnyExcept('0', '.');
    }

    /// <param name="point">Where the decimal point stands, counted from the first digit.</param>
    private static string Layout(string digits, int point)
    {
        if (point is > 0 and <= 21)
        {
            return point >= digits.Length
                ? digits.PadRight(point, '0')
                : string.Concat(digits.AsSpan(0, point), ".", digits.AsSpan(point));
        }

        if (point is > -6 and <= 0)
        {
            return "0." + new string('0', -point) + digits;
        }

        var exponent = point - 1;
        var sign = exponent < 0 ? "-" : "+";
        var mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits.AsSpan(1)}";
        return $"{mantissa}e{sign}{Math.Abs(exponent).ToString(CultureInfo.InvariantCulture)}";
    }
}
