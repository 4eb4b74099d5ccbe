using System.Globalization;
using System.Net;
using System.Text;

namespace Oith.StressTest.Reporting;

/// <summary>Stretches of time as inline SVG, a row for each.</summary>
internal static class SvgStrips
{
    private const int Width = 900;
    private const int Row = 22;

    public static string Render(double from, double to, IEnumerable<(string Name, double From, double To)> strips)
    {
        var rows = strips.ToArray();
        var scale = Width / Math.Max(1e-9, to - from);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {rows.Length * Row}\" role=\"img\">");
        for (var at = 0; at < rows.Length; at++)
        {
            var x = (Math.Max(from, rows[at].From) - from) * scale;
            var width = Math.Max(2, (Math.Min(to, rows[at].To) - from) * scale - x);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"0\" x2=\"{Width}\" y1=\"{(at + 1) * Row - 2}\" y2=\"{(at + 1) * Row - 2}\"/><rect class=\"strip\" x=\"{x:F1}\" y=\"{at * Row + 15}\" width=\"{width:F1}\" height=\"4\"/><text class=\"name\" x=\"0\" y=\"{at * Row + 12}\">{WebUtility.HtmlEncode(rows[at].Name)}</text>");
        }

        return svg.Append("</svg>").ToString();
    }
}
