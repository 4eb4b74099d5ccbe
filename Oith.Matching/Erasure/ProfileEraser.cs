using Oith.Matching.Blocks;
using Oith.Matching.Changes;
using Oith.Matching.Decks;
using Oith.Matching.Exclusions;
using Oith.Matching.Matches;
using Oith.Matching.Requests;
using Oith.Matching.Storage;

namespace Oith.Matching.Erasure;

/// <summary>
/// Erases every trace of a person. The profile is marked first, so that nobody is shown or connected to the person any more, and
/// deleted last, so that a run that stopped in the middle is seen and finished; every step may be repeated.
/// </summary>
internal sealed class ProfileEraser(
    ProfileStore profiles,
    Matchmaking matchmaking,
    MatchStore matches,
    MatchRequestStore requests,
    HistoryStore history,
    BlockStore blocks,
    DeckStore decks,
    MatchRateLimit rateLimit,
    ExclusionCache exclusions,
    ChangeFeed changes)
{
    public async Task EraseAsync(string email, CancellationToken cancellationToken)
    {
        if (!await profiles.BeginEraseAsync(email, cancellationToken))
        {
            return;
        }

        changes.Announce(email);
        await matchmaking.LeaveAsync(email, cancellationToken);
        await matches.ReleaseHoldersAsync(email, cancellationToken);
        // No hand holds the user now, so that none of what follows can be written anew.
        await requests.ForgetMatchAsync(email, cancellationToken);
        await history.EraseAsync(email, cancellationToken);
        await blocks.EraseAsync(email, cancellationToken);
        exclusions.Forget(email);
        await matches.DeleteOwnedAsync(email, cancellationToken);
        changes.AnnounceMatch(email);
        await decks.RemoveAsync(email, cancellationToken);
        await rateLimit.ForgetAsync(email, cancellationToken);
        await profiles.EndEraseAsync(email, cancellationToken);
    }
}
