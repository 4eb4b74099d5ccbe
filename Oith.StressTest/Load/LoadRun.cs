using System.Globalization;
using System.Runtime.InteropServices;
using Oith.AppHost.Population;
using Oith.StressTest.Crowds;
using Oith.StressTest.Invariants;
using Oith.StressTest.Measurement;
using Oith.StressTest.Reporting;
using Oith.StressTest.Stacks;

namespace Oith.StressTest.Load;

/// <summary>One load on one stack, from the first request to the report.</summary>
internal sealed class LoadRun(ILoadedStack stack, LoadOptions options, LoadView view, TimeProvider time)
{
    /// <summary>How long after its last arrival a run waits for answers of queued requests.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public async Task<LoadReport> RunAsync(double rate, CancellationToken cancellationToken)
    {
        var profile = LoadProfile.Create(options.Profile, rate, options.Duration);
        var crowd = new Crowd(options.Users, new Random((int)options.Seed));
        var measurements = new Measurements();
        var log = new RunLog();
        using var client = new ServiceClient(
            stack.Service, options.Timeout, new ProfileBodies(new SyntheticPopulation(options.Seed), time), time);
        using var generator = new LoadGenerator(
            client, crowd, options.Mix, measurements, log, new Random((int)options.Seed + 1), options.MaxInFlight);

        var holding = Holding(rate);
        view.Say($"preparing: {holding:N0} people get a match");
        await generator.PrepareAsync(holding, cancellationToken);
        Settle();

        var watcher = stack.Aws is null ? null : new CloudWatcher(stack.Aws, () => generator.Now, time);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var since = time.GetUtcNow();
        var start = generator.Now;
        var before = Usage.Now(stack);
        var watched = watcher?.RunAsync(watching.Token) ?? Task.CompletedTask;
        var shown = view.RunAsync(generator, measurements, start, profile, watching.Token);
        await generator.RunAsync(profile, s_patience, cancellationToken);
        await watching.CancelAsync();
        await Task.WhenAll(watched, shown);

        var figures = measurements.Read();
        var run = Describe(profile, rate, generator.Following);
        var latency = watcher is null ? null : await watcher.DynamoDBLatencyAsync(since, cancellationToken);
        var queue = watcher?.Depths ?? [];
        return new LoadReport(
            since,
            run,
            Usage.Now(stack).Since(before, figures.Timeline.Sum(second => (long)second.Requests)),
            figures,
            queue,
            watcher?.Alarms ?? [],
            [],
            Invariants: null,
            latency,
            Targets.Of(run, figures, latency, queue, [], invariants: null),
            []);
    }

    /// <summary>As many with a match as can look at it without asking too often, and as are decided about in some seconds.</summary>
    private int Holding(double rate)
    {
        var looks = rate * options.Mix.ShareOf(Operation.Look) * 60 / 7;
        var decisions = rate * options.Mix.ShareOf(Operation.Accept, Operation.Pass, Operation.Block) * 20;
        var reads = options.Mix.ShareOf(Operation.Status) > 0 ? 500 : 0;
        return (int)Math.Min(options.Users * 0.7, Math.Max(Math.Max(looks, decisions), reads));
    }

    private RunDescription Describe(LoadProfile profile, double rate, int unanswered) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"load --users {options.Users} --rate {rate:0.#} --duration {options.Duration.TotalSeconds:0.#} --mix {options.Mix.Name} --profile {options.Profile} --seed {options.Seed}"),
        stack.Description,
        $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        options.Mix.Name,
        options.Profile,
        options.Users,
        Math.Round(profile.MeasuredRate, 1),
        profile.Phases.Where(phase => !phase.IsMeasured).Sum(phase => phase.Duration.TotalSeconds),
        profile.Phases.Where(phase => phase.IsMeasured).Sum(phase => phase.Duration.TotalSeconds),
        options.Seed,
        unanswered);

    // Seeding and preparing leave garbage: collected now, not while it is measured.
    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    /// <summary>What the processes have used so far.</summary>
    private readonly record struct Usage(TimeSpan Processor, long Allocated, TimeSpan Paused, int Gen2)
    {
        public static Usage Now(ILoadedStack stack) =>
            new(stack.ProcessorTime, GC.GetTotalAllocatedBytes(), GC.GetTotalPauseDuration(), GC.CollectionCount(2));

        public RunCost Since(Usage before, long requests) => new(
            requests,
            Math.Round((Processor - before.Processor).TotalMicroseconds / Math.Max(1, requests), 1),
            Math.Round((double)(Allocated - before.Allocated) / Math.Max(1, requests)),
            Math.Round((Paused - before.Paused).TotalMilliseconds, 1),
            Gen2 - before.Gen2);
    }
}
