using Oith.Matching.Exclusions;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;

namespace Oith.Matching.Matches;

/// <summary>Reads the match in hand, from the cache where that is still true, and ends a match that is over.</summary>
internal sealed class HandReader(
    DynamoDBStore store,
    MatchStore matches,
    ProfileStore profiles,
    HistoryStore history,
    Matchmaking matchmaking,
    MatchDecisions decisions,
    HandCache cache,
    TimeProvider time)
{
    /// <summary>Returns the match in hand as it is, and changes nothing.</summary>
    public async Task<HandStatus> FindAsync(string email, CancellationToken cancellationToken)
    {
        var hand = await matches.FindAsync(email, cancellationToken);
        if (hand is null)
        {
            return await profiles.FindAsync(email, cancellationToken) is null
                ? new HandStatus(UserExists: false, Match: null, Message: null)
                : HandStatus.Empty("No match in the hand.");
        }

        if (hand.IsExpired(time.GetUtcNow()))
        {
            return HandStatus.Empty("The last match has expired.");
        }

        if (cache.Find(hand) is { } known)
        {
            return HandStatus.Of(known);
        }

        var match = cache.Stamp(hand.MatchEmail);
        if (await profiles.FindAsync(hand.MatchEmail, cancellationToken) is not { } candidate)
        {
            return HandStatus.Empty("The last match is no longer here.");
        }

        var view = MatchView.Of(hand, candidate);
        if (IsLasting(hand, candidate))
        {
            cache.Keep(hand, view, match);
        }

        return HandStatus.Of(view);
    }

    /// <summary>Returns the match in hand if its candidate is cached: one read instead of several, for users who ask again.</summary>
    /// <returns>Null when the hand is empty or expired, or the candidate must be read.</returns>
    public async ValueTask<MatchView?> FindCachedAsync(string email, CancellationToken cancellationToken) =>
        cache.Knows(email) && await matches.FindAsync(email, cancellationToken) is { } hand && !hand.IsExpired(time.GetUtcNow())
            ? cache.Find(hand)
            : null;

    /// <summary>Returns the match in hand, or empties the hand when the match is over.</summary>
    /// <returns>Null when the match is over, and the hand is empty now.</returns>
    public async Task<MatchView?> ReadAsync(MatchInHand hand, CancellationToken cancellationToken)
    {
        if (hand.IsExpired(time.GetUtcNow()))
        {
            await matchmaking.ReleaseAsync(hand, HistoryReason.AutoPassed, cancellationToken);
            return null;
        }

        if (cache.Find(hand) is { } known)
        {
            return known;
        }

        var match = cache.Stamp(hand.MatchEmail);
        if (hand.State == MatchState.Accepted)
        {
            return await WaitingAsync(hand, match, cancellationToken);
        }

        var candidate = await profiles.FindAsync(hand.MatchEmail, cancellationToken);
        if (hand.State == MatchState.Connected)
        {
            await decisions.AnnounceAsync(hand, cancellationToken);
            return candidate is null ? null : MatchView.Of(hand, candidate);
        }

        if (candidate is null || !IsLasting(hand, candidate))
        {
            await matchmaking.ReleaseAsync(hand, reason: null, cancellationToken);
            return null;
        }

        var view = MatchView.Of(hand, candidate);
        cache.Keep(hand, view, match);
        return view;
    }

    // The seeker accepted. The candidate may have accepted meanwhile (and a crash prevented the connection), passed, or not decided yet.
    private async Task<MatchView?> WaitingAsync(MatchInHand hand, HandStamp match, CancellationToken cancellationToken)
    {
        var items = await store.FindTogetherAsync(
            [profiles.KeyOf(hand.MatchEmail), history.KeyOf(hand.MatchEmail, hand.UserEmail), matches.KeyOf(hand.MatchEmail)], cancellationToken);
        var candidate = ProfileStore.Read(items[0]);
        if (items[1] is not null)
        {
            await matchmaking.ReleaseAsync(hand, HistoryReason.PassedBy, cancellationToken);
            return null;
        }

        if (MatchStore.Read(items[2]) is { } other && other.IsAcceptedOf(hand.UserEmail))
        {
            await decisions.AcceptAsync(hand.UserEmail, hand.MatchEmail, cancellationToken);
            return candidate is not null && await matches.FindAsync(hand.UserEmail, cancellationToken) is { } now && now.MatchEmail == hand.MatchEmail
                ? MatchView.Of(now, candidate)
                : null;
        }

        if (candidate is not { IsVisible: true, ActiveMatchEmail: null })
        {
            await matchmaking.ReleaseAsync(hand, reason: null, cancellationToken);
            return null;
        }

        var view = MatchView.Of(hand, candidate);
        cache.Keep(hand, view, match);
        return view;
    }

    // True for a match that only an announced change of either user can end. An accepted match is not: WaitingAsync checks how it may end.
    private static bool IsLasting(MatchInHand hand, Profile candidate) => hand.State switch
    {
        MatchState.Undecided => candidate is { IsVisible: true, ActiveMatchEmail: null },
        MatchState.Connected => !hand.Unannounced,
        _ => false,
    };
}

/// <summary>What a user has in hand.</summary>
/// <param name="UserExists">False when there is no such user.</param>
/// <param name="Match">Null when the hand is empty.</param>
/// <param name="Message">Explains an empty hand.</param>
internal readonly record struct HandStatus(bool UserExists, MatchView? Match, string? Message)
{
    public static HandStatus Of(MatchView match) => new(true, match, null);

    public static HandStatus Empty(string message) => new(true, null, message);
}
