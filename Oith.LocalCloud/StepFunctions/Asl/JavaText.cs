using System.Globalization;
using System.Text;
using Oith.LocalCloud.StepFunctions.JSONata;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>How Java, and so AWS, prints values where they become text: <c>{a=1, b=[x, y]}</c>, <c>1000.0</c>, <c>1.0E10</c>.</summary>
internal static class JavaText
{
    public static string Of(double value)
    {
        if (value == 0)
        {
            return double.IsNegative(value) ? "-0.0" : "0.0";
        }

        var magnitude = Math.Abs(value);
        if (magnitude is >= 1e-3 and < 1e7)
        {
            var plain = ((decimal)value).ToString(CultureInfo.InvariantCulture);
            var shortest = value.ToString("R", CultureInfo.InvariantCulture);
            var text = shortest.Contains('E') ? plain : shortest;
            return text.Contains('.') ? text : text + ".0";
        }

        var (digits, exponent) = JavaScriptNumber.Decompose(value);
        return $"{(value < 0 ? "-" : "")}{digits[0]}.{(digits.Length > 1 ? digits[1..] : "0")}E{exponent}";
    }

    public static string Of(AslValue value)
    {
        if (value.Kind is AslKind.String or AslKind.Number or AslKind.Boolean)
        {
            return value.Text;
        }

        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, AslValue value)
    {
        switch (value.Kind)
        {
            case AslKind.Array:
                text.Append('[');
                for (var i = 0; i < value.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    Append(text, value.Items[i]);
                }

                text.Append(']');
                break;
            case AslKind.Object:
                text.Append('{');
                for (var i = 0; i < value.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ").Append(value.Members[i].Key).Append('=');
                    Append(text, value.Members[i].Value);
                }

                text.Append('}');
                break;
            case AslKind.Null:
                text.Append("null");
                break;
            default:
                text.Append(value.Text);
                break;
        }
    }
}
