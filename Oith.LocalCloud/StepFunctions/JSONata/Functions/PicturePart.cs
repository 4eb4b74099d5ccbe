using System.Globalization;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

internal enum NameCase
{
    Lower,
    Upper,
    Title,
}

/// <summary>A literal text of a date's picture, or a component with how it is written: <c>[FNn,3-3]</c>.</summary>
internal sealed class PicturePart
{
    private const string Numbers = "YMDdFWwXxHhmsf";

    private static readonly string[] s_days = ["", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    private static readonly string[] s_months =
        ["", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    private PicturePart()
    {
    }

    public string? Literal { get; private init; }

    public char Component { get; private init; }

    /// <summary>Set when the component is written as a name.</summary>
    public NameCase? Names { get; private init; }

    public IntegerPicture? Integer { get; private init; }

    public bool IsPaddedInteger { get; private init; }

    public int? MaximumWidth { get; private init; }

    /// <summary>How many digits of the year are written; 0 for all.</summary>
    public int YearDigits { get; private init; }

    /// <summary>UTC is written as Z.</summary>
    public bool IsTraditional { get; private init; }

    public static PicturePart OfLiteral(string text) => new() { Literal = text };

    public static PicturePart Parse(string marker)
    {
        var component = marker.Length > 0 ? marker[0] : '\0';
        var comma = marker.LastIndexOf(',');
        var (minimum, maximum) = comma < 0 ? (null, null) : Widths(marker[(comma + 1)..]);
        var modifier = marker.Length == 0 ? "" : comma < 0 ? marker[1..] : marker[1..Math.Max(1, comma)];
        var presentation = modifier.Length > 0 ? modifier : Default(component);
        var second = '\0';
        if (modifier.Length > 1 && "atco".Contains(modifier[^1]))
        {
            second = modifier[^1];
            presentation = modifier[..^1];
        }

        NameCase? names = presentation[0] == 'n' ? NameCase.Lower
            : presentation[0] != 'N' ? null
            : presentation.Length > 1 && presentation[1] == 'n' ? NameCase.Title : NameCase.Upper;
        var isNumber = names is null && Numbers.Contains(component);
        var integer = isNumber ? IntegerPicture.Parse(second == '\0' ? presentation : $"{presentation};{second}")
            : component is 'Z' or 'z' ? IntegerPicture.Parse(presentation)
            : null;
        if (isNumber && minimum > integer!.MandatoryDigits)
        {
            integer.MandatoryDigits = Math.Min(minimum.Value, 100);
        }

        var yearDigits = isNumber && component == 'Y' ? YearWidth(integer!, maximum) : 0;
        return new PicturePart
        {
            Component = component,
            Names = names,
            Integer = integer,
            IsPaddedInteger = isNumber,
            MaximumWidth = maximum,
            YearDigits = yearDigits,
            IsTraditional = second == 't',
        };
    }

    public static long Value(char component, CivilTime time) => component switch
    {
        'Y' => time.Year,
        'M' => time.Month + 1,
        'D' => time.Day,
        'd' => time.DayOfYear,
        'F' => time.DayOfWeek,
        'W' => time.WeekOfYear,
        'w' => time.WeekOfMonth,
        'X' => time.WeekYear,
        'x' => time.WeekMonth,
        'H' => time.Hour,
        'h' => time.Hour % 12 == 0 ? 12 : time.Hour % 12,
        'P' => time.Hour >= 12 ? 1 : 0,
        'm' => time.Minute,
        's' => time.Second,
        _ => time.Millisecond,
    };

    public string NameOf(int value) => Component switch
    {
        'M' or 'x' => s_months[value],
        'F' => s_days[value],
        _ => throw new JsonataException("D3133") { Value = JsonataText.Quoted(Component.ToString()) },
    };

    /// <summary>The number of a name; nothing when it is none, in which JavaScript tells cases apart.</summary>
    public double? NumberOf(string name)
    {
        if (Component == 'P')
        {
            return name switch { "am" or "AM" => 0, "pm" or "PM" => 1, _ => null };
        }

        var index = Array.FindIndex(
            Component == 'F' ? s_days : s_months,
            one => one.Length > 0 && (MaximumWidth is { } width and > 0 && one.Length > width ? one[..width] : one) == name);
        return index < 0 ? null : index;
    }

    private static string Default(char component) => component switch
    {
        'Y' or 'M' or 'D' or 'd' or 'W' or 'w' or 'X' or 'x' or 'H' or 'h' or 'f' => "1",
        'F' or 'P' or 'C' or 'E' => "n",
        'm' or 's' => "01",
        'Z' or 'z' => "01:01",
        _ => throw new JsonataException("D3132") { Value = JsonataText.Quoted(component == '\0' ? "" : component.ToString()) },
    };

    private static (int?, int?) Widths(string text)
    {
        var dash = text.IndexOf('-');
        return dash < 0 ? (Width(text), null) : (Width(text[..dash]), Width(text[(dash + 1)..]));
    }

    private static int? Width(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var width) ? width : null;

    private static int YearWidth(IntegerPicture integer, int? maximum)
    {
        if (maximum is { } width)
        {
            integer.MandatoryDigits = Math.Min(width, 100);
            return width;
        }

        var digits = integer.MandatoryDigits + integer.OptionalDigits;
        return digits >= 2 ? digits : 0;
    }
}
