using System.Diagnostics;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Stack.Population;

namespace Oith.StressTest.Engine;

/// <summary>Times searches of one index through the interface that the service uses, from the profile to the e-mail.</summary>
/// <param name="round">How long each figure is measured, three times over; the best counts.</param>
internal sealed class MatchMeasurement(PackedCandidateIndex index, Profile[] seekers, DateTimeOffset seenSince, TimeSpan round)
{
    private const int Rounds = 3;
    private const int UpdatesPerSecond = 10_000;
    private const int ChangedProfiles = 20_000;
    private const int PrecomputedTop = 100;
    private const int Exclusions = 200;

    private static readonly HashSet<string> s_nobody = [];

    public MatchTimes Match(int threads, CancellationToken cancellationToken) => Best(() => Round(threads, cancellationToken));

    /// <summary>The same searches while nothing changes, and while 10,000 profiles a second do.</summary>
    public async Task<UpdateResult> UpdateAsync(int users, SyntheticPopulation population, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var changed = Changed(users, population, now);
        var quiet = Match(1, cancellationToken);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var updates = Task.Run(() => KeepUpdatingAsync(changed, done.Token), cancellationToken);
        var busy = Match(1, cancellationToken);
        await done.CancelAsync();
        return new UpdateResult(users, Math.Round(await updates), quiet.P95Us, busy.P95Us);
    }

    /// <summary>The best hundred of everybody, as the nightly run finds them.</summary>
    public PrecomputeResult Precompute(int users, int threads, CancellationToken cancellationToken)
    {
        var best = 0.0;
        // The first one warms up.
        for (var i = 0; i <= Rounds; i++)
        {
            var watch = Stopwatch.StartNew();
            var counts = OnThreads(threads, thread => Precompute(thread, threads, watch, cancellationToken), cancellationToken);
            if (i > 0)
            {
                best = Math.Max(best, counts.Sum() / watch.Elapsed.TotalSeconds);
            }
        }

        return new PrecomputeResult(users, threads, PrecomputedTop, Math.Round(best));
    }

    /// <returns>How many were searched for until the round was over.</returns>
    private long Precompute(int first, int step, Stopwatch watch, CancellationToken cancellationToken)
    {
        var top = new Candidate[PrecomputedTop];
        var count = 0L;
        for (var at = first; watch.Elapsed < round && !cancellationToken.IsCancellationRequested; at = (at + step) % seekers.Length)
        {
            index.FindTop(seekers[at], s_nobody, seenSince, top);
            count++;
        }

        return count;
    }

    /// <summary>The hardest exclusions: the best two hundred of each seeker.</summary>
    public ExclusionResult MatchWithExclusions(int users, CancellationToken cancellationToken)
    {
        var top = new Candidate[Exclusions];
        var some = seekers.AsSpan(0, Math.Min(seekers.Length, 500)).ToArray();
        var excluded = some.ToDictionary(seeker => seeker, seeker =>
        {
            var search = index.FindTop(seeker, s_nobody, seenSince, top);
            return top.Take(search.Found).Select(candidate => candidate.Email).ToHashSet();
        });
        var times = Best(() =>
        {
            var ticks = new List<long>();
            var one = new Candidate[1];
            foreach (var seeker in some)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var start = Stopwatch.GetTimestamp();
                index.FindTop(seeker, excluded[seeker], seenSince, one);
                ticks.Add(Stopwatch.GetTimestamp() - start);
            }

            return MatchTimes.Of(ticks, 0);
        });
        return new ExclusionResult(users, Exclusions, times.P95Us);
    }

    private static MatchTimes Best(Func<MatchTimes> round)
    {
        // The first one warms up: the code is compiled, tiers settle, pages are touched.
        round();
        var best = round();
        for (var i = 1; i < Rounds; i++)
        {
            best = best.Best(round());
        }

        return best;
    }

    private MatchTimes Round(int threads, CancellationToken cancellationToken)
    {
        using var start = new Barrier(threads);
        var searches = OnThreads(
            threads,
            thread =>
            {
                start.SignalAndWait(cancellationToken);
                return Search(thread * seekers.Length / threads, cancellationToken);
            },
            cancellationToken);
        return MatchTimes.Of([.. searches.SelectMany(search => search.Ticks)], searches.Sum(search => search.PerSecond));
    }

    private static T[] OnThreads<T>(int threads, Func<int, T> run, CancellationToken cancellationToken)
    {
        var runs = Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () => run(thread), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(runs, cancellationToken);
        return Array.ConvertAll(runs, done => done.Result);
    }

    private (List<long> Ticks, double PerSecond) Search(int first, CancellationToken cancellationToken)
    {
        var top = new Candidate[1];
        var ticks = new List<long>(1 << 20);
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(round.TotalSeconds * Stopwatch.Frequency);
        var before = start;
        for (var at = first; before < end && !cancellationToken.IsCancellationRequested; at = at + 1 < seekers.Length ? at + 1 : 0)
        {
            index.FindTop(seekers[at], s_nobody, seenSince, top);
            var after = Stopwatch.GetTimestamp();
            ticks.Add(after - before);
            before = after;
        }

        return (ticks, ticks.Count / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    // People who were here again, moved a few streets, or look for something else now.
    private static Profile[] Changed(int users, SyntheticPopulation population, DateTimeOffset now) =>
    [
        .. Enumerable.Range(0, Math.Min(users, ChangedProfiles)).Select(i =>
        {
            var person = population.Person((int)((long)i * users / ChangedProfiles % users) + 1, now) with { LastSeen = now };
            var home = person.Coordinates!.Value;
            return (i % 4) switch
            {
                0 => person with { LookingFor = "friendship" },
                1 => person with { Coordinates = new(home.Lat + 0.01, home.Lng - 0.01) },
                _ => person,
            };
        }),
    ];

    private async Task<double> KeepUpdatingAsync(Profile[] changed, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var start = Stopwatch.GetTimestamp();
        long done = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            for (var due = (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * UpdatesPerSecond); done < due; done++)
            {
                index.Upsert(changed[done % changed.Length]);
            }

            try
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return done / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
