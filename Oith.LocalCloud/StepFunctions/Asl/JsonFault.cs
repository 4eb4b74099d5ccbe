using System.Globalization;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Tells what is wrong with a text that is not JSON, as Java's Jackson does for AWS.</summary>
internal static class JsonFault
{
    public static DefinitionFault Describe(string text)
    {
        var shown = text.Length > 500 ? $"{text[..500]}[truncated {(text.Length - 500).ToString(CultureInfo.InvariantCulture)} chars]" : text;
        var start = 0;
        while (start < text.Length && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        var end = start;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '$'))
        {
            end++;
        }

        if (end > start)
        {
            var place = Place(shown, text, end);
            return new DefinitionFault(
                "INVALID_JSON_DESCRIPTION",
                $"Unrecognized token '{text[start..end]}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at {place}",
                place);
        }

        // The exact token differs by fault; the line and column are where reading stopped.
        var (message, at) = Fault(text);
        var where = Place(shown, text, at);
        return new DefinitionFault("INVALID_JSON_DESCRIPTION", $"{message}\n at {where}", where);
    }

    private static (string Message, int At) Fault(string text)
    {
        try
        {
            AslValue.Parse(text);
            return ("Unexpected end-of-input", text.Length);
        }
        catch (System.Text.Json.JsonException error)
        {
            var line = (int)(error.LineNumber ?? 0);
            var column = (int)(error.BytePositionInLine ?? 0);
            var at = 0;
            for (var i = 0; i < line && at < text.Length; at++)
            {
                i += text[at] == '\n' ? 1 : 0;
            }

            at = Math.Min(at + column, text.Length);
            return at >= text.Length
                ? ("Unexpected end-of-input: expected close marker", text.Length)
                : ($"Unexpected character ('{text[at]}' (code {((int)text[at]).ToString(CultureInfo.InvariantCulture)}))", at + 1);
        }
    }

    private static string Place(string shown, string text, int at)
    {
        var line = 1;
        var column = 1;
        for (var i = 0; i < at; i++)
        {
            if (text[i] == '\n')
            {
                line++;
                column = 1;
            }
            else
            {
                column++;
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"[Source: (String)\"{shown}\"; line: {line}, column: {column}]");
    }
}
