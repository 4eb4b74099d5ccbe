using Oith.StressTest.Reporting;

namespace Oith.StressTest.Load;

/// <summary>Finds the highest rate that meets the targets: doubles it until one does not, then halves the gap until it is a twentieth.</summary>
internal sealed class SaturationSearch(LoadRun run, LoadView view)
{
    private const double Precision = 0.05;

    /// <summary>Enough for a factor of a thousand and the precision.</summary>
    private const int MostTrials = 16;

    /// <param name="rate">Where it begins; need not meet the targets.</param>
    /// <returns>The report of the best run, with all trials; of the last when none met the targets.</returns>
    public async Task<LoadReport> RunAsync(double rate, CancellationToken cancellationToken)
    {
        var trials = new List<SaturationTrial>();
        var (good, bad) = (0.0, double.PositiveInfinity);
        LoadReport? best = null;
        LoadReport? last = null;
        while (trials.Count < MostTrials && bad - good > good * Precision)
        {
            last = await run.RunAsync(rate, cancellationToken);
            // A rate below 500 is not a failure here.
            var met = last.Targets.All(target => target.Met != false || target.Name == Targets.Throughput);
            trials.Add(new SaturationTrial(Math.Round(rate, 1), last.Figures.Latency.P95, last.Figures.Latency.P99, last.Figures.ErrorRate, met));
            view.Say($"{rate:N0} requests/s: P95 {last.Figures.Latency.P95:N1} ms, P99 {last.Figures.Latency.P99:N1} ms, errors {last.Figures.ErrorRate:P2}: {(met ? "met" : "not met")}");
            if (met)
            {
                (good, best) = (rate, last);
            }
            else
            {
                bad = rate;
            }

            rate = double.IsPositiveInfinity(bad) ? good * 2 : good == 0 ? bad / 2 : (good + bad) / 2;
        }

        return (best ?? last!) with { Saturation = trials };
    }
}
