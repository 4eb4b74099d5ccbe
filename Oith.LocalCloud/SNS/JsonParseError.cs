using System.Globalization;
using System.Text.Json;

namespace Oith.LocalCloud.SNS;

/// <summary>Words a JSON syntax error as the parser that SNS uses words it.</summary>
internal static class JsonParseError
{
    /// <param name="text">What was parsed; one line.</param>
    public static string Explain(string text, JsonException error)
    {
        var position = (int)Math.Min(error.BytePositionInLine ?? 0, Math.Max(0, text.Length - 1));
        var length = text.Length;
        string what;
        if (position < length && text[..position].TrimEnd() is ['{'] or [.., ','] && text[position] != '"')
        {
            what = $"Unexpected character ('{text[position]}' (code {(int)text[position]})): was expecting double-quote to start field name";
        }
        else
        {
            var end = position;
            while (end < length && char.IsLetterOrDigit(text[end]))
            {
                end++;
            }

            what = end > position
                ? $"Unrecognized token '{text[position..end]}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
                : length == 0 || position >= length - 1
                    ? "Unexpected end-of-input"
                    : $"Unexpected character ('{text[position]}' (code {(int)text[position]}))";
            position = end;
        }

        var column = (position + 1).ToString(CultureInfo.InvariantCulture);
        return $"failed to parse JSON. {what}\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: {column}]";
    }
}
