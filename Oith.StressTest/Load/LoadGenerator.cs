using System.Diagnostics;
using Oith.StressTest.Crowds;
using Oith.StressTest.Invariants;
using Oith.StressTest.Measurement;

namespace Oith.StressTest.Load;

/// <summary>
/// Sends requests when they are due, whatever became of the former ones. A thread of its own decides what is sent and when; answers
/// are read on the thread pool.
/// </summary>
internal sealed class LoadGenerator(
    ServiceClient client, Crowd crowd, Mix mix, Measurements measurements, RunLog log, Random random, int maxInFlight) : IDisposable
{
    /// <summary>So many of the requests that change something are sent once more, as a client does whose answer got lost.</summary>
    private const double RepeatedShare = 0.02;

    private const int PreparedAtOnce = 16;

    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(2);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly PriorityQueue<FollowUp, TimeSpan> _followUps = new();
    // No spinning: the processors belong to the service.
    private readonly ManualResetEventSlim _stopped = new(initialState: false, spinCount: 0);
    private Exception? _failure;
    private volatile bool _arrivalsEnded;
    private int _inFlight;
    private int _following;

    /// <summary>Time from the start of the run; the times of measurements and log are of this clock.</summary>
    public TimeSpan Now => _clock.Elapsed;

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Queued requests whose answer is not known yet.</summary>
    public int Following => Volatile.Read(ref _following);

    /// <summary>Gives that many people a match, so that there is something to look at and to decide about; as fast as the service can.</summary>
    public async Task PrepareAsync(int holding, CancellationToken cancellationToken)
    {
        var tries = holding * 2;
        var options = new ParallelOptions { MaxDegreeOfParallelism = PreparedAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, PreparedAtOnce), options, async (_, token) =>
        {
            while (!token.IsCancellationRequested && crowd.Holding < holding && Interlocked.Decrement(ref tries) >= 0 && crowd.Take(Operation.Next, Now.TotalSeconds) is var (operation, person))
            {
                var start = Now;
                var answer = await client.SendAsync(operation, person, person.Match, default);
                Add(operation, person, person.Match, answer, start);
                Settle(operation, person, answer);
            }
        });
    }

    /// <summary>Runs the profile to its end, and then until every answer is there or <paramref name="patience"/> is over.</summary>
    public async Task RunAsync(LoadProfile profile, TimeSpan patience, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(_stopped.Set);
        var thread = new Thread(() =>
        {
            try
            {
                Dispatch(new ArrivalSchedule(profile, random), patience);
                ended.SetResult();
            }
            catch (Exception exception)
            {
                ended.SetException(exception);
            }
        })
        { IsBackground = true, Name = "load" };
        thread.Start();
        await ended.Task;
        cancellationToken.ThrowIfCancellationRequested();
        if (_failure is { } failure)
        {
            throw new InvalidOperationException("The load generator failed.", failure);
        }
    }

    /// <summary>Nobody arrives any more; who did is still answered.</summary>
    public void EndArrivals() => _arrivalsEnded = true;

    public void Dispose() => _stopped.Dispose();

    private void Dispatch(ArrivalSchedule schedule, TimeSpan patience)
    {
        var start = Now;
        while (!_arrivalsEnded && schedule.TryNext(out var at, out var isMeasured) && WaitUntil(start + at))
        {
            Send(mix.Pick(random.NextDouble()), start + at, isMeasured);
        }

        var end = Now + patience;
        while ((InFlight > 0 || Following > 0) && Now < end && WaitUntil(Now + TimeSpan.FromMilliseconds(10)))
        {
        }
    }

    /// <returns>False when the run was stopped.</returns>
    private bool WaitUntil(TimeSpan due)
    {
        while (true)
        {
            var now = Now;
            FollowDue(now);
            if (now >= due)
            {
                return !_stopped.IsSet;
            }

            // The system's timer is no finer than a millisecond; what is sent late for it is charged to the latency.
            if (_stopped.Wait(TimeSpan.FromMilliseconds(Math.Clamp((due - now).TotalMilliseconds, 1, 10))))
            {
                return false;
            }
        }
    }

    private void Send(Operation wanted, TimeSpan intended, bool isMeasured)
    {
        if (InFlight >= maxInFlight || crowd.Take(wanted, Now.TotalSeconds) is not var (operation, person))
        {
            measurements.Record(wanted, Outcome.Shed, intended, TimeSpan.Zero, isMeasured);
            return;
        }

        var request = operation == Operation.Request ? Guid.NewGuid() : default;
        var isRepeated = IsChange(operation) && random.NextDouble() < RepeatedShare;
        Interlocked.Increment(ref _inFlight);
        Watch(SendAsync(operation, person, request, intended, isMeasured, isRepeated));
    }

    private async Task SendAsync(Operation operation, Person person, Guid request, TimeSpan intended, bool isMeasured, bool isRepeated)
    {
        var about = person.Match;
        person.Revision += operation == Operation.UpdateProfile ? 1 : 0;
        var start = Now;
        var answer = await client.SendAsync(operation, person, about, request);
        measurements.Record(operation, answer.Outcome, intended, Now - intended, isMeasured);
        Add(operation, person, about, answer, start, request);
        if (answer is { IsFresh: true, Scanned: >= 0, Match: not 0 } && isMeasured)
        {
            measurements.RecordMatch(answer.Scanned);
        }

        if (isRepeated && answer.Outcome == Outcome.Ok)
        {
            start = Now;
            answer = await client.SendAsync(operation, person, about, request);
            Add(operation, person, about, answer, start, request, isRepeated: true);
        }

        if (client.Instances > 1 && answer.Outcome == Outcome.Ok && operation is Operation.Accept or Operation.Pass or Operation.Block)
        {
            (operation, answer) = await LookAroundAsync(operation, person, about, answer, isMeasured);
        }

        Interlocked.Decrement(ref _inFlight);
        if (operation == Operation.Request && (answer.Outcome == Outcome.Ok || answer.Outcome.IsUncertain()))
        {
            Interlocked.Increment(ref _following);
            FollowLater(new FollowUp(person, request, intended, isMeasured, answer.Outcome == Outcome.Ok, answer.RetryAfter ?? s_shortestWait));
        }
        else
        {
            Settle(operation, person, answer);
        }
    }

    // An acknowledged decision counts on every instance: the next one is asked at once, on behalf of either.
    private async Task<(Operation Operation, Answer Answer)> LookAroundAsync(Operation operation, Person person, int about, Answer answer, bool isMeasured)
    {
        var own = LookAsync(person, isMeasured);
        if (crowd.TryTake(about) is { } other)
        {
            Settle(Operation.Status, other, await LookAsync(other, isMeasured));
        }

        return await own is { Outcome: Outcome.Ok } look ? (Operation.Status, look) : (operation, answer);
    }

    private async Task<Answer> LookAsync(Person person, bool isMeasured)
    {
        var start = Now;
        var answer = await client.SendAsync(Operation.Status, person, 0, default);
        measurements.Record(Operation.Status, answer.Outcome, start, Now - start, isMeasured);
        Add(Operation.Status, person, 0, answer, start);
        return answer;
    }

    private void FollowLater(FollowUp followUp)
    {
        lock (_lock)
        {
            _followUps.Enqueue(followUp, Now + followUp.Wait);
        }
    }

    private void FollowDue(TimeSpan now)
    {
        while (true)
        {
            FollowUp? followUp;
            lock (_lock)
            {
                if (!_followUps.TryPeek(out followUp, out var due) || due > now)
                {
                    return;
                }

                _followUps.Dequeue();
            }

            Interlocked.Increment(ref _inFlight);
            Watch(FollowAsync(followUp, now));
        }
    }

    private async Task FollowAsync(FollowUp followUp, TimeSpan intended)
    {
        // Who got no clear answer asks again under the same id, which is what the id is for.
        var operation = followUp.IsAcknowledged ? Operation.Follow : Operation.Request;
        var start = Now;
        var answer = await client.SendAsync(operation, followUp.Person, 0, followUp.Request);
        measurements.Record(Operation.Follow, answer.Outcome, intended, Now - intended, followUp.IsMeasured);
        Interlocked.Decrement(ref _inFlight);
        if (operation == Operation.Request)
        {
            Add(operation, followUp.Person, 0, answer, start, followUp.Request);
            followUp = followUp with { IsAcknowledged = answer.Outcome == Outcome.Ok };
        }

        switch (answer)
        {
            case { Outcome: Outcome.Ok, Request: RequestState.Completed or RequestState.Failed }:
                // The match was shown between the asking and now.
                Add(Operation.Follow, followUp.Person, 0, answer, followUp.Intended, followUp.Request);
                if (followUp.IsMeasured)
                {
                    measurements.RecordRequestEnd(Now - followUp.Intended);
                }

                Interlocked.Decrement(ref _following);
                Settle(Operation.Request, followUp.Person, answer);
                break;
            case { Outcome: Outcome.Rejected }:
                // Neither asking nor looking should be refused; it counts as an error already.
                Interlocked.Decrement(ref _following);
                Settle(Operation.Request, followUp.Person, answer);
                break;
            default:
                FollowLater(followUp with { Wait = answer.RetryAfter ?? TimeSpan.FromTicks(Math.Min(followUp.Wait.Ticks * 2, s_longestWait.Ticks)) });
                break;
        }
    }

    // Nobody waits for a single request, so what goes wrong in this class must end the run here.
    private void Watch(Task sending)
    {
        if (!sending.IsCompletedSuccessfully)
        {
            sending.ContinueWith(
                failed =>
                {
                    _failure ??= failed.Exception;
                    _stopped.Set();
                },
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    private void Settle(Operation operation, Person person, Answer answer)
    {
        var (hand, match) = (operation, answer.Outcome) switch
        {
            (_, Outcome.Shed or Outcome.Refused) or (Operation.ReadProfile, _) => (person.Hand, person.Match),
            (Operation.UpdateProfile, Outcome.Ok) => (person.Hand, person.Match),
            (Operation.Pass or Operation.Block, Outcome.Ok) => (Hand.Empty, 0),
            (Operation.Request, Outcome.Ok) when answer.Request == RequestState.Failed => (Hand.Unknown, 0),
            (_, Outcome.Ok) when answer.Match >= 0 => (answer.Hand, answer.Match),
            _ => (Hand.Unknown, 0),
        };
        crowd.Return(person, hand, match);
    }

    private void Add(Operation operation, Person person, int about, Answer answer, TimeSpan start, Guid request = default, bool isRepeated = false) => log.Add(
        new LogEntry(
            operation,
            answer.Outcome,
            person.Number,
            operation is Operation.Accept or Operation.Pass or Operation.Block ? about : 0,
            start,
            Now,
            answer.Match,
            answer.Hand,
            request,
            answer.Request,
            operation == Operation.UpdateProfile ? person.Revision : 0,
            isRepeated));

    private static bool IsChange(Operation operation) =>
        operation is Operation.Accept or Operation.Pass or Operation.Request or Operation.UpdateProfile or Operation.Block;

    private sealed record FollowUp(Person Person, Guid Request, TimeSpan Intended, bool IsMeasured, bool IsAcknowledged, TimeSpan Wait);
}
