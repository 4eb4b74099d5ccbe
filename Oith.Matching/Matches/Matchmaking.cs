using Amazon.DynamoDBv2.Model;
using Oith.Matching.Blocks;
using Oith.Matching.Changes;
using Oith.Matching.Compatibility;
using Oith.Matching.Exclusions;
using Oith.Matching.Profiles;
using Oith.Matching.Requests;
using Oith.Matching.Storage;

namespace Oith.Matching.Matches;

/// <summary>
/// Puts matches into hands and takes them out. Every change is one transaction whose conditions keep the invariants; a caller that
/// loses a race reads again.
/// </summary>
internal sealed class Matchmaking(
    DynamoDBStore store,
    MatchStore matches,
    ProfileStore profiles,
    HistoryStore history,
    BlockStore blocks,
    MatchRequestStore requests,
    ExclusionCache exclusions,
    ChangeFeed changes,
    TimeProvider time,
    ILogger<Matchmaking> logger)
{
    // LastSeen decides about days, so it need not be written at every request.
    private static readonly TimeSpan s_lastSeenPrecision = TimeSpan.FromHours(1);

    /// <summary>
    /// Shows the candidate to the seeker, if the truth still allows it: both profiles as they are now, nothing between the two,
    /// and an empty hand.
    /// </summary>
    /// <param name="request">What this answers, completed in the same transaction; null when nobody waits.</param>
    public async Task<Presentation> PresentAsync(Profile seeker, string candidateEmail, MatchRequest? request, CancellationToken cancellationToken)
    {
        // A look that may be a moment old is enough, because the transaction demands that it still is the truth. Only a refusal is checked.
        var candidate = await profiles.GlanceAsync(candidateEmail, cancellationToken);
        var presentation = await PresentAsync(seeker, candidate, request, cancellationToken);
        if (presentation.Outcome == PresentationOutcome.CandidateChanged)
        {
            candidate = await profiles.FindAsync(candidateEmail, cancellationToken);
            presentation = await PresentAsync(seeker, candidate, request, cancellationToken);
        }

        if (presentation.Outcome == PresentationOutcome.CandidateChanged)
        {
            // The index is out of date: refresh the candidate there.
            changes.Refresh(candidateEmail);
        }

        return presentation;
    }

    private async Task<Presentation> PresentAsync(Profile seeker, Profile? candidate, MatchRequest? request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (candidate is null || !MayBeShown(seeker, candidate, now - PreferenceRules.ActiveWithin))
        {
            return new Presentation(PresentationOutcome.CandidateChanged);
        }

        var hand = new MatchInHand(
            seeker.Email,
            candidate.Email,
            MatchState.Undecided,
            DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()),
            DateTimeOffset.FromUnixTimeMilliseconds((now + MatchInHand.Lifetime).ToUnixTimeMilliseconds()),
            CompatibilityScore.Of(seeker, candidate),
            PreferenceRules.Distance(seeker, candidate)!.Value);
        var touches = now - seeker.LastSeen > s_lastSeenPrecision;
        var handIsEmpty = matches.Hold(hand);
        var candidateIsUnchanged = profiles.Unchanged(candidate, available: true);
        var seekerIsUnchanged = touches ? profiles.Seen(seeker, now) : profiles.Unchanged(seeker, available: false);
        List<TransactWriteItem> writes =
        [
            handIsEmpty,
            candidateIsUnchanged,
            blocks.Absent(seeker.Email, candidate.Email),
            blocks.Absent(candidate.Email, seeker.Email),
            history.Absent(seeker.Email, candidate.Email),
            seekerIsUnchanged,
        ];
        var completion = request is null
            ? null
            : requests.Complete(request, new MatchRequestResult(hand.MatchEmail, hand.Compatibility, hand.Distance));
        if (completion is not null)
        {
            writes.Add(completion);
        }

        var result = await store.WriteAsync(writes, cancellationToken);
        if (result.Committed)
        {
            if (request is not null)
            {
                requests.Changed(request.RequestId);
            }

            if (touches)
            {
                changes.Announce(seeker);
            }
            else
            {
                changes.AnnounceMatch(seeker.Email);
            }

            return new Presentation(PresentationOutcome.Presented, hand, candidate);
        }

        if (request is not null && result.Failed(completion!))
        {
            // The cached state of the request is out of date.
            requests.Changed(request.RequestId);
            return new Presentation(PresentationOutcome.RequestAnswered);
        }

        return new Presentation(
            result.Failed(handIsEmpty) ? PresentationOutcome.HandTaken
            : result.Failed(seekerIsUnchanged) ? PresentationOutcome.SeekerChanged
            : result.Failed(candidateIsUnchanged) ? PresentationOutcome.CandidateChanged
            : PresentationOutcome.Excluded);
    }

    /// <summary>Completes the request with the match that its user holds already.</summary>
    /// <returns>False when the user does not hold that match any more, the match is gone, or the request was completed or deleted meanwhile.</returns>
    public async Task<bool> AnswerAsync(MatchRequest request, MatchRequestResult match, CancellationToken cancellationToken)
    {
        var result = await store.WriteAsync(
            [matches.Holding(request.UserEmail, match.Email), profiles.Exists(match.Email), requests.Complete(request, match)], cancellationToken);
        requests.Changed(request.RequestId);
        return result.Committed;
    }

    /// <summary>True when the rules allow the candidate to be shown to the seeker, exclusions apart.</summary>
    public static bool MayBeShown(Profile seeker, Profile candidate, DateTimeOffset seenSince) =>
        candidate.Email != seeker.Email && candidate.IsVisible && candidate.ActiveMatchEmail is null && candidate.LastSeen >= seenSince
        && PreferenceRules.IsReciprocal(seeker, candidate);

    /// <summary>Connects the two, if both have accepted each other and neither has expired.</summary>
    /// <returns>False when one of the hands has changed since it was read.</returns>
    public async Task<bool> ConnectAsync(MatchInHand one, MatchInHand other, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var result = await store.WriteAsync(
            [
                matches.Connect(one, now),
                matches.Connect(other, now),
                profiles.Connect(one.UserEmail, other.UserEmail),
                profiles.Connect(other.UserEmail, one.UserEmail),
            ],
            cancellationToken);
        if (result.Committed)
        {
            changes.Announce(one.UserEmail, other.UserEmail);
            logger.Connected();
        }

        return result.Committed;
    }

    /// <summary>Empties the hand of an undecided or accepted match.</summary>
    /// <param name="reason">Why the match is not to be shown again; null when it may be.</param>
    /// <returns>False when the hand has changed since it was read.</returns>
    public async Task<bool> ReleaseAsync(MatchInHand hand, HistoryReason? reason, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        List<TransactWriteItem> writes = [matches.Release(hand)];
        if (reason is { } why)
        {
            writes.Add(history.Add(hand.UserEmail, hand.MatchEmail, why, now));
        }

        if (reason == HistoryReason.AutoPassed)
        {
            writes.Add(history.Add(hand.MatchEmail, hand.UserEmail, HistoryReason.AutoPassedBy, now));
        }

        if (!(await store.WriteAsync(writes, cancellationToken)).Committed)
        {
            return false;
        }

        changes.AnnounceMatch(hand.UserEmail, hand.MatchEmail);
        if (reason is not null)
        {
            exclusions.Add(hand.UserEmail, hand.MatchEmail);
        }

        if (reason == HistoryReason.AutoPassed)
        {
            exclusions.Add(hand.MatchEmail, hand.UserEmail);
        }

        return true;
    }

    /// <summary>Ends a connection: both hands are empty, and neither is shown the other again.</summary>
    /// <returns>False when the connection has changed since it was read.</returns>
    public async Task<bool> UnmatchAsync(MatchInHand hand, CancellationToken cancellationToken)
    {
        if (await matches.FindAsync(hand.MatchEmail, cancellationToken) is not { State: MatchState.Connected } other || other.MatchEmail != hand.UserEmail)
        {
            return false;
        }

        var now = time.GetUtcNow();
        if (!await CommitAsync(
            [
                .. Disconnection(hand, other, byBlock: false),
                history.Add(hand.UserEmail, other.UserEmail, HistoryReason.Unmatched, now),
                history.Add(other.UserEmail, hand.UserEmail, HistoryReason.Unmatched, now),
            ],
            [hand.UserEmail, other.UserEmail],
            cancellationToken))
        {
            return false;
        }

        exclusions.Add(hand.UserEmail, other.UserEmail);
        exclusions.Add(other.UserEmail, hand.UserEmail);
        return true;
    }

    /// <summary>Writes the block and dissolves whatever the two have with each other, in either direction.</summary>
    /// <returns>False when there is no such blocker.</returns>
    /// <exception cref="ContentionException">The two kept changing their matches.</exception>
    public async Task<bool> BlockAsync(string blockerEmail, string blockedEmail, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 8; attempt++)
        {
            var items = await store.FindTogetherAsync(
                [matches.KeyOf(blockerEmail), matches.KeyOf(blockedEmail), profiles.KeyOf(blockedEmail)], cancellationToken);
            var one = MatchStore.Read(items[0]) is { } held && held.MatchEmail == blockedEmail ? held : null;
            var other = MatchStore.Read(items[1]) is { } heldByOther && heldByOther.MatchEmail == blockerEmail ? heldByOther : null;
            var now = time.GetUtcNow();
            List<TransactWriteItem> writes = [blocks.Add(blockerEmail, blockedEmail, now)];
            var connected = one?.State == MatchState.Connected && other?.State == MatchState.Connected;
            if (connected)
            {
                // The update of the profile in it demands that the blocker exists.
                writes.AddRange(Disconnection(one!, other!, byBlock: true));
                writes.Add(history.Add(blockerEmail, blockedEmail, HistoryReason.Unmatched, now));
                writes.Add(history.Add(blockedEmail, blockerEmail, HistoryReason.Unmatched, now));
            }
            else
            {
                writes.Add(profiles.HasBlocks(blockerEmail));
                if (ProfileStore.Read(items[2]) is not null)
                {
                    writes.Add(profiles.HasBlocks(blockedEmail));
                }

                writes.Add(one is null ? matches.NotHolding(blockerEmail, blockedEmail) : matches.Release(one));
                writes.Add(other is null ? matches.NotHolding(blockedEmail, blockerEmail) : matches.Release(other));
            }

            if (await CommitAsync(writes, connected ? [blockerEmail, blockedEmail] : [], cancellationToken))
            {
                exclusions.Add(blockerEmail, blockedEmail);
                exclusions.Add(blockedEmail, blockerEmail);
                return true;
            }

            if (await profiles.FindAsync(blockerEmail, cancellationToken) is null)
            {
                return false;
            }
        }

        throw new ContentionException();
    }

    /// <summary>Frees the other side of the person's connection and empties the person's hand, without leaving a memory of it.</summary>
    public async Task LeaveAsync(string email, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 8; attempt++)
        {
            if (await matches.FindAsync(email, cancellationToken) is not { } hand)
            {
                return;
            }

            var left = hand.State == MatchState.Connected
                && await matches.FindAsync(hand.MatchEmail, cancellationToken) is { State: MatchState.Connected } other && other.MatchEmail == email
                ? await CommitAsync([.. Disconnection(hand, other, byBlock: false)], [other.UserEmail], cancellationToken)
                : await ReleaseAsync(hand, reason: null, cancellationToken);
            if (left)
            {
                return;
            }
        }

        throw new ContentionException();
    }

    private TransactWriteItem[] Disconnection(MatchInHand one, MatchInHand other, bool byBlock) =>
    [
        matches.Release(one),
        matches.Release(other),
        profiles.Disconnect(one.UserEmail, other.UserEmail, byBlock),
        profiles.Disconnect(other.UserEmail, one.UserEmail, byBlock),
    ];

    private async Task<bool> CommitAsync(
        List<TransactWriteItem> writes, string[] changed, CancellationToken cancellationToken)
    {
        var committed = (await store.WriteAsync(writes, cancellationToken)).Committed;
        if (committed)
        {
            changes.Announce(changed);
        }

        return committed;
    }
}

/// <summary>What became of an attempt to show a candidate.</summary>
/// <param name="Hand">The match that is now in the hand, when presented.</param>
/// <param name="Candidate">Whom it shows, when presented.</param>
internal readonly record struct Presentation(PresentationOutcome Outcome, MatchInHand? Hand = null, Profile? Candidate = null);

internal enum PresentationOutcome
{
    Presented,

    /// <summary>The candidate does not fit any more, or is gone; another may fit.</summary>
    CandidateChanged,

    /// <summary>History or a block stands between the two; another may fit.</summary>
    Excluded,

    /// <summary>The seeker holds a match already.</summary>
    HandTaken,

    /// <summary>The seeker's profile changed or is gone.</summary>
    SeekerChanged,

    /// <summary>The request that this was to answer was completed meanwhile, or is gone.</summary>
    RequestAnswered,
}
