using System.Text.Json;

namespace Oith.LocalCloud.EventPatterns;

/// <summary>A JSON syntax error as the parser that SNS and EventBridge use words it.</summary>
internal static class JsonParseError
{
    /// <returns>The reason, and the place in the text that the parser had come to.</returns>
    public static (string Reason, TextPlace Place) Explain(string text, JsonException error)
    {
        var position = Math.Min(Start(text, (int)(error.LineNumber ?? 0)) + (int)(error.BytePositionInLine ?? 0), Math.Max(0, text.Length - 1));
        if (position < text.Length && text[..position].TrimEnd() is ['{'] or [.., ','] && text[position] != '"')
        {
            return ($"{Unexpected(text[position])}: was expecting double-quote to start field name", TextPlace.Of(text, position + 1));
        }

        // The reader stops inside of a word that begins like a literal.
        var start = position;
        while (start > 0 && start <= text.Length && char.IsLetterOrDigit(text[start - 1]))
        {
            start--;
        }

        var end = position;
        while (end < text.Length && char.IsLetterOrDigit(text[end]))
        {
            end++;
        }

        var reason = end > position
            ? $"Unrecognized token '{text[start..end]}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
            : position >= text.Length - 1 ? "Unexpected end-of-input"
            : Unexpected(text[position]);
        return (reason, TextPlace.Of(text, end));
    }

    private static string Unexpected(char character) => $"Unexpected character ('{character}' (code {(int)character}))";

    private static int Start(string text, int line)
    {
        var start = 0;
        for (; line > 0; line--)
        {
            start = text.IndexOf('\n', start) + 1;
        }

        return start;
    }
}

/// <summary>A place in a text as that parser counts: from one.</summary>
internal readonly record struct TextPlace(int Line, int Column)
{
    /// <param name="position">How many characters were read.</param>
    public static TextPlace Of(string text, int position)
    {
        var before = text.AsSpan(0, Math.Min(position, text.Length));
        return new TextPlace(before.Count('\n') + 1, before.Length - (before.LastIndexOf('\n') + 1) + 1);
    }

    public override string ToString() => $"line: {Line}, column: {Column}";
}
