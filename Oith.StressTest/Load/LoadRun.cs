using System.Globalization;
using System.Runtime.InteropServices;
using Oith.Stack.Population;
using Oith.StressTest.Crowds;
using Oith.StressTest.Faults;
using Oith.StressTest.Invariants;
using Oith.StressTest.Measurement;
using Oith.StressTest.Reporting;
using Oith.StressTest.Stacks;

namespace Oith.StressTest.Load;

/// <summary>One load on one stack, from the first request to the report.</summary>
internal sealed class LoadRun(ILoadedStack stack, LoadOptions options, LoadView view, TimeProvider time)
{
    private const int FewestHolding = 500;

    /// <summary>How long after its last arrival a run waits for answers of queued requests.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>The same after faults: a message that nobody finished is seen again after its visibility timeout of 60 s, three times.</summary>
    private static readonly TimeSpan s_patienceAfterFaults = TimeSpan.FromMinutes(4);

    /// <summary>How long the queue may take to come to rest before what lies in it counts as lost.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromMinutes(5);

    public async Task<LoadReport> RunAsync(double rate, CancellationToken cancellationToken)
    {
        var hasFaults = options.Faults.Count > 0;
        var patience = hasFaults ? s_patienceAfterFaults : s_patience;
        var profile = LoadProfile.Create(options.Profile, rate, hasFaults ? FaultRunner.LongestOf(options.Faults.Count) : options.Duration);
        var crowd = new Crowd(options.Users, new Random((int)options.Seed));
        var measurements = new Measurements();
        var log = new RunLog();
        using var client = new ServiceClient(
            stack.Services, options.Timeout, new ProfileBodies(new SyntheticPopulation(options.Seed), time), time);
        using var generator = new LoadGenerator(
            client, crowd, options.Mix, measurements, log, new Random((int)options.Seed + 1), options.MaxInFlight);

        if (hasFaults)
        {
            await Fault.PrepareAsync(stack.Aws!, cancellationToken);
        }

        var holding = Holding(rate);
        view.Say($"preparing: {holding:N0} people get a match");
        await generator.PrepareAsync(holding, cancellationToken);
        Settle();

        var watcher = stack.Aws is null ? null : new CloudWatcher(stack.Aws, () => generator.Now, time);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var since = time.GetUtcNow();
        var start = generator.Now;
        var watched = watcher?.RunAsync(watching.Token) ?? Task.CompletedTask;
        var shown = view.RunAsync(generator, measurements, start, profile, watching.Token);
        var faults = new FaultRunner(options.Faults, stack, generator, measurements, view, time);
        var warm = UsageAfterWarmUpAsync(profile, measurements, watching.Token);
        var broken = BreakAsync(faults, generator, cancellationToken);
        await generator.RunAsync(profile, patience, cancellationToken);
        await broken;
        await watching.CancelAsync();
        await Task.WhenAll(watched, shown);
        var figures = measurements.Read();
        var (before, sent) = await warm;
        var cost = Usage.Now(stack).Since(before, RequestsOf(figures) - sent);
        var run = Describe(profile, rate, figures, generator.Following);
        var latency = watcher is null ? null : await watcher.DynamoDBLatencyAsync(since, cancellationToken);
        var invariants = watcher is null ? null : await CheckAsync(watcher, log, cancellationToken);
        var windows = faults.Windows();
        var queue = watcher?.Depths ?? [];
        return new LoadReport(
            since,
            run,
            cost,
            figures,
            queue,
            watcher?.Alarms ?? [],
            windows,
            invariants,
            latency,
            Targets.Of(run, figures, latency, queue, windows, invariants),
            []);
    }

    // What the first requests cost, compiling them, is not what a request costs.
    private async Task<(Usage, long)> UsageAfterWarmUpAsync(LoadProfile profile, Measurements measurements, CancellationToken cancellationToken)
    {
        var warmUp = profile.Phases.Where(phase => !phase.IsMeasured).Aggregate(TimeSpan.Zero, (sum, phase) => sum + phase.Duration);
        await Task.Delay(warmUp, time, cancellationToken);
        return (Usage.Now(stack), RequestsOf(measurements.Read()));
    }

    private static long RequestsOf(Figures figures) => figures.Timeline.Sum(second => (long)second.Requests);

    private async Task BreakAsync(FaultRunner faults, LoadGenerator generator, CancellationToken cancellationToken)
    {
        if (options.Faults.Count == 0)
        {
            return;
        }

        try
        {
            await faults.RunAsync(cancellationToken);
        }
        finally
        {
            generator.EndArrivals();
        }
    }

    private async Task<InvariantReport> CheckAsync(CloudWatcher watcher, RunLog log, CancellationToken cancellationToken)
    {
        view.Say($"waiting for rest, then checking the invariants");
        await watcher.WaitForRestAsync(s_rest, cancellationToken);
        var stored = await new StoredStateReader(stack.Aws!).ReadAsync(cancellationToken);
        return new InvariantChecker(log.Read(), stored).Check();
    }

    /// <summary>
    /// As many with a match as can look at it without asking too often, and as are decided about in some seconds; and enough in any case
    /// that the service has seen every city.
    /// </summary>
    private int Holding(double rate)
    {
        var looks = rate * options.Mix.ShareOf(Operation.Look) * 60 / 7;
        var decisions = rate * options.Mix.ShareOf(Operation.Accept, Operation.Pass, Operation.Block) * 20;
        return (int)Math.Min(options.Users * 0.5, Math.Max(Math.Max(looks, decisions), FewestHolding));
    }

    private RunDescription Describe(LoadProfile profile, double rate, Figures figures, int unanswered) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"load --users {options.Users} --rate {rate:0.#} --duration {options.Duration.TotalSeconds:0.#} --mix {options.Mix.Name} --profile {options.Profile} --seed {options.Seed}{(options.Instances == 1 ? "" : $" --instances {options.Instances}")}{(options.Faults.Count == 0 ? "" : $" --faults {string.Join(',', options.Faults.Select(fault => fault.Name))}")}"),
        stack.Description,
        $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        options.Mix.Name,
        options.Profile,
        options.Users,
        Math.Round(profile.MeasuredRate, 1),
        profile.Phases.Where(phase => !phase.IsMeasured).Sum(phase => phase.Duration.TotalSeconds),
        // A run with faults ends with the last of them.
        Math.Min(figures.Timeline.Count(second => second.Requests > 0), profile.Phases.Where(phase => phase.IsMeasured).Sum(phase => phase.Duration.TotalSeconds)),
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
