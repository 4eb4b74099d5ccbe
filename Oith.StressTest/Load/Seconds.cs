using System.CommandLine.Parsing;
using System.Globalization;

namespace Oith.StressTest.Load;

/// <summary>A length of time on the command line: <c>60</c>, <c>60s</c>, <c>1.5m</c>, <c>2h</c>, <c>00:01:00</c>. Without a unit it is seconds.</summary>
internal static class Seconds
{
    /// <summary>Reads an option's value, which is more than 0.</summary>
    public static TimeSpan Parse(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (!TryParse(text, out var time))
        {
            result.AddError($"{(result.Parent as OptionResult)?.IdentifierToken?.Value} is '{text}'; it must be a number of seconds above 0, such as 60, 60s or 2m.");
        }

        return time;
    }

    internal static bool TryParse(string text, out TimeSpan time)
    {
        // As the help shows a default.
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out time) && time > TimeSpan.Zero;
        }

        var unit = text switch
        {
            [.., 's'] => TimeSpan.FromSeconds(1),
            [.., 'm'] => TimeSpan.FromMinutes(1),
            [.., 'h'] => TimeSpan.FromHours(1),
            _ => TimeSpan.Zero,
        };
        var number = unit == TimeSpan.Zero ? text : text[..^1];
        var isRead = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            && count > 0
            && count < TimeSpan.FromDays(1).TotalSeconds;
        time = isRead ? (unit == TimeSpan.Zero ? TimeSpan.FromSeconds(1) : unit) * count : TimeSpan.Zero;
        return isRead;
    }
}
