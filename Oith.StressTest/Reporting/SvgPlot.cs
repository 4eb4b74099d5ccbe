using System.Globalization;
using System.Net;
using System.Text;

namespace Oith.StressTest.Reporting;

/// <summary>A line plot as inline SVG. Colours are classes, so that the page's style decides about light and dark.</summary>
/// <param name="unit">After the numbers of the vertical axis: ms.</param>
/// <param name="isLogarithmic">True for a vertical axis by powers of ten.</param>
internal sealed class SvgPlot(double fromX, double toX, string unit, bool isLogarithmic = false)
{
    private const int Width = 900;
    private const int Height = 260;
    private const int Left = 84;
    private const int Right = 12;
    private const int Top = 12;
    private const int Bottom = 28;

    private readonly List<(string Name, string Class, IReadOnlyList<(double X, double Y)> Points)> _lines = [];
    private readonly List<(double From, double To, string Name)> _shades = [];
    private readonly List<(double X, string Text)> _ticks = [];

    public SvgPlot Line(string name, string cssClass, IEnumerable<(double X, double Y)> points)
    {
        _lines.Add((name, cssClass, [.. points]));
        return this;
    }

    /// <summary>A stretch of the horizontal axis to be seen at first sight.</summary>
    public SvgPlot Shade(double from, double to, string name)
    {
        _shades.Add((from, to, name));
        return this;
    }

    /// <summary>A mark of the horizontal axis; without any, seconds are marked.</summary>
    public SvgPlot Tick(double x, string text)
    {
        _ticks.Add((x, text));
        return this;
    }

    public string Render()
    {
        var points = _lines.SelectMany(line => line.Points).ToArray();
        var highest = points.Length == 0 ? 1 : Math.Max(points.Max(point => point.Y), isLogarithmic ? 1 : 0.001);
        var lowest = isLogarithmic ? Math.Max(0.01, points.Where(point => point.Y > 0).Select(point => point.Y).DefaultIfEmpty(0.1).Min()) : 0;
        var (bottom, top) = isLogarithmic
            ? (Math.Pow(10, Math.Floor(Math.Log10(lowest))), Math.Pow(10, Math.Ceiling(Math.Log10(highest) + 0.001)))
            : (0, RoundUp(highest));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">");
        foreach (var (from, to, name) in _shades)
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<rect class=\"shade\" x=\"{X(from):F1}\" y=\"{Top}\" width=\"{Math.Max(1, X(to) - X(from)):F1}\" height=\"{Height - Top - Bottom}\"><title>{WebUtility.HtmlEncode(name)}</title></rect>");
        }

        foreach (var value in isLogarithmic ? Decades(bottom, top) : Enumerable.Range(0, 5).Select(step => top * step / 4))
        {
            var y = Y(value, bottom, top);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\"/><text x=\"{Left - 6}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{value:#,0.###} {unit}</text>");
        }

        foreach (var (x, text) in _ticks.Count > 0 ? _ticks : Seconds())
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"{X(x):F1}\" x2=\"{X(x):F1}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/><text x=\"{X(x):F1}\" y=\"{Height - 8}\" text-anchor=\"middle\">{text}</text>");
        }

        foreach (var (name, cssClass, line) in _lines)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"{cssClass}\" points=\"");
            foreach (var (x, y) in line)
            {
                svg.Append(CultureInfo.InvariantCulture, $"{X(x):F1},{Y(y, bottom, top):F1} ");
            }

            svg.Append(CultureInfo.InvariantCulture, $"\"><title>{WebUtility.HtmlEncode(name)}</title></polyline>");
        }

        svg.Append("</svg><p class=\"legend\">");
        foreach (var (name, cssClass, _) in _lines)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<span class=\"{cssClass}\">{WebUtility.HtmlEncode(name)}</span> ");
        }

        return svg.Append("</p>").ToString();
    }

    private double X(double value) => Left + (Math.Clamp(value, fromX, toX) - fromX) / Math.Max(1e-9, toX - fromX) * (Width - Left - Right);

    private double Y(double value, double bottom, double top)
    {
        var share = isLogarithmic
            ? Math.Log10(Math.Clamp(value, bottom, top) / bottom) / Math.Log10(top / bottom)
            : value / top;
        return Height - Bottom - share * (Height - Top - Bottom);
    }

    private IEnumerable<(double X, string Text)> Seconds()
    {
        var step = RoundUp((toX - fromX) / 10);
        for (var x = Math.Ceiling(fromX / step) * step; x <= toX; x += step)
        {
            yield return (x, string.Create(CultureInfo.InvariantCulture, $"{x:0.##} s"));
        }
    }

    private static IEnumerable<double> Decades(double bottom, double top)
    {
        for (var value = bottom; value <= top * 1.001; value *= 10)
        {
            yield return value;
        }
    }

    /// <returns>1, 2, 4 or 8 times a power of ten.</returns>
    private static double RoundUp(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        foreach (var step in (ReadOnlySpan<double>)[1, 2, 4, 8])
        {
            if (value <= step * power)
            {
                return step * power;
            }
        }

        return 10 * power;
    }
}
