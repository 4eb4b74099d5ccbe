using System.Globalization;
using System.Runtime;
using System.Text.Json;
using Oith.Matching.Engine;
using Oith.Stack.Population;
using Spectre.Console;
using static System.FormattableString;
using Profile = Oith.Matching.Profiles.Profile;

namespace Oith.StressTest.Engine;

/// <summary>One run of the verb: for each size a population, its index, and every measurement on it.</summary>
internal static class EngineRun
{
    private const int Seekers = 10_000;
    private const int ProgressStep = 5_000_000;

    // More people as whole profiles would need more memory than the index of a hundred times as many.
    private const int LargestReference = 1_000_000;

    private static readonly DateTimeOffset s_now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_seenSince = s_now.AddDays(-14);

    public static async Task<int> RunAsync(EngineRunOptions options, CancellationToken cancellationToken)
    {
        var report = new EngineReport([], [], [], []);
        foreach (var users in options.Users)
        {
            await MeasureAsync(users, options, report, cancellationToken);
        }

        EngineTables.Write(AnsiConsole.Console, report);
        if (options.Json is { } file)
        {
            await using var stream = file.Create();
            await JsonSerializer.SerializeAsync(stream, report, EngineReportJson.Default.EngineReport, cancellationToken);
        }

        return 0;
    }

    private static async Task MeasureAsync(int users, EngineRunOptions options, EngineReport report, CancellationToken cancellationToken)
    {
        var population = new SyntheticPopulation(spread: options.Spread);
        Say(users, "loading");
        var index = Load(population, users, cancellationToken);
        var seekers = AnySeekers(population, users);
        var measurement = new MatchMeasurement(index, seekers, s_seenSince, options.Round);
        var bytes = Math.Round((double)index.IndexBytes / users, 2);

        // Before anything changes: the reference knows the people as they were made.
        double? reference = null;
        if (users <= LargestReference)
        {
            Say(users, "the plain reference");
            reference = LinearReference.Measure([.. population.Take(users, s_now)], seekers, index, s_seenSince, cancellationToken);
        }

        Settle();
        Say(users, "matches");
        foreach (var threads in options.Threads)
        {
            var times = measurement.Match(threads, cancellationToken);
            report.Results.Add(new EngineResult(users, threads, times.P50Us, times.P95Us, times.P99Us, times.PerSecond, bytes, reference));
            Say(users, Invariant($"matches, {threads} threads: P95 {times.P95Us:0.0} us, {times.PerSecond:N0}/s"));
        }

        var exclusions = measurement.MatchWithExclusions(users, cancellationToken);
        report.Exclusions.Add(exclusions);
        Say(users, Invariant($"{exclusions.Excluded} exclusions: P95 {exclusions.P95Us:0.0} us"));
        var updates = await measurement.UpdateAsync(users, population, s_now, cancellationToken);
        report.Updates.Add(updates);
        Say(users, Invariant($"{updates.UpdatesPerSecond:N0} updates/s: P95 {updates.P95Us:0.0} us, {updates.QuietP95Us:0.0} us without"));
        var precompute = measurement.Precompute(users, options.Threads.Max(), cancellationToken);
        report.Precompute.Add(precompute);
        Say(users, Invariant($"precompute, {precompute.Threads} threads: {precompute.UsersPerSecond:N0} users/s"));
    }

    private static PackedCandidateIndex Load(SyntheticPopulation population, int users, CancellationToken cancellationToken)
    {
        var index = new PackedCandidateIndex();
        index.EnsureCapacity(users);
        foreach (var person in population.Take(users, s_now))
        {
            index.Upsert(person);
            cancellationToken.ThrowIfCancellationRequested();
            if (index.Count % ProgressStep == 0 && index.Count < users)
            {
                Say(users, Invariant($"{index.Count:N0} loaded"));
            }
        }

        index.TrimExcess();
        return index;
    }

    private static Profile[] AnySeekers(SyntheticPopulation population, int users)
    {
        var random = new Random(6);
        return [.. Enumerable.Range(0, Seekers).Select(_ => population.Person(random.Next(users) + 1, s_now))];
    }

    // Loading leaves garbage: collected now, not while matches are timed.
    private static void Settle()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    // At once: a run of the largest takes long, and may be stopped.
    private static void Say(int users, string what) =>
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[dim]{users:N0} users: {what}[/]");
}
