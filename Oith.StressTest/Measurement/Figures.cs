using HdrHistogram;
using Oith.StressTest.Load;

namespace Oith.StressTest.Measurement;

/// <summary>What a run measured.</summary>
/// <param name="Offered">Requests that were to be sent, those not sent included.</param>
/// <param name="Latency">Of all requests, in milliseconds.</param>
/// <param name="Timeline">Each second of the run, by the intended start of its requests.</param>
/// <param name="Matches">Matches that were searched for.</param>
/// <param name="ScannedMean">Candidates looked at for one of them, on average.</param>
/// <param name="RequestLatency">From asking for a match in the background until its answer was seen, in milliseconds.</param>
internal sealed record Figures(
    long Offered,
    long Errors,
    Percentiles Latency,
    IReadOnlyDictionary<Operation, OperationFigures> Operations,
    IReadOnlyList<PercentileStep> Distribution,
    IReadOnlyList<TimelineSecond> Timeline,
    long Matches,
    double ScannedMean,
    Percentiles Scanned,
    IReadOnlyList<PercentileStep> ScannedDistribution,
    Percentiles RequestLatency)
{
    /// <summary>0…1.</summary>
    public double ErrorRate => Offered == 0 ? 0 : (double)Errors / Offered;
}

/// <param name="Latency">Milliseconds.</param>
internal sealed record OperationFigures(long Count, IReadOnlyDictionary<Outcome, long> Outcomes, Percentiles Latency);

/// <param name="At">Seconds from the start of the run.</param>
internal sealed record TimelineSecond(int At, int Requests, int Errors, double P50, double P95, double P99, double Max);

/// <param name="Percentile">0…100.</param>
internal sealed record PercentileStep(double Percentile, double Value);

internal sealed record Percentiles(long Count, double P50, double P90, double P95, double P99, double P999, double Max, double Mean)
{
    /// <param name="scale">What the histogram counts, of what is reported: 1000 for microseconds as milliseconds.</param>
    public static Percentiles Of(HistogramBase histogram, double scale = 1000) => histogram.TotalCount == 0
        ? new Percentiles(0, 0, 0, 0, 0, 0, 0, 0)
        : new Percentiles(
            histogram.TotalCount,
            histogram.GetValueAtPercentile(50) / scale,
            histogram.GetValueAtPercentile(90) / scale,
            histogram.GetValueAtPercentile(95) / scale,
            histogram.GetValueAtPercentile(99) / scale,
            histogram.GetValueAtPercentile(99.9) / scale,
            histogram.GetMaxValue() / scale,
            histogram.GetMean() / scale);
}
