using System.Globalization;
using System.Text.RegularExpressions;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary><c>$now $millis $toMillis $fromMillis</c>.</summary>
internal static partial class DateTimeFunctions
{
    private const string IsoPicture = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";

    public static IEnumerable<NativeFunction> All() =>
    [
        new("now", 2, "<s?s?:s>", 2, static (arguments, run) => run.Text(Format(Milliseconds(run), arguments[0], arguments[1]))),
        new("millis", 0, "<:n>", 0, static (_, run) => AslValue.OfJavaScript(Milliseconds(run))),
        new("fromMillis", 3, "<n-s?s?:s>", 3, static (arguments, run) =>
            arguments[0] is { } millis ? run.Text(Format(millis.Number, arguments[1], arguments[2])) : null),
        new("toMillis", 2, "<s-s?:n>", 2, static (arguments, run) => arguments[0] is { } text ? ToMillis(text.Text, arguments[1], run) : null),
    ];

    private static double Milliseconds(JsonataRun run) => run.Now.ToUnixTimeMilliseconds();

    private static string Format(double millis, AslValue? picture, AslValue? zone)
    {
        if (!(Math.Abs(millis) <= 8.64e15))
        {
            throw new JsonataException("D3110", "The argument of the fromMillis function is out of the range of dates") { Index = 1 };
        }

        return DateTimePicture.Parse(picture?.Text ?? IsoPicture).Format(millis, ZoneMinutes(zone?.Text));
    }

    // +0100, -0530: what parseInt makes of it.
    private static (int Hours, int Minutes) ZoneMinutes(string? zone)
    {
        if (zone is null)
        {
            return (0, 0);
        }

        var match = LeadingInteger().Match(zone);
        var offset = match.Success && int.TryParse(match.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : throw new JsonataException("D3110", $"The timezone {JsonataText.Quoted(zone)} is not an offset such as +0100");
        return ((int)Math.Floor(offset / 100.0), offset % 100);
    }

    private static AslValue? ToMillis(string text, AslValue? picture, JsonataRun run)
    {
        if (picture is not null)
        {
            return DateTimePicture.Parse(picture.Text).Read(text, run) is { } millis ? AslValue.OfJavaScript(millis) : null;
        }

        var match = Iso8601().Match(text);
        if (!match.Success)
        {
            throw new JsonataException("D3110") { Value = JsonataText.Quoted(text) };
        }

        int Part(string name, int byDefault) =>
            match.Groups[name].Success ? int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture) : byDefault;
        var fraction = match.Groups["f"].Success
            ? Math.Floor(double.Parse("0." + match.Groups["f"].Value, CultureInfo.InvariantCulture) * 1000 + 1e-9)
            : 0;
        var (month, day, hour) = (Part("M", 1), Part("D", 1), Part("h", 0));
        if (month is < 1 or > 12 || day < 1 || day > 31 || hour > 24)
        {
            throw new JsonataException("D3110") { Value = JsonataText.Quoted(text) };
        }

        var time = CivilTime.Milliseconds(Part("Y", 1970), month - 1, day, hour, Part("m", 0), Part("s", 0), fraction);
        var offset = (Part("zh", 0) * 60) + Part("zm", 0);
        return AslValue.OfJavaScript(time - ((match.Groups["sign"].Value == "-" ? -offset : offset) * 60_000.0));
    }

    [GeneratedRegex(@"^\s*[+-]?[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex LeadingInteger();

    [GeneratedRegex(
        @"\A(?<Y>[0-9]{4})(-(?<M>[01][0-9]))?(-(?<D>[0-3][0-9]))?(T(?<h>[0-2][0-9]):(?<m>[0-5][0-9]):(?<s>[0-5][0-9]))?(\.(?<f>[0-9]+))?"
        + @"((?<sign>[+-])(?<zh>[0-2][0-9]):?(?<zm>[0-5][0-9])|Z)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Iso8601();
}
