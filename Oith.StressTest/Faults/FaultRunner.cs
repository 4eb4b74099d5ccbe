using Oith.StressTest.Load;
using Oith.StressTest.Measurement;
using Oith.StressTest.Reporting;
using Oith.StressTest.Stacks;

namespace Oith.StressTest.Faults;

/// <summary>Makes one fault after the other while a load runs, and waits after each until the service is well again.</summary>
internal sealed class FaultRunner(
    IReadOnlyList<Fault> faults, ILoadedStack stack, LoadGenerator generator, Measurements measurements, LoadView view, TimeProvider time)
{
    /// <summary>How long a fault lasts.</summary>
    private static readonly TimeSpan s_hold = TimeSpan.FromSeconds(8);

    /// <summary>How long the load runs undisturbed before the first fault and between two.</summary>
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(250);

    private readonly List<(Fault Fault, TimeSpan From, TimeSpan To)> _made = [];

    /// <summary>No run of these faults takes longer; starting a process again may take its time.</summary>
    public static TimeSpan LongestOf(int faults) => faults * (s_hold + s_calm + FaultWindow.Patience + TimeSpan.FromMinutes(1)) + s_calm;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(s_calm, time, cancellationToken);
        foreach (var fault in faults)
        {
            var from = generator.Now;
            view.Say($"{from.TotalSeconds:N0} s: {fault.Name}: {fault.Description}");
            await fault.MakeAsync(stack, cancellationToken);
            await Task.Delay(s_hold, time, cancellationToken);
            await fault.HealAsync(stack, cancellationToken);
            var to = generator.Now;
            _made.Add((fault, from, to));
            // Once more that long at the end: a request under way may still fail and show that it was not well yet.
            while (generator.Now < to + FaultWindow.Patience && RecoveryOf(to, generator.Now) is null)
            {
                await Task.Delay(s_poll, time, cancellationToken);
            }

            view.Say($"{generator.Now.TotalSeconds:N0} s: {fault.Name} healed after {(to - from).TotalSeconds:N1} s, {(RecoveryOf(to, generator.Now) is { } recovery ? $"recovered {recovery:N1} s later" : "not recovered")}");
            await Task.Delay(s_calm, time, cancellationToken);
        }
    }

    /// <summary>What became of each fault; call when all answers are there.</summary>
    public IReadOnlyList<FaultWindow> Windows()
    {
        var tenths = measurements.Tenths();
        return [.. _made.Select((made, at) => new FaultWindow(
            made.Fault.Name,
            made.Fault.Description,
            Math.Round(made.From.TotalSeconds, 1),
            Math.Round(made.To.TotalSeconds, 1),
            tenths.Skip(TenthOf(made.From)).Take(TenthOf(made.To) - TenthOf(made.From)).Sum(tenth => (long)tenth.Errors),
            RecoveryOf(made.To, at + 1 < _made.Count ? _made[at + 1].From : made.To + FaultWindow.Patience)))];
    }

    /// <returns>Seconds from <paramref name="healed"/> to the first second that meets the targets and ends before <paramref name="end"/>.</returns>
    private double? RecoveryOf(TimeSpan healed, TimeSpan end)
    {
        var tenths = measurements.Tenths();
        var last = Math.Min(TenthOf(end), tenths.Count);
        for (var at = TenthOf(healed) + 1; at + 10 <= last; at++)
        {
            var (total, errors, slow) = (0, 0, 0);
            foreach (var tenth in tenths.Skip(at).Take(10))
            {
                (total, errors, slow) = (total + tenth.Total, errors + tenth.Errors, slow + tenth.Slow);
            }

            if (total > 0 && errors <= total * 0.005 && slow <= total * 0.05)
            {
                return Math.Max(0, Math.Round(at / 10.0 - healed.TotalSeconds, 1));
            }
        }

        return null;
    }

    private static int TenthOf(TimeSpan at) => (int)(at.TotalSeconds * 10);
}
