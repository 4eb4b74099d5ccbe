using System.Globalization;
using System.Text.RegularExpressions;

namespace Oith.LocalCloud.CloudWatch.Metrics;

/// <summary>A statistic by its name: <c>Average</c>, <c>p95</c>, <c>p99.9</c>, <c>tm90</c>, <c>PR(:200)</c>, <c>TC(10:50)</c>…</summary>
internal static partial class MetricStatistic
{
    public static readonly string[] Simple = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

    /// <summary>Reads a statistic's name.</summary>
    /// <returns>The value of a set, null when it cannot be told; null itself when there is no such statistic.</returns>
    public static Func<StatisticSet, double?>? Parse(string name)
    {
        switch (name)
        {
            case "SampleCount":
                return set => set.SampleCount;
            case "Average":
                return set => set.Average;
            case "Sum":
                return set => set.Sum;
            case "Minimum":
                return set => set.Minimum;
            case "Maximum":
                return set => set.Maximum;
            case "IQM":
                return Trimmed("tm", 25, 75, byPercent: true);
        }

        if (Percentile().Match(name) is { Success: true } match)
        {
            var percent = Number(match.Groups["percent"]);
            return match.Groups["kind"].Value is "p" ? set => set.Percentile(percent) : Trimmed(match.Groups["kind"].Value, 0, percent, byPercent: true);
        }

        if (Range().Match(name) is { Success: true } range)
        {
            var byPercent = range.Groups["unit"].Success;
            var lower = range.Groups["lower"].Length > 0 ? Number(range.Groups["lower"]) : byPercent ? 0 : double.NegativeInfinity;
            var upper = range.Groups["upper"].Length > 0 ? Number(range.Groups["upper"]) : byPercent ? 100 : double.PositiveInfinity;
#pragma warning disable CA1308 // The kinds have two spellings, and the lower-case one is used inside.
            return Trimmed(range.Groups["kind"].Value.ToLowerInvariant(), lower, upper, byPercent);
#pragma warning restore CA1308
        }

        return null;
    }

    private static Func<StatisticSet, double?> Trimmed(string kind, double lower, double upper, bool byPercent) => set =>
    {
        var (from, to) = byPercent ? (set.Percentile(lower), set.Percentile(upper)) : (lower, upper);
        if (!set.HasValues || from is null || to is null)
        {
            return null;
        }

        var (count, sum) = set.Between(from.Value, to.Value);
        return kind switch
        {
            "tc" => count,
            "ts" => sum,
            "pr" => 100 * count / set.SampleCount,
            "wm" => (sum + from.Value * set.Between(double.NegativeInfinity, from.Value - double.Epsilon).Count + to.Value * (set.SampleCount - count)) / set.SampleCount,
            _ => count == 0 ? null : sum / count,
        };
    };

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<kind>p|tm|tc|ts|wm)(?<percent>100|\d{1,2}(\.\d{1,10})?)$")]
    private static partial Regex Percentile();

    [GeneratedRegex(@"^(?<kind>TM|TC|TS|WM|PR)\((?<lower>[\d.]*)(?<unit>%)?:(?<upper>[\d.]*)(?<unit>%)?\)$")]
    private static partial Regex Range();
}
