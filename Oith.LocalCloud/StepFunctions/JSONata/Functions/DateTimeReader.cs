using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

// Reading a text by a picture: the parts become a pattern, what they matched the components of a date.
internal sealed partial class DateTimePicture
{
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromSeconds(1);

    /// <returns>Milliseconds since 1970; null when the text does not match the picture.</returns>
    /// <exception cref="JsonataException">D3136: the picture leaves the date open.</exception>
    public double? Read(string text, JsonataRun run)
    {
        var pattern = new StringBuilder(@"\A");
        foreach (var part in _parts)
        {
            pattern.Append('(').Append(Pattern(part)).Append(')');
        }

        Match match;
        try
        {
            match = Regex.Match(text, pattern.Append(@"\z").ToString(), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, s_longestMatch);
        }
        catch (RegexMatchTimeoutException)
        {
            throw JsonataException.TooLong;
        }

        if (!match.Success)
        {
            return null;
        }

        var components = new Dictionary<char, double>();
        for (var i = 0; i < _parts.Count; i++)
        {
            if (_parts[i].Literal is null && Value(_parts[i], match.Groups[i + 1].Value) is { } value)
            {
                components[_parts[i].Component] = value;
            }
        }

        return components.Count == 0 ? null : Combine(components, CivilTime.Of(run.Now.ToUnixTimeMilliseconds()));
    }

    private static string Pattern(PicturePart part)
    {
        if (part.Literal is { } literal)
        {
            return Regex.Escape(literal);
        }

        switch (part.Component)
        {
            case 'Z' or 'z':
                var separator = part.Integer!.RegularSeparator;
                return (part.Component == 'z' ? "GMT" : "") + "[-+][0-9]+" + (separator is null ? "" : Regex.Escape(separator) + "[0-9]+");
            case 'f':
                return "[0-9]+";
            case 'M' or 'x' or 'F' or 'P' when part.Integer is null:
                return "[a-zA-Z]+";
            default:
                return part.Integer?.Pattern ?? throw new JsonataException("D3133") { Value = JsonataText.Quoted(part.Component.ToString()) };
        }
    }

    private static double? Value(PicturePart part, string text)
    {
        if (part.Component is 'Z' or 'z')
        {
            return ZoneMinutes(part.Component == 'z' ? text[3..] : text, part.Integer!.RegularSeparator);
        }

        if (part.Component == 'f')
        {
            return double.Parse("0." + text[..Math.Min(3, text.Length)], CultureInfo.InvariantCulture) * 1000;
        }

        return part.Integer is { } integer ? integer.ParseText(text) : part.NumberOf(text);
    }

    private static double ZoneMinutes(string text, string? separator)
    {
        var at = separator is null ? -1 : text.IndexOf(separator, StringComparison.Ordinal);
        var hours = at >= 0 ? text[..at] : text.Length <= 3 ? text : text[..3];
        var minutes = at >= 0 ? text[(at + separator!.Length)..] : text.Length <= 3 ? "0" : text[3..];
        return (double.Parse(hours, CultureInfo.InvariantCulture) * 60) + double.Parse(minutes, CultureInfo.InvariantCulture);
    }

    private static double Combine(Dictionary<char, double> components, CivilTime now)
    {
        // A component with the value 0 counts as absent here, as in the reference.
        bool Has(char component) => components.TryGetValue(component, out var value) && value != 0 && !double.IsNaN(value);
        bool IsWithin(string all, string allowed) => all.Any(c => allowed.Contains(c) && Has(c)) && !all.Any(c => !allowed.Contains(c) && Has(c));
        const string DateComponents = "YXMxWwdD";
        const string TimeComponents = "PHhmsf";
        var byDate = IsWithin(DateComponents, "YMD");
        var byDayOfYear = !byDate && IsWithin(DateComponents, "Yd");
        var byWeekOfMonth = IsWithin(DateComponents, "Xxw");
        var byWeek = !byWeekOfMonth && IsWithin(DateComponents, "XW");
        var byHour = IsWithin(TimeComponents, "Hmsf");
        var byHalfDay = !byHour && IsWithin(TimeComponents, "Phmsf");
        Complete(components, (byDayOfYear ? "YD" : byWeekOfMonth ? "XxwF" : byWeek ? "XWF" : "YMD") + (byHalfDay ? "Phmsf" : "Hmsf"), now);
        if (byWeekOfMonth || byWeek)
        {
            throw new JsonataException("D3136");
        }

        double Of(char component) => components.GetValueOrDefault(component);
        var hour = !byHalfDay ? Of('H') : (Of('h').Equals(12) ? 0 : Of('h')) + (Of('P').Equals(1) ? 12 : 0);
        var month = byDayOfYear ? 0 : Math.Max(0, Of('M') - 1);
        var day = byDayOfYear ? Of('d') : Of('D');
        var millis = CivilTime.Milliseconds(Of('Y'), month, day, hour, Of('m'), Of('s'), Math.Round(Of('f'), 6));
        return millis - ((Of('Z') != 0 ? Of('Z') : Of('z')) * 60_000);
    }

    // What comes before the first component given is taken from now, what comes after the last is the least; none may lack between.
    private static void Complete(Dictionary<char, double> components, string order, CivilTime now)
    {
        var isStarted = false;
        var isEnded = false;
        foreach (var component in order)
        {
            if (components.ContainsKey(component))
            {
                isStarted = true;
                if (isEnded)
                {
                    throw new JsonataException("D3136");
                }
            }
            else if (isStarted)
            {
                components[component] = component is 'M' or 'D' or 'd' ? 1 : 0;
                isEnded = true;
            }
            else
            {
                components[component] = PicturePart.Value(component, now);
            }
        }
    }
}
