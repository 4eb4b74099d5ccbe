using Oith.StressTest.Crowds;
using Oith.StressTest.Load;

namespace Oith.StressTest.Invariants;

/// <summary>
/// Who may have ended what: the log by the people that each entry concerns. A request without a clear answer counts as one that may
/// have been carried out, at any time after it was sent.
/// </summary>
internal sealed class Causes
{
    private static readonly LogEntry[] s_none = [];

    private readonly Dictionary<int, LogEntry[]> _of;

    public Causes(IEnumerable<LogEntry> log) => _of = log
        .Where(entry => MayHaveHappened(entry) && (entry.About > 0 || entry.Hand == Hand.Connected))
        .SelectMany(entry => new[] { entry.User, entry.About, entry.Hand == Hand.Connected ? entry.Shown : 0 }
            .Where(number => number > 0).Distinct().Select(number => (number, entry)))
        .GroupBy(pair => pair.number, pair => pair.entry)
        .ToDictionary(group => group.Key, group => group.ToArray());

    /// <summary>True when <paramref name="match"/> may have been taken out of the hand of <paramref name="user"/> by somebody else before <paramref name="until"/>.</summary>
    public bool MayHaveTurnedAway(int match, int user, TimeSpan until)
    {
        foreach (var entry in _of.GetValueOrDefault(match, s_none))
        {
            if (entry.Start > until)
            {
                continue;
            }

            switch (entry.Operation)
            {
                case Operation.Pass or Operation.Block when entry.User == match && entry.About == user:
                case Operation.Accept when entry.Outcome.IsUncertain() && entry.User != user && entry.About != user:
                case not Operation.Accept and not Operation.Pass and not Operation.Block when entry.Hand == Hand.Connected && !IsOf(entry, user):
                case Operation.Accept when entry.Hand == Hand.Connected && !IsOf(entry, user):
                    return true;
            }
        }

        return false;
    }

    /// <summary>True when one of the two may have ended what they have with each other, after <paramref name="since"/>.</summary>
    public bool MayHaveParted(int one, int other, TimeSpan since) => _of.GetValueOrDefault(one, s_none).Any(entry =>
        entry.Operation is Operation.Pass or Operation.Block
        && (entry.Outcome.IsUncertain() || entry.End >= since)
        && ((entry.User == one && entry.About == other) || (entry.User == other && entry.About == one)));

    /// <summary>True when one of the two may have blocked the other, so that nobody is told of a match.</summary>
    public bool MayHaveBlocked(int one, int other) => _of.GetValueOrDefault(one, s_none).Any(entry =>
        entry.Operation == Operation.Block && ((entry.User == one && entry.About == other) || (entry.User == other && entry.About == one)));

    /// <summary>True when one of the two may have passed or blocked the other at any time, so that a request that found it names no match.</summary>
    public bool MayHaveEnded(int one, int other) => MayHaveBlocked(one, other) || MayHaveParted(one, other, TimeSpan.Zero);

    /// <summary>True when the person may have turned to somebody else or away, after <paramref name="since"/>.</summary>
    public bool MayHaveDecided(int user, int match, TimeSpan since) => _of.GetValueOrDefault(user, s_none).Any(entry =>
        entry.User == user && entry.About == match && entry.Operation is Operation.Pass or Operation.Block
        && (entry.Outcome.IsUncertain() || entry.End >= since));

    private static bool IsOf(LogEntry entry, int user) => entry.User == user || entry.Shown == user;

    private static bool MayHaveHappened(LogEntry entry) => entry.Outcome == Outcome.Ok || entry.Outcome.IsUncertain();
}
