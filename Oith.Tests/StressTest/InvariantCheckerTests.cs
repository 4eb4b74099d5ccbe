using Oith.StressTest.Crowds;
using Oith.StressTest.Invariants;
using Oith.StressTest.Load;

namespace Oith.Tests.StressTest;

/// <summary>Each invariant is broken once, and nothing else is blamed; and what only looks like it is let pass.</summary>
public sealed class InvariantCheckerTests
{
    private const int Ann = 1;
    private const int Bob = 2;
    private const int Cid = 3;
    private const int Dan = 4;

    private static readonly Guid s_id = new("5f0c4d9e-51f5-4f5c-a2a5-3bb8b0b4e6f0");

    [Fact]
    public void Nothing_Is_Violated_When_The_History_Is_That_Of_A_Sound_Service()
    {
        var history = new RunHistory()
            .Connect(Ann, Bob).Shown(Cid, Dan).Pass(Cid, Dan).Pass(Cid, Dan, isRepeated: true).Shown(Cid, 5).Block(Cid, 5).Shown(Cid, 0)
            .Request(s_id, 6, 7).Update(8, 1).Update(8, 2, Outcome.TimedOut);
        history.Profiles[8] = new StoredProfile(1, 0);

        Assert.Empty(history.Violated());
    }

    [Fact]
    public void Second_Match_Is_Found_When_Nobody_Ended_The_First()
    {
        Assert.Equal([InvariantChecker.OneInTheHand], new RunHistory().Shown(Ann, Bob).Shown(Ann, Cid).Violated());
        Assert.Equal([InvariantChecker.OneInTheHand], new RunHistory().Shown(Ann, Bob).Shown(Ann, 0, operation: Operation.Status).Violated());
        Assert.Equal([InvariantChecker.OneInTheHand], new RunHistory().Shown(Ann, Bob).Accept(Ann, Bob, outcome: Outcome.Overtaken).Violated());
    }

    [Fact]
    public void Second_Match_Is_Found_When_It_Came_By_A_Request()
    {
        Assert.Equal([InvariantChecker.OneInTheHand], new RunHistory().Shown(Ann, Bob).Request(s_id, Ann, Cid).Violated());
    }

    [Fact]
    public void Second_Match_Is_Right_When_The_First_Was_Ended()
    {
        Assert.Empty(new RunHistory().Shown(Ann, Bob).Pass(Ann, Bob).Shown(Ann, Cid).Violated());
        Assert.Empty(new RunHistory().Shown(Ann, Bob).Block(Bob, Ann).Shown(Ann, Cid).Violated());
        Assert.Empty(new RunHistory().Shown(Ann, Bob).Pass(Bob, Ann).Shown(Ann, Cid).Violated());
        Assert.Empty(new RunHistory().Shown(Ann, Bob).Connect(Bob, Dan).Shown(Ann, Cid).Violated());
        Assert.Empty(new RunHistory().Shown(Ann, Bob).Pass(Ann, Bob, Outcome.TimedOut).Shown(Ann, Cid).Violated());
    }

    [Fact]
    public void Second_Match_Is_Found_When_The_First_Was_Ended_Only_Afterwards()
    {
        Assert.Contains(InvariantChecker.OneInTheHand, new RunHistory().Shown(Ann, Bob).Shown(Ann, Cid).Pass(Bob, Ann).Violated());
    }

    [Fact]
    public void Hand_Is_Found_When_It_Lies_With_Somebody_Else()
    {
        var history = new RunHistory();
        history.Hands[Ann] = new StoredHand(Bob, Cid, Hand.Undecided);

        Assert.Equal([InvariantChecker.OneInTheHand], history.Violated());
    }

    [Fact]
    public void Connection_Is_Found_When_It_Is_One_Sided()
    {
        var history = new RunHistory().Connect(Ann, Bob);
        history.Hands[Bob] = new StoredHand(Bob, Cid, Hand.Undecided);
        Assert.Contains(InvariantChecker.Mutual, history.Violated());

        history = new RunHistory().Connect(Ann, Bob);
        history.Profiles[Bob] = new StoredProfile(0, 0);
        Assert.Equal([InvariantChecker.Mutual], history.Violated());

        history = new RunHistory();
        history.Profiles[Ann] = new StoredProfile(0, Bob);
        Assert.Equal([InvariantChecker.Mutual], history.Violated());
    }

    [Fact]
    public void Person_Is_Found_When_Shown_After_A_Pass_Or_A_Block()
    {
        Assert.Equal([InvariantChecker.NeverAgain], new RunHistory().Shown(Ann, Bob).Pass(Ann, Bob).Shown(Ann, Bob).Violated());
        Assert.Equal([InvariantChecker.NeverAgain], new RunHistory().Shown(Ann, Bob).Block(Ann, Bob).Shown(Ann, Bob, operation: Operation.Status).Violated());
        Assert.Equal([InvariantChecker.NeverAgain], new RunHistory().Block(Bob, Ann).Shown(Ann, Bob).Violated());
        Assert.Equal([InvariantChecker.NeverAgain], new RunHistory().Block(Bob, Ann).Request(s_id, Ann, Bob).Violated());
    }

    [Fact]
    public void Person_May_Be_Shown_When_The_Pass_Was_Not_Acknowledged()
    {
        Assert.Empty(new RunHistory().Shown(Ann, Bob).Pass(Ann, Bob, Outcome.TimedOut).Shown(Ann, Bob).Violated());
    }

    [Fact]
    public void Acceptance_Is_Found_When_Another_Instance_Does_Not_Know_It()
    {
        var history = new RunHistory().Shown(Ann, Bob).Accept(Ann, Bob).Shown(Ann, Bob, Hand.Undecided, Operation.Status);
        history.Hands[Ann] = new StoredHand(Ann, Bob, Hand.Accepted);
        Assert.Equal([InvariantChecker.SeenAtOnce], history.Violated());

        history = new RunHistory().Shown(Ann, Bob).Accept(Ann, Bob).Shown(Ann, Bob, Hand.Accepted, Operation.Status);
        history.Hands[Ann] = new StoredHand(Ann, Bob, Hand.Accepted);
        Assert.Empty(history.Violated());
    }

    [Fact]
    public void Connection_Is_Found_When_Only_One_Of_Two_Is_Shown_It()
    {
        Assert.Equal([InvariantChecker.SeenAtOnce], new RunHistory().Connect(Ann, Bob).Shown(Ann, Bob, Hand.Accepted, Operation.Status).Violated());
        Assert.Contains(InvariantChecker.SeenAtOnce, new RunHistory().Connect(Ann, Bob).Shown(Ann, 0, operation: Operation.Status).Violated());
        Assert.Empty(new RunHistory().Connect(Ann, Bob).Shown(Ann, Bob, Hand.Connected, Operation.Status).Violated());
    }

    [Fact]
    public void Connection_Is_Found_When_It_Is_Shown_After_Its_End()
    {
        Assert.Contains(InvariantChecker.SeenAtOnce, Ended().Shown(Bob, Ann, Hand.Connected, Operation.Status).Violated());
        Assert.Empty(Ended().Shown(Bob, 0, operation: Operation.Status).Violated());

        static RunHistory Ended()
        {
            var history = new RunHistory().Connect(Ann, Bob).Pass(Ann, Bob);
            history.Hands.Clear();
            history.Profiles.Clear();
            return history;
        }
    }

    [Fact]
    public void Request_May_Name_Nobody_When_Its_Match_Was_Passed_Or_Blocked()
    {
        Assert.Empty(new RunHistory().Request(s_id, Ann, Bob).Block(Bob, Ann).Follow(s_id, Ann, 0).Violated());
        Assert.Empty(new RunHistory().Request(s_id, Ann, Bob).Pass(Ann, Bob).Follow(s_id, Ann, 0).Violated());
        Assert.Contains(InvariantChecker.NeverAgain, new RunHistory().Request(s_id, Ann, Bob).Pass(Ann, Bob).Follow(s_id, Ann, Bob).Violated());
        Assert.Contains(InvariantChecker.OneOutcome, new RunHistory().Request(s_id, Ann, Bob).Follow(s_id, Ann, 0).Violated());
    }

    [Fact]
    public void Repetition_Is_Found_When_It_Is_Answered_Otherwise()
    {
        Assert.Equal(
            [InvariantChecker.Repeatable],
            new RunHistory().Shown(Ann, Bob).Pass(Ann, Bob).Pass(Ann, Bob, Outcome.Rejected, isRepeated: true).Violated());
        var history = new RunHistory().Shown(Ann, Bob).Accept(Ann, Bob).Accept(Ann, Bob, outcome: Outcome.Rejected, isRepeated: true);
        history.Hands[Ann] = new StoredHand(Ann, Bob, Hand.Accepted);
        Assert.Equal([InvariantChecker.Repeatable], history.Violated());
    }

    [Fact]
    public void Pass_Or_Block_Is_Found_When_It_Is_Lost()
    {
        var passed = new RunHistory().Shown(Ann, Bob).Pass(Ann, Bob);
        passed.History.Clear();
        Assert.Equal([InvariantChecker.NothingLost], passed.Violated());

        var blocked = new RunHistory().Block(Ann, Bob);
        blocked.Blocks.Clear();
        Assert.Equal([InvariantChecker.NothingLost], blocked.Violated());
    }

    [Fact]
    public void Accept_Is_Found_When_It_Is_Lost()
    {
        Assert.Equal([InvariantChecker.NothingLost], new RunHistory().Shown(Ann, Bob).Accept(Ann, Bob).Violated());

        var forgotten = new RunHistory().Shown(Ann, Bob).Accept(Ann, Bob);
        forgotten.Hands[Ann] = new StoredHand(Ann, Bob, Hand.Undecided);
        Assert.Equal([InvariantChecker.NothingLost], forgotten.Violated());

        var parted = new RunHistory().Connect(Ann, Bob);
        parted.Hands.Clear();
        parted.Profiles.Clear();
        Assert.Equal([InvariantChecker.NothingLost], parted.Violated());
    }

    [Fact]
    public void Accept_May_Be_Gone_When_Somebody_Ended_It()
    {
        Assert.Empty(new RunHistory().Shown(Ann, Bob).Accept(Ann, Bob).Pass(Ann, Bob).Violated());
        Assert.Empty(new RunHistory().Shown(Ann, Bob).Accept(Ann, Bob).Block(Bob, Ann).Violated());
        Assert.Empty(new RunHistory().Shown(Ann, Bob).Accept(Ann, Bob).Connect(Bob, Cid).Violated());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Profile_Is_Found_When_It_Is_Of_A_Version_That_It_Cannot_Be(int stored)
    {
        var history = new RunHistory().Update(Ann, 1).Update(Ann, 2).Update(Ann, 3, Outcome.TimedOut);
        history.Profiles[Ann] = new StoredProfile(stored, 0);
        Assert.Equal([InvariantChecker.NothingLost], history.Violated());

        history.Profiles[Ann] = new StoredProfile(3, 0);
        Assert.Empty(history.Violated());
    }

    [Fact]
    public void Request_Is_Found_When_It_Has_No_Outcome_Or_Two()
    {
        var lost = new RunHistory().Request(s_id, Ann, 0);
        lost.Requests.Clear();
        Assert.Equal([InvariantChecker.OneOutcome], lost.Violated());

        var waiting = new RunHistory().Request(s_id, Ann, 0);
        waiting.Requests[s_id] = new StoredRequest(RequestState.Queued, 0);
        Assert.Equal([InvariantChecker.OneOutcome], waiting.Violated());

        var both = new RunHistory().Request(s_id, Ann, 0);
        both.DeadLetters.Add(s_id);
        Assert.Equal([InvariantChecker.OneOutcome], both.Violated());

        var silent = new RunHistory().Request(s_id, Ann, 0);
        silent.Requests[s_id] = new StoredRequest(RequestState.Failed, 0);
        Assert.Equal([InvariantChecker.OneOutcome], silent.Violated());

        var changed = new RunHistory().Request(s_id, Ann, Bob);
        changed.Requests[s_id] = new StoredRequest(RequestState.Completed, Cid);
        Assert.Equal([InvariantChecker.OneOutcome], changed.Violated());
    }

    [Fact]
    public void Notification_Is_Found_When_It_Is_Missing_Or_Ambiguous()
    {
        var missing = new RunHistory().Request(s_id, Ann, Bob);
        missing.Notifications.Clear();
        Assert.Equal([InvariantChecker.Notified], missing.Violated());

        var untold = new RunHistory().Connect(Ann, Bob);
        untold.Notifications.RemoveAt(0);
        Assert.Equal([InvariantChecker.Notified], untold.Violated());

        var ambiguous = new RunHistory().Request(s_id, Ann, Bob);
        ambiguous.Notifications.Add(ambiguous.Notifications[0] with { Match = Cid });
        Assert.Equal([InvariantChecker.Notified], ambiguous.Violated());

        var twice = new RunHistory().Request(s_id, Ann, Bob);
        twice.Notifications.Add(twice.Notifications[0]);
        Assert.Empty(twice.Violated());
    }
}
