using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventPatterns;

/// <summary>
/// A target's input template: text with placeholders, <c>{"user": &lt;$.body.userEmail&gt;, "text": "Hello &lt;$.body.name&gt;"}</c>.
/// Outside quotes a placeholder becomes JSON, inside quotes the bare text of the value.
/// </summary>
internal static class InputTemplate
{
    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="valueOf">The value of the placeholder between the angle brackets, null for none.</param>
    /// <param name="keepsQuotes">An object or list inside of quotes is written as it is, which ends the string that it stands in.</param>
    public static string Render(string template, Func<string, JsonNode?> valueOf, bool keepsQuotes = false)
    {
        var result = new StringBuilder(template.Length);
        var inQuotes = false;
        for (var index = 0; index < template.Length; index++)
        {
            var character = template[index];
            switch (character)
            {
                case '\\' when index + 1 < template.Length && template[index + 1] is '<' or '>':
                    result.Append(template[++index]);
                    break;
                case '\\' when inQuotes && index + 1 < template.Length:
                    result.Append(character).Append(template[++index]);
                    break;
                case '"':
                    inQuotes = !inQuotes;
                    result.Append(character);
                    break;
                case '<' when template.IndexOf('>', index) is > 0 and var end:
                    Append(result, valueOf(template[(index + 1)..end].Trim()), inQuotes, keepsQuotes);
                    index = end;
                    break;
                default:
                    result.Append(character);
                    break;
            }
        }

        return result.ToString();
    }

    /// <summary>The rendered template as the target gets it: as JSON where it is JSON, else as text.</summary>
    public static JsonNode? AsJson(string rendered)
    {
        try
        {
            return JsonInput.Parse(rendered);
        }
        catch (JsonException)
        {
            return JsonValue.Create(rendered);
        }
    }

    private static void Append(StringBuilder result, JsonNode? value, bool inQuotes, bool keepsQuotes)
    {
        var text = value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
        if (!inQuotes)
        {
            // A path that leads nowhere is an empty text.
            result.Append(value is null ? "\"\"" : value.ToJsonString(s_relaxed));
        }
        else if (keepsQuotes && value is JsonObject or JsonArray)
        {
            result.Append(value.ToJsonString(s_relaxed));
        }
        else if (value is not null)
        {
            // Quotes and line ends of the value must not end the string that it stands in.
            // An object or array stands in a string without its own quotes, as AWS writes it: {id:1,tags:[a,b]}.
            var escaped = JsonSerializer.Serialize(text ?? value.ToJsonString(s_relaxed).Replace("\"", "", StringComparison.Ordinal), s_relaxed);
            result.Append(escaped, 1, escaped.Length - 2);
        }
    }
}
