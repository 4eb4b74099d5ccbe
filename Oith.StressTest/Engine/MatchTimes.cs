using System.Diagnostics;

namespace Oith.StressTest.Engine;

/// <summary>Percentiles in microseconds, and how many matches a second all threads made together.</summary>
internal readonly record struct MatchTimes(double P50Us, double P95Us, double P99Us, double PerSecond)
{
    /// <summary>Of the single times, in ticks of <see cref="Stopwatch"/>; they are sorted on the way.</summary>
    public static MatchTimes Of(List<long> ticks, double perSecond)
    {
        ticks.Sort();
        double Percentile(double share) =>
            Math.Round(ticks[Math.Min(ticks.Count - 1, (int)(share * ticks.Count))] * 1e6 / Stopwatch.Frequency, 2);
        return new MatchTimes(Percentile(0.5), Percentile(0.95), Percentile(0.99), Math.Round(perSecond));
    }

    /// <summary>The better of each: what else runs on the machine can only make a figure worse.</summary>
    public MatchTimes Best(MatchTimes other) => new(
        Math.Min(P50Us, other.P50Us), Math.Min(P95Us, other.P95Us), Math.Min(P99Us, other.P99Us), Math.Max(PerSecond, other.PerSecond));
}
