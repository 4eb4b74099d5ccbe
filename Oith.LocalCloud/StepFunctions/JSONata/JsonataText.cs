using System.Globalization;
using System.Text;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>Values as JSON text in JavaScript's spelling, as <c>$string</c> and the texts of errors show them.</summary>
internal static class JsonataText
{
    public static string Json(AslValue value, bool isPretty = false)
    {
        switch (value.Kind)
        {
            case AslKind.Number:
                return Number(value.Number);
            case AslKind.Boolean:
                return value.Text;
            case AslKind.Null:
                return "null";
        }

        var text = new StringBuilder();
        Append(text, value, isPretty ? 0 : -1);
        return text.ToString();
    }

    public static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length + 2);
        AppendQuoted(quoted, text);
        return quoted.ToString();
    }

    // Infinity and what is not a number become null, as in JSON.stringify.
    private static string Number(double value) => double.IsFinite(value) ? JavaScriptNumber.Text(JavaScriptNumber.ToPrecision15(value)) : "null";

    /// <param name="indent">How far the value is indented; -1 for compact text.</param>
    private static void Append(StringBuilder text, AslValue value, int indent)
    {
        switch (value.Kind)
        {
            case AslKind.Array:
                AppendArray(text, value, indent);
                break;
            case AslKind.Object:
                AppendObject(text, value, indent);
                break;
            case AslKind.String:
                AppendQuoted(text, value.Text);
                break;
            case AslKind.Number:
                text.Append(Number(value.Number));
                break;
            case AslKind.Function:
                text.Append("\"\"");
                break;
            default:
                text.Append(value.IsNull ? "null" : value.Text);
                break;
        }
    }

    private static void AppendArray(StringBuilder text, AslValue value, int indent)
    {
        text.Append('[');
        var inner = indent < 0 ? -1 : indent + 2;
        for (var i = 0; i < value.Count; i++)
        {
            text.Append(i == 0 ? "" : ",");
            NewLine(text, inner);
            Append(text, value.Items[i], inner);
        }

        if (value.Count > 0)
        {
            NewLine(text, indent);
        }

        text.Append(']');
    }

    private static void AppendObject(StringBuilder text, AslValue value, int indent)
    {
        text.Append('{');
        var inner = indent < 0 ? -1 : indent + 2;
        for (var i = 0; i < value.Count; i++)
        {
            text.Append(i == 0 ? "" : ",");
            NewLine(text, inner);
            AppendQuoted(text, value.Members[i].Key);
            text.Append(indent < 0 ? ":" : ": ");
            Append(text, value.Members[i].Value, inner);
        }

        if (value.Count > 0)
        {
            NewLine(text, indent);
        }

        text.Append('}');
    }

    private static void NewLine(StringBuilder text, int indent)
    {
        if (indent >= 0)
        {
            text.Append('\n').Append(' ', indent);
        }
    }

    private static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                text.Append(c).Append(value[++i]);
            }
            else if (char.IsSurrogate(c))
            {
                text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                AppendCharacter(text, c);
            }
        }

        text.Append('"');
    }

    private static void AppendCharacter(StringBuilder text, char c)
    {
        switch (c)
        {
            case '"' or '\\':
                text.Append('\\').Append(c);
                break;
            case '\n':
                text.Append("\\n");
                break;
            case '\r':
                text.Append("\\r");
                break;
            case '\t':
                text.Append("\\t");
                break;
            case '\b':
                text.Append("\\b");
                break;
            case '\f':
                text.Append("\\f");
                break;
            case < ' ':
                text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(c);
                break;
        }
    }
}
