using Oith.StressTest.Crowds;
using Oith.StressTest.Load;

namespace Oith.StressTest.Invariants;

/// <summary>
/// Compares each answer about a hand with the decisions that were acknowledged before it was asked for, whichever instances took and
/// answered them: an acceptance stands, a connection is seen by both, and an ended connection by neither.
/// </summary>
/// <param name="log">In the order of the answers.</param>
internal sealed class Acknowledged(IReadOnlyList<LogEntry> log, Causes causes)
{
    private readonly Dictionary<(int, int), Connection> _connections = [];

    public InvariantCheck Check(string invariant)
    {
        var findings = new Findings(invariant);
        CheckAcceptances(findings);
        FindConnections();
        foreach (var entry in log.Where(Tells))
        {
            CheckConnections(entry, findings);
        }

        return findings.Read();
    }

    private void CheckAcceptances(Findings findings)
    {
        foreach (var own in log.Where(Tells).GroupBy(entry => entry.User))
        {
            var best = default(LogEntry);
            foreach (var entry in own)
            {
                if (entry.Shown > 0 && entry.Shown == best.Shown && entry.Start >= best.End)
                {
                    findings.Expect(
                        entry.Hand >= best.Hand
                            || causes.MayHaveTurnedAway(entry.Shown, entry.User, entry.End)
                            || causes.MayHaveParted(entry.User, entry.Shown, best.Start),
                        $"{entry.User} had {entry.Shown} as {best.Hand} at {best.End} and as {entry.Hand} at {entry.End} ({entry.Operation}).");
                }

                best = entry.Shown == best.Shown && entry.Hand < best.Hand ? best : entry;
            }
        }
    }

    private void FindConnections()
    {
        foreach (var entry in log.Where(entry => Tells(entry) && entry is { Shown: > 0, Hand: Hand.Connected }))
        {
            _connections.TryAdd(PairOf(entry.User, entry.Shown), new Connection(entry.Start, entry.End));
        }

        foreach (var entry in log.Where(entry => entry.Operation is Operation.Pass or Operation.Block))
        {
            var isDone = entry.Outcome == Outcome.Ok;
            if ((isDone || entry.Outcome.IsUncertain()) && _connections.TryGetValue(PairOf(entry.User, entry.About), out var connection)
                && (!isDone || entry.End >= connection.Since))
            {
                connection.MayEnd = entry.Start < connection.MayEnd ? entry.Start : connection.MayEnd;
                connection.Ended = isDone && entry.Start > connection.Seen && entry.End < connection.Ended ? entry.End : connection.Ended;
            }
        }
    }

    private void CheckConnections(LogEntry entry, Findings findings)
    {
        if (entry.Shown > 0 && _connections.TryGetValue(PairOf(entry.User, entry.Shown), out var shown))
        {
            findings.Expect(
                entry.Start <= shown.Ended,
                $"{entry.User} was shown {entry.Shown} at {entry.End} ({entry.Operation}); their connection was acknowledged as over at {shown.Ended}.");
        }

        foreach (var (other, connection) in Others.GetValueOrDefault(entry.User, []))
        {
            if (entry.Start > connection.Seen && entry.End < connection.MayEnd)
            {
                findings.Expect(
                    entry.Shown == other && entry.Hand == Hand.Connected,
                    $"{entry.User} and {other} were connected at {connection.Seen}, but {entry.User} was shown {entry.Shown} ({entry.Hand}) at {entry.End}.");
            }
        }
    }

    private Dictionary<int, List<(int Other, Connection Connection)>> Others => field ??= _connections
        .SelectMany(pair => new[] { (User: pair.Key.Item1, Other: pair.Key.Item2, pair.Value), (User: pair.Key.Item2, Other: pair.Key.Item1, pair.Value) })
        .GroupBy(pair => pair.User)
        .ToDictionary(group => group.Key, group => group.Select(pair => (pair.Other, pair.Value)).ToList());

    private static (int, int) PairOf(int one, int other) => one < other ? (one, other) : (other, one);

    // The result of a queued request names the match that it found, not the one in the hand now.
    private static bool Tells(LogEntry entry) =>
        entry is { Outcome: Outcome.Ok, Operation: Operation.Status or Operation.Look or Operation.Next or Operation.Accept };

    /// <param name="Since">When the answer that told of it first was asked for.</param>
    /// <param name="Seen">When that answer had been read.</param>
    private sealed record Connection(TimeSpan Since, TimeSpan Seen)
    {
        /// <summary>From when on one of the two may have ended it.</summary>
        public TimeSpan MayEnd { get; set; } = TimeSpan.MaxValue;

        /// <summary>When its end was acknowledged first.</summary>
        public TimeSpan Ended { get; set; } = TimeSpan.MaxValue;
    }
}
