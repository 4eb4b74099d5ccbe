using System.Globalization;
using Oith.StressTest.Faults;
using Oith.StressTest.Invariants;
using Oith.StressTest.Measurement;

namespace Oith.StressTest.Reporting;

/// <param name="Prototype">What the Node.js prototype's stress test published; empty where it has no such figure.</param>
/// <param name="Met">Null when this run did not ask for it.</param>
internal sealed record TargetResult(string Name, string Target, string Measured, string Prototype, bool? Met);

/// <summary>The targets of the design, those of its first page and those of the mix that was run, held against what was measured.</summary>
internal static class Targets
{
    public const string Throughput = "Throughput";

    public static IReadOnlyList<TargetResult> Of(
        RunDescription run,
        Figures figures,
        double? dynamoDBLatency,
        IReadOnlyList<QueueDepth> queue,
        IReadOnlyList<FaultWindow> faults,
        InvariantReport? invariants)
    {
        // While something is broken on purpose, only recovery and the invariants are judged.
        var isQuiet = faults.Count == 0;
        var latency = figures.Latency;
        var rate = figures.Operations.Where(operation => operation.Key != Load.Operation.Follow).Sum(operation => operation.Value.Count) / run.Duration
            * (1 - figures.ErrorRate);
        List<TargetResult> targets =
        [
            new("P95 response time", "< 200 ms", Ms(latency.P95), "458 ms", Judge(isQuiet, latency.P95 < 200)),
            new("Failed requests", "< 0.5 %", Percent(figures.ErrorRate), "1 %", Judge(isQuiet, figures.ErrorRate < 0.005)),
            new(Throughput, "500 requests/s or more", Text($"{rate:N0} requests/s"), "50 requests/s", Judge(isQuiet && run.Rate > 500, rate >= 500)),
            new("P95 of DynamoDB GetItem", "< 30 ms", dynamoDBLatency is { } p95 ? Ms(p95) : "not seen", "89 ms", Judge(isQuiet && dynamoDBLatency is not null, dynamoDBLatency < 30)),
            new(
                "Candidates scanned a match", "< 500", figures.Matches == 0 ? "no match was searched for" : Text($"{figures.ScannedMean:N1} on average"), "4,266",
                Judge(figures.Matches > 0, figures.ScannedMean < 500)),
            new("People", "100 million and more (docs/scaling.md)", Text($"{run.Users:N0} in this run"), "100 thousand", null),
        ];
        targets.AddRange(isQuiet ? OfMix(run, figures) : OfFaults(faults));
        if (run.Mix is "async" or "standard" && queue.Count > 0 && isQuiet)
        {
            var deepest = queue.Max(depth => depth.Visible);
            targets.Add(new("Queue depth", "< 1,000", Text($"{deepest:N0} at most"), "", deepest < 1000));
        }

        if (figures.Operations.ContainsKey(Load.Operation.Request))
        {
            targets.Add(new("Queued requests without an answer", "0", Text($"{run.Unanswered:N0}"), "", run.Unanswered == 0));
        }

        if (invariants is not null)
        {
            targets.Add(new("Violated invariants", "0", Text($"{invariants.Total:N0}"), "", invariants.Total == 0));
        }

        return targets;
    }

    private static IEnumerable<TargetResult> OfMix(RunDescription run, Figures figures)
    {
        if (run.Mix == "standard")
        {
            yield return new("Standard mix: P95", "< 50 ms", Ms(figures.Latency.P95), "", figures.Latency.P95 < 50);
            yield return new("Standard mix: P99", "< 100 ms", Ms(figures.Latency.P99), "", figures.Latency.P99 < 100);
            yield return new("Standard mix: failed requests", "0", Text($"{figures.Errors:N0} of {figures.Offered:N0}"), "", figures.Errors == 0);
        }
        else if (run.Mix == "reads")
        {
            yield return new("Reads: P95", "< 10 ms", Ms(figures.Latency.P95), "", figures.Latency.P95 < 10);
        }
    }

    private static IEnumerable<TargetResult> OfFaults(IReadOnlyList<FaultWindow> faults)
    {
        foreach (var fault in faults)
        {
            yield return new(
                $"Recovery from: {fault.Name}",
                Text($"within {FaultWindow.Patience.TotalSeconds:N0} s"),
                fault.Recovery is { } seconds ? Text($"{seconds:N1} s") : "not recovered",
                "",
                fault.Recovery is not null);
        }
    }

    private static bool? Judge(bool asked, bool met) => asked ? met : null;

    private static string Ms(double value) => Text($"{value:N1} ms");

    private static string Percent(double share) => Text($"{share:P3}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
