using Oith.Matching.Changes;
using Oith.Matching.Exclusions;
using Oith.Matching.Notifications;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Matches;

/// <summary>Accept and pass. Each may be repeated: the second time changes nothing and answers the same.</summary>
internal sealed class MatchDecisions(
    DynamoDBStore store,
    MatchStore matches,
    ProfileStore profiles,
    HistoryStore history,
    Matchmaking matchmaking,
    NotificationSender notifications,
    ChangeFeed changes,
    MatchingMetrics metrics,
    TimeProvider time)
{
    public const string Waiting = "Accepted. You are connected as soon as the other accepts too.";
    public const string Connected = "You are connected.";

    private const int Attempts = 8;

    /// <exception cref="ContentionException">The two kept changing their matches.</exception>
    public async Task<Decision> AcceptAsync(string email, string matchEmail, CancellationToken cancellationToken)
    {
        using var activity = MatchingActivities.Source.StartActivity("match accept");
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var now = time.GetUtcNow();
            var (done, hand) = await matches.AcceptAsync(email, matchEmail, now, cancellationToken);
            if (hand is null || hand.MatchEmail != matchEmail || hand.IsExpired(now))
            {
                return new Decision(DecisionOutcome.NotInHand);
            }

            if (done)
            {
                changes.AnnounceMatch(email);
                metrics.Decided("accepted");
            }

            // Own acceptance first, then a look at the other's: of two who accept at once, the later look sees both.
            var items = await store.FindTogetherAsync([matches.KeyOf(matchEmail), profiles.KeyOf(matchEmail)], cancellationToken);
            var others = MatchStore.Read(items[0]);
            if (ProfileStore.Read(items[1]) is not { } candidate)
            {
                return new Decision(DecisionOutcome.NotInHand);
            }

            if (hand.State == MatchState.Connected)
            {
                await AnnounceAsync(hand, cancellationToken);
                return new Decision(DecisionOutcome.Connected, hand, candidate);
            }

            if (others is not { State: MatchState.Accepted } other || other.MatchEmail != email || other.IsExpired(now))
            {
                // Connected meanwhile by the other's own accept: the next round sees it in this hand too.
                if (others is { State: MatchState.Connected } connected && connected.MatchEmail == email)
                {
                    continue;
                }

                return new Decision(DecisionOutcome.Waiting, hand, candidate);
            }

            if (await matchmaking.ConnectAsync(hand, other, cancellationToken))
            {
                metrics.Decided("connected");
                hand = hand with { State = MatchState.Connected, Unannounced = true };
                await AnnounceAsync(hand, cancellationToken);
                return new Decision(DecisionOutcome.Connected, hand, candidate);
            }
        }

        throw new ContentionException();
    }

    /// <exception cref="ContentionException">The two kept changing their matches.</exception>
    public async Task<Decision> PassAsync(string email, string matchEmail, CancellationToken cancellationToken)
    {
        using var activity = MatchingActivities.Source.StartActivity("match pass");
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var hand = await matches.FindAsync(email, cancellationToken);
            if (hand is null || hand.MatchEmail != matchEmail)
            {
                return new Decision(await history.ContainsAsync(email, matchEmail, cancellationToken) ? DecisionOutcome.Passed : DecisionOutcome.NotInHand);
            }

            var passed = hand.State == MatchState.Connected
                ? await matchmaking.UnmatchAsync(hand, cancellationToken)
                : await matchmaking.ReleaseAsync(hand, HistoryReason.Passed, cancellationToken);
            if (passed)
            {
                metrics.Decided(hand.State == MatchState.Connected ? "unmatched" : "passed");
                return new Decision(DecisionOutcome.Passed);
            }
        }

        throw new ContentionException();
    }

    /// <summary>
    /// Sends the notifications of a connection that may not have been sent. Their ids come from the connection, so that sending
    /// twice is told once; what cannot be sent now is sent when either of the two comes back.
    /// </summary>
    public async Task AnnounceAsync(MatchInHand hand, CancellationToken cancellationToken)
    {
        if (hand is { State: MatchState.Connected, Unannounced: true }
            && await notifications.TrySendConnectedAsync(hand.UserEmail, hand.MatchEmail, cancellationToken))
        {
            await matches.AnnouncedAsync(hand.UserEmail, hand.MatchEmail, cancellationToken);
            await matches.AnnouncedAsync(hand.MatchEmail, hand.UserEmail, cancellationToken);
            changes.AnnounceMatch(hand.UserEmail, hand.MatchEmail);
        }
    }
}

/// <param name="Hand">The match in the hand afterwards, when accepted.</param>
/// <param name="Candidate">Whom it shows.</param>
internal readonly record struct Decision(DecisionOutcome Outcome, MatchInHand? Hand = null, Profile? Candidate = null);

internal enum DecisionOutcome
{
    Waiting,
    Connected,
    Passed,

    /// <summary>The person does not hold that match, or no longer.</summary>
    NotInHand,
}
