using Oith.Matching.Notifications;
using Oith.Stack.Population;
using Oith.StressTest.Crowds;
using Oith.StressTest.Invariants;
using Oith.StressTest.Load;

namespace Oith.Tests.StressTest;

/// <summary>A history by hand: what was sent and answered, a second each, and what is stored in the end.</summary>
internal sealed class RunHistory
{
    private readonly List<LogEntry> _log = [];
    private int _second;

    public Dictionary<int, StoredHand> Hands { get; } = [];

    public HashSet<(int, int)> History { get; } = [];

    public HashSet<(int, int)> Blocks { get; } = [];

    public Dictionary<int, StoredProfile> Profiles { get; } = [];

    public Dictionary<Guid, StoredRequest> Requests { get; } = [];

    public List<StoredNotification> Notifications { get; } = [];

    public HashSet<Guid> DeadLetters { get; } = [];

    public RunHistory Shown(int user, int match, Hand hand = Hand.Undecided, Operation operation = Operation.Next) =>
        Add(operation, user, shown: match, hand: match == 0 ? Hand.Empty : hand);

    public RunHistory Accept(int user, int match, Hand hand = Hand.Accepted, Outcome outcome = Outcome.Ok, bool isRepeated = false) => Add(
        Operation.Accept, user, match, outcome == Outcome.Ok ? match : 0, outcome == Outcome.Ok ? hand : Hand.Empty, outcome, isRepeated: isRepeated);

    public RunHistory Pass(int user, int match, Outcome outcome = Outcome.Ok, bool isRepeated = false)
    {
        if (outcome == Outcome.Ok)
        {
            History.Add((user, match));
        }

        return Add(Operation.Pass, user, match, outcome: outcome, isRepeated: isRepeated);
    }

    public RunHistory Block(int user, int match)
    {
        Blocks.Add((user, match));
        return Add(Operation.Block, user, match);
    }

    public RunHistory Update(int user, int revision, Outcome outcome = Outcome.Ok) => Add(Operation.UpdateProfile, user, outcome: outcome, revision: revision);

    /// <summary>A request that found somebody, was told and was seen.</summary>
    public RunHistory Request(Guid id, int user, int match)
    {
        Requests[id] = new StoredRequest(RequestState.Completed, match);
        Notifications.Add(new StoredNotification(Notification.IdOf(Notification.Match, id.ToString("D")), Notification.Match, user, match));
        Add(Operation.Request, user, request: id, state: RequestState.Queued);
        return Add(Operation.Follow, user, shown: match, hand: Hand.Undecided, request: id, state: RequestState.Completed);
    }

    /// <summary>A look at what became of a request.</summary>
    public RunHistory Follow(Guid id, int user, int match) =>
        Add(Operation.Follow, user, shown: match, hand: match == 0 ? Hand.Empty : Hand.Undecided, request: id, state: RequestState.Completed);

    /// <summary>Two who accepted each other, stored and told.</summary>
    public RunHistory Connect(int one, int other)
    {
        Shown(one, other).Shown(other, one).Accept(one, other).Accept(other, one, Hand.Connected);
        foreach (var (user, match) in new[] { (one, other), (other, one) })
        {
            Hands[user] = new StoredHand(user, match, Hand.Connected);
            Profiles[user] = new StoredProfile(0, match);
            string[] pair = [SyntheticPopulation.EmailOf(user), SyntheticPopulation.EmailOf(match)];
            Array.Sort(pair, StringComparer.Ordinal);
            Notifications.Add(new StoredNotification(
                Notification.IdOf(Notification.Connected, pair[0], pair[1], SyntheticPopulation.EmailOf(user)), Notification.Connected, user, match));
        }

        return this;
    }

    /// <returns>Invariants that do not hold.</returns>
    public string[] Violated() =>
    [
        .. new InvariantChecker(_log, new StoredState(Hands, History, Blocks, Profiles, Requests, Notifications, DeadLetters))
            .Check().Checks.Where(check => check.Violations > 0).Select(check => check.Invariant),
    ];

    private RunHistory Add(
        Operation operation,
        int user,
        int about = 0,
        int shown = 0,
        Hand hand = Hand.Empty,
        Outcome outcome = Outcome.Ok,
        Guid request = default,
        RequestState? state = null,
        int revision = 0,
        bool isRepeated = false)
    {
        var start = TimeSpan.FromSeconds(_second++);
        _log.Add(new LogEntry(
            operation, outcome, user, about, start, start + TimeSpan.FromMilliseconds(100), shown, hand, request, state, revision, isRepeated));
        return this;
    }
}
