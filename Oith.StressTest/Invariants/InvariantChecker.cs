using Oith.Matching.Notifications;
using Oith.StressTest.Crowds;
using Oith.StressTest.Load;

namespace Oith.StressTest.Invariants;

/// <summary>
/// Holds what was acknowledged against what is stored, after everything has come to rest. Knows nothing of how the service works:
/// it takes the design's word for what must be true. With several instances of the service the same must be true, from the acknowledgement on.
/// </summary>
internal sealed class InvariantChecker(IReadOnlyList<LogEntry> log, StoredState stored)
{
    public const string OneInTheHand = "Nobody has two matches: another one only after the former has ended";
    public const string Mutual = "A connection is mutual";
    public const string NeverAgain = "Nobody is shown whom they passed or blocked, or who blocked them";
    public const string SeenAtOnce = "An acknowledged acceptance, connection or end of one is seen by both, on every instance";
    public const string Repeatable = "A repeated request changes nothing";
    public const string NothingLost = "No acknowledged accept, pass, block or profile change is lost";
    public const string OneOutcome = "Every queued request has exactly one outcome: a match, none, or the dead letters";
    public const string Notified = "Every match of a request and every connection is told, under one id";

    private readonly Causes _causes = new(log);
    private readonly LogEntry[] _log = [.. log.OrderBy(entry => entry.End)];

    public InvariantReport Check() => new(
        [CheckHands(), CheckConnections(), CheckShown(), new Acknowledged(_log, _causes).Check(SeenAtOnce), CheckRepeated(), CheckLost(), CheckRequests(), CheckNotifications()]);

    private InvariantCheck CheckHands()
    {
        var findings = new Findings(OneInTheHand);
        foreach (var (user, hand) in stored.Hands)
        {
            findings.Expect(hand.Owner == user, $"The hand of {user} is stored as that of {hand.Owner}.");
        }

        foreach (var own in _log.GroupBy(entry => entry.User))
        {
            CheckHand(own.Key, own, findings);
        }

        return findings.Read();
    }

    private void CheckHand(int user, IEnumerable<LogEntry> own, Findings findings)
    {
        var (held, since) = (0, TimeSpan.Zero);
        foreach (var entry in own)
        {
            var shown = entry switch
            {
                { Outcome: Outcome.Ok } when Tells(entry) => entry.Shown,
                // "That is not in your hand."
                { Outcome: Outcome.Overtaken, Operation: Operation.Accept or Operation.Pass } when entry.About == held => 0,
                _ => held,
            };
            if (held > 0 && shown != held)
            {
                findings.Expect(
                    _causes.MayHaveDecided(user, held, since) || _causes.MayHaveTurnedAway(held, user, entry.End),
                    $"{user} held {held} and at {entry.End} had {Name(shown)} ({entry.Operation}), but nobody had ended the former.");
            }

            if (shown != held || shown > 0)
            {
                (held, since) = (Math.Max(0, shown), entry.Start);
            }
        }
    }

    private InvariantCheck CheckConnections()
    {
        var findings = new Findings(Mutual);
        foreach (var (user, hand) in stored.Hands.Where(pair => pair.Value.State == Hand.Connected))
        {
            findings.Expect(
                stored.Hands.GetValueOrDefault(hand.Match) is { State: Hand.Connected } other && other.Match == user,
                $"{user} is connected with {hand.Match}, who holds {Name(stored.Hands.GetValueOrDefault(hand.Match)?.Match ?? 0)}.");
            findings.Expect(
                stored.Profiles.GetValueOrDefault(user)?.ActiveMatch == hand.Match,
                $"{user} is connected with {hand.Match}, but the profile names {Name(stored.Profiles.GetValueOrDefault(user)?.ActiveMatch ?? 0)}.");
        }

        foreach (var (user, profile) in stored.Profiles.Where(pair => pair.Value.ActiveMatch != 0))
        {
            findings.Expect(
                stored.Hands.GetValueOrDefault(user) is { State: Hand.Connected } hand && hand.Match == profile.ActiveMatch,
                $"The profile of {user} names {profile.ActiveMatch}, whom the hand does not hold as connected.");
        }

        return findings.Read();
    }

    private InvariantCheck CheckShown()
    {
        var findings = new Findings(NeverAgain);
        var ended = new Dictionary<(int, int), TimeSpan>();
        foreach (var entry in _log.Where(entry => entry.Outcome == Outcome.Ok))
        {
            switch (entry.Operation)
            {
                case Operation.Pass:
                    ended.TryAdd((entry.User, entry.About), entry.End);
                    break;
                case Operation.Block:
                    ended.TryAdd((entry.User, entry.About), entry.End);
                    ended.TryAdd((entry.About, entry.User), entry.End);
                    break;
            }
        }

        foreach (var entry in _log.Where(entry => entry.Outcome == Outcome.Ok && entry.Shown > 0))
        {
            findings.Expect(
                !ended.TryGetValue((entry.User, entry.Shown), out var at) || entry.Start <= at,
                $"{entry.User} was shown {entry.Shown} at {entry.End} ({entry.Operation}), which was acknowledged as over at {at}.");
        }

        return findings.Read();
    }

    private InvariantCheck CheckRepeated()
    {
        var findings = new Findings(Repeatable);
        foreach (var entry in _log.Where(entry => entry.IsRepeated && !entry.Outcome.IsUncertain()))
        {
            // Whether an acceptance still stands depends on the other as well.
            var isSame = entry.Operation == Operation.Accept
                ? (entry.Outcome == Outcome.Ok && entry.Shown == entry.About) || _causes.MayHaveTurnedAway(entry.About, entry.User, entry.End)
                : entry.Outcome == Outcome.Ok;
            findings.Expect(isSame, $"{entry.User} repeated {entry.Operation} of {entry.About} at {entry.End}: {entry.Outcome}, {Name(entry.Shown)}.");
        }

        return findings.Read();
    }

    private InvariantCheck CheckLost()
    {
        var findings = new Findings(NothingLost);
        foreach (var entry in _log.Where(entry => entry.Outcome == Outcome.Ok))
        {
            switch (entry.Operation)
            {
                case Operation.Pass:
                    findings.Expect(stored.History.Contains((entry.User, entry.About)), $"{entry.User} passed {entry.About} at {entry.End}: not in the history.");
                    break;
                case Operation.Block:
                    findings.Expect(stored.Blocks.Contains((entry.User, entry.About)), $"{entry.User} blocked {entry.About} at {entry.End}: no such block.");
                    break;
                case Operation.Accept:
                    CheckAccepted(entry, findings);
                    break;
            }
        }

        foreach (var own in _log.Where(entry => entry.Operation == Operation.UpdateProfile).GroupBy(entry => entry.User))
        {
            var acknowledged = own.Where(entry => entry.Outcome == Outcome.Ok).Select(entry => entry.Revision).DefaultIfEmpty().Max();
            var sent = own.Max(entry => entry.Revision);
            var revision = stored.Profiles.GetValueOrDefault(own.Key)?.Revision ?? 0;
            findings.Expect(
                revision >= acknowledged && revision <= sent,
                $"The profile of {own.Key} is stored in version {revision}, but {acknowledged} was acknowledged and {sent} sent.");
        }

        return findings.Read();
    }

    private void CheckAccepted(LogEntry accepted, Findings findings)
    {
        var (user, match) = (accepted.User, accepted.About);
        var hand = stored.Hands.GetValueOrDefault(user);
        var stands = accepted.Hand == Hand.Connected
            ? hand is { State: Hand.Connected } && hand.Match == match
            : hand is { State: Hand.Accepted or Hand.Connected } && hand.Match == match;
        findings.Expect(
            stands || _causes.MayHaveParted(user, match, accepted.Start)
                || (accepted.Hand == Hand.Accepted && _causes.MayHaveTurnedAway(match, user, TimeSpan.MaxValue)),
            $"{user} accepted {match} at {accepted.End} ({accepted.Hand}); stored is {hand?.State.ToString() ?? "nothing"} of {Name(hand?.Match ?? 0)}.");
    }

    private InvariantCheck CheckRequests()
    {
        var findings = new Findings(OneOutcome);
        foreach (var entry in _log.Where(entry => entry is { Operation: Operation.Request, Outcome: Outcome.Ok }).DistinctBy(entry => entry.Request))
        {
            var request = stored.Requests.GetValueOrDefault(entry.Request);
            var isDead = stored.DeadLetters.Contains(entry.Request);
            findings.Expect(
                request?.State switch
                {
                    RequestState.Completed => !isDead,
                    RequestState.Failed => isDead,
                    _ => false,
                },
                $"Request {entry.Request} of {entry.User} is {request?.State.ToString() ?? "unknown"}{(isDead ? " and among the dead letters" : "")}.");
        }

        foreach (var entry in _log.Where(entry => entry is { Operation: Operation.Follow, RequestState: RequestState.Completed }))
        {
            findings.Expect(
                stored.Requests.GetValueOrDefault(entry.Request) is { State: RequestState.Completed } request
                    && (request.Match == entry.Shown || (entry.Shown == 0 && _causes.MayHaveEnded(entry.User, request.Match))),
                $"Request {entry.Request} of {entry.User} was answered with {Name(entry.Shown)}, which is not what is stored.");
        }

        return findings.Read();
    }

    private InvariantCheck CheckNotifications()
    {
        var findings = new Findings(Notified);
        var told = stored.Notifications.GroupBy(notification => notification.Id).ToDictionary(group => group.Key, group => group.Distinct().ToArray());
        foreach (var (id, notifications) in told)
        {
            findings.Expect(notifications.Length == 1, $"Notification {id} says {notifications.Length} different things.");
        }

        foreach (var entry in _log.Where(entry => entry is { Operation: Operation.Request, Outcome: Outcome.Ok }).DistinctBy(entry => entry.Request))
        {
            if (stored.Requests.GetValueOrDefault(entry.Request) is { State: RequestState.Completed, Match: > 0 } request)
            {
                findings.Expect(
                    told.ContainsKey(Notification.IdOf(Notification.Match, entry.Request.ToString("D"))) || _causes.MayHaveBlocked(entry.User, request.Match),
                    $"{entry.User} was not told of the match of request {entry.Request}.");
            }
        }

        // Those of an earlier run were told in that run.
        var made = _log.Where(entry => entry.Operation == Operation.Accept && (entry.Outcome.IsUncertain() || entry.Hand == Hand.Connected))
            .SelectMany(entry => new[] { (entry.User, entry.About), (entry.About, entry.User) }).ToHashSet();
        foreach (var (user, hand) in stored.Hands.Where(pair => pair.Value is { State: Hand.Connected, Unannounced: false } && made.Contains((pair.Key, pair.Value.Match))))
        {
            string[] pair = [EmailOf(user), EmailOf(hand.Match)];
            Array.Sort(pair, StringComparer.Ordinal);
            findings.Expect(
                told.ContainsKey(Notification.IdOf(Notification.Connected, pair[0], pair[1], EmailOf(user))), $"{user} was not told of the connection with {hand.Match}.");
        }

        return findings.Read();
    }

    /// <summary>True for an answer that says what is in the hand.</summary>
    private static bool Tells(LogEntry entry) => entry.Operation switch
    {
        Operation.Status or Operation.Look or Operation.Next or Operation.Accept => true,
        Operation.Follow => entry.Shown > 0,
        Operation.Pass or Operation.Block => true,
        _ => false,
    };

    private static string EmailOf(int number) => Oith.Stack.Population.SyntheticPopulation.EmailOf(number);

    private static string Name(int number) => number == 0 ? "nobody" : $"{number}";
}
