using System.Text;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata.Nodes;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>Functions of strings without patterns. Lengths and positions count code points.</summary>
internal static class StringFunctions
{
    public static IEnumerable<NativeFunction> All() =>
    [
        new("string", 1, "<x-b?:s>", 2, static (arguments, run) =>
            arguments[0] is { } value ? AslValue.Of(Text(value, run, arguments[1] is { Boolean: true })) : null),
        new("length", 1, "<s-:n>", 1, static (arguments, _) => arguments[0] is { } text ? AslValue.OfJavaScript(Length(text.Text)) : null),
        new("substring", 3, "<s-nn?:s>", 3, static (arguments, run) => arguments[0] is { } text
            ? run.Text(Substring(text.Text, arguments[1]?.Number ?? 0, arguments[2]?.Number)) : null),
        new("substringBefore", 2, "<s-s:s>", 2, static (arguments, run) => Part(arguments, run, isBefore: true)),
        new("substringAfter", 2, "<s-s:s>", 2, static (arguments, run) => Part(arguments, run, isBefore: false)),
        new("lowercase", 1, "<s-:s>", 1, static (arguments, run) => arguments[0] is { } text ? run.Text(text.Text.ToLowerInvariant()) : null),
        new("uppercase", 1, "<s-:s>", 1, static (arguments, run) => arguments[0] is { } text ? run.Text(Upper(text.Text)) : null),
        new("trim", 1, "<s-:s>", 1, static (arguments, run) => arguments[0] is { } text ? run.Text(Trim(text.Text)) : null),
        new("pad", 3, "<s-ns?:s>", 3, static (arguments, run) => arguments[0] is { } text
            ? AslValue.Of(Pad(text.Text, arguments[1]?.Number ?? 0, arguments[2]?.Text ?? "", run)) : null),
        new("join", 2, "<a<s>s?:s>", 2, static (arguments, run) => arguments[0] is { } texts ? Join(texts, arguments[1]?.Text ?? "", run) : null),
    ];

    /// <summary>The value as a string: JSON for arrays and objects; nothing and functions are the empty string.</summary>
    public static string Text(AslValue? value, JsonataRun run, bool isPretty = false)
    {
        switch (value?.Kind)
        {
            case null or AslKind.Function:
                return "";
            case AslKind.String:
                return value.Text;
            case AslKind.Number when !double.IsFinite(value.Number):
                throw new JsonataException("D3001") { Value = JsonataException.Shown(value) };
            default:
                var text = JsonataText.Json(value.WithoutWrapper()!, isPretty);
                run.ChargeText(text.Length);
                return text;
        }
    }

    public static int Length(string text)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i += IsPair(text, i) ? 2 : 1)
        {
            length++;
        }

        return length;
    }

    private static bool IsPair(string text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);

    private static string Substring(string text, double start, double? length)
    {
        var count = Length(text);
        start = count + start < 0 ? 0 : start;
        if (length is not { } wanted)
        {
            return Slice(text, count, start, count);
        }

        return wanted <= 0 ? "" : Slice(text, count, start, start >= 0 ? start + wanted : count + start + wanted);
    }

    /// <summary>From one code point to before another; negative ones count from the end, as JavaScript's slice does.</summary>
    private static string Slice(string text, int count, double start, double end)
    {
        var from = Position(start, count);
        var to = Position(end, count);
        if (count == text.Length)
        {
            return from < to ? text[from..to] : "";
        }

        var slice = new StringBuilder();
        var point = 0;
        for (var i = 0; i < text.Length && point < to; point++)
        {
            var width = IsPair(text, i) ? 2 : 1;
            if (point >= from)
            {
                slice.Append(text, i, width);
            }

            i += width;
        }

        return slice.ToString();
    }

    private static int Position(double value, int count)
    {
        var whole = double.IsNaN(value) ? 0 : Math.Truncate(value);
        return (int)(whole < 0 ? Math.Max(0, count + whole) : Math.Min(whole, count));
    }

    private static AslValue? Part(AslValue?[] arguments, JsonataRun run, bool isBefore)
    {
        if (arguments[0] is not { } text)
        {
            return null;
        }

        var separator = arguments[1]?.Text ?? "undefined";
        var at = text.Text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? text : run.Text(isBefore ? text.Text[..at] : text.Text[(at + separator.Length)..]);
    }

    // JavaScript writes one letter as two where Unicode says so.
    private static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal);

    private static string Trim(string text)
    {
        var trimmed = new StringBuilder(text.Length);
        var isInSpace = false;
        foreach (var c in text)
        {
            var isSpace = c is ' ' or '\t' or '\n' or '\r';
            if (!isSpace)
            {
                trimmed.Append(c);
            }
            else if (!isInSpace)
            {
                trimmed.Append(' ');
            }

            isInSpace = isSpace;
        }

        var start = trimmed.Length > 0 && trimmed[0] == ' ' ? 1 : 0;
        var end = trimmed.Length > start && trimmed[^1] == ' ' ? trimmed.Length - 1 : trimmed.Length;
        return trimmed.ToString(start, end - start);
    }

    private static string Pad(string text, double width, string filler, JsonataRun run)
    {
        filler = filler.Length == 0 ? " " : filler;
        var missing = Math.Abs(Math.Truncate(width)) - Length(text);
        if (!(missing > 0))
        {
            return text;
        }

        run.ChargeText((long)Math.Min(missing * 2, long.MaxValue / 2));
        var padding = new StringBuilder();
        var points = 0;
        for (var i = 0; points < missing; points++)
        {
            var pointWidth = IsPair(filler, i) ? 2 : 1;
            padding.Append(filler, i, pointWidth);
            i = i + pointWidth < filler.Length ? i + pointWidth : 0;
        }

        return width > 0 ? text + padding : padding + text;
    }

    private static AslValue Join(AslValue texts, string separator, JsonataRun run)
    {
        var joined = new StringBuilder();
        for (var i = 0; i < texts.Count; i++)
        {
            run.ChargeText(texts.Items[i].Text.Length + separator.Length);
            joined.Append(i == 0 ? "" : separator).Append(texts.Items[i].Text);
        }

        return AslValue.Of(joined.ToString());
    }
}
