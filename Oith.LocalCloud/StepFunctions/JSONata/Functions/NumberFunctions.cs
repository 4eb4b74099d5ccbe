using System.Globalization;
using System.Numerics;
using System.Text;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary><c>$number $abs $floor $ceil $round $power $sqrt $formatBase $formatNumber $formatInteger $parseInteger</c>.</summary>
internal static class NumberFunctions
{
    public static IEnumerable<NativeFunction> All() =>
    [
        new("number", 1, "<(nsb)-:n>", 1, static (arguments, _) => arguments[0] is { } value ? ToNumber(value) : null),
        new("abs", 1, "<n-:n>", 1, static (arguments, _) => Map(arguments[0], Math.Abs)),
        new("floor", 1, "<n-:n>", 1, static (arguments, _) => Map(arguments[0], Math.Floor)),
        new("ceil", 1, "<n-:n>", 1, static (arguments, _) => Map(arguments[0], Math.Ceiling)),
        new("round", 2, "<n-n?:n>", 2, static (arguments, _) =>
            Map(arguments[0], number => JavaScriptNumber.Round(number, (int)Math.Clamp(arguments[1]?.Number ?? 0, -400, 400)))),
        new("power", 2, "<n-n:n>", 2, static (arguments, _) => Power(arguments[0], arguments[1])),
        new("sqrt", 1, "<n-:n>", 1, static (arguments, _) => arguments[0] is { Number: < 0 } negative
            ? throw new JsonataException("D3060") { Index = 1, Value = JsonataException.Shown(negative) }
            : Map(arguments[0], Math.Sqrt)),
        new("formatBase", 2, "<n-n?:s>", 2, static (arguments, _) => FormatBase(arguments[0], arguments[1])),
        new("formatNumber", 3, "<n-so?:s>", 3, static (arguments, run) =>
            arguments[0] is { } number ? run.Text(NumberPicture.Format(number.Number, arguments[1]?.Text ?? "", arguments[2])) : null),
        new("formatInteger", 2, "<n-s:s>", 2, static (arguments, run) =>
            arguments[0] is { } number ? run.Text(IntegerPicture.Parse(arguments[1]?.Text ?? "").Format(Math.Floor(number.Number))) : null),
        new("parseInteger", 2, "<s-s:n>", 2, static (arguments, _) => arguments[0] is { } text
            ? IntegerPicture.Parse(arguments[1]?.Text ?? "").ParseText(text.Text) is var number && double.IsNaN(number) ? null : AslValue.OfJavaScript(number)
            : null),
    ];

    private static AslValue? Map(AslValue? value, Func<double, double> map) => value is null ? null : AslValue.OfJavaScript(map(value.Number));

    private static AslValue? Power(AslValue? number, AslValue? exponent)
    {
        if (number is null)
        {
            return null;
        }

        var result = Math.Pow(number.Number, exponent?.Number ?? double.NaN);
        return double.IsFinite(result) ? AslValue.OfJavaScript(result) : throw new JsonataException("D3061")
        {
            Index = 1,
            Value = JsonataException.Shown(number),
            Value2 = JsonataException.Shown(exponent),
        };
    }

    private static AslValue ToNumber(AslValue value)
    {
        switch (value.Kind)
        {
            case AslKind.Number:
                return value;
            case AslKind.Boolean:
                return AslValue.OfJavaScript(value.Boolean ? 1 : 0);
            case AslKind.String when IsDecimal(value.Text):
                var number = double.Parse(value.Text, CultureInfo.InvariantCulture);
                if (double.IsFinite(number))
                {
                    return AslValue.OfJavaScript(number);
                }

                break;
            case AslKind.String when Prefixed(value.Text) is { } prefixed:
                return AslValue.OfJavaScript(prefixed);
        }

        throw new JsonataException("D3030") { Index = 1, Value = JsonataException.Shown(value) };
    }

    // -?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?
    private static bool IsDecimal(string text)
    {
        var at = text.StartsWith('-') ? 1 : 0;
        if (!Digits(text, ref at) || (at < text.Length && text[at] == '.' && !(++at > 0 && Digits(text, ref at))))
        {
            return false;
        }

        if (at < text.Length && text[at] is 'e' or 'E')
        {
            at++;
            at += at < text.Length && text[at] is '+' or '-' ? 1 : 0;
            return Digits(text, ref at) && at == text.Length;
        }

        return at == text.Length;
    }

    private static bool Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at > start;
    }

    // 0x1F, 0o17, 0b11
    private static double? Prefixed(string text)
    {
        if (text.Length < 3 || text[0] != '0')
        {
            return null;
        }

        var radix = char.ToLowerInvariant(text[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
        var number = 0.0;
        foreach (var c in text.AsSpan(2))
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : int.MaxValue;
            if (digit >= radix)
            {
                return null;
            }

            number = (number * radix) + digit;
        }

        return number;
    }

    private static AslValue? FormatBase(AslValue? value, AslValue? radix)
    {
        if (value is null)
        {
            return null;
        }

        var number = JavaScriptNumber.Round(value.Number, 0);
        var to = radix is null ? 10 : JavaScriptNumber.Round(radix.Number, 0);
        if (to is not (>= 2 and <= 36))
        {
            throw new JsonataException("D3100") { Value = JavaScriptNumber.Text(to) };
        }

        if (to.Equals(10) || !double.IsFinite(number))
        {
            return AslValue.Of(JavaScriptNumber.Text(number));
        }

        var digits = new StringBuilder();
        var left = BigInteger.Abs(new BigInteger(number));
        do
        {
            left = BigInteger.DivRem(left, (int)to, out var digit);
            digits.Insert(0, (char)(digit < 10 ? '0' + (int)digit : 'a' + (int)digit - 10));
        }
        while (!left.IsZero);
        return AslValue.Of(number < 0 ? "-" + digits : digits.ToString());
    }
}
