using Oith.Matching.Blocks;
using Oith.Matching.Exclusions;
using Oith.Matching.Storage;

namespace Oith.Matching.Requests;

/// <summary>
/// Requests as their user may see them. The record keeps what the request found for as long as it is kept; the match is left out once the user is not
/// to be shown it again (passed, expired, unmatched, turned away) or either has blocked the other, and a request that can no longer be in the queue
/// counts as failed.
/// </summary>
internal sealed class MatchRequestReader(
    DynamoDBStore store, MatchRequestStore requests, HistoryStore history, BlockStore blocks, TimeProvider time)
{
    private const string NoLongerShown = "The match of this request is not shown to you any more.";
    private const string NeverAnswered = "The request was not answered in time. Make a new one.";

    /// <summary>MessageRetentionPeriod of the queue, and the three attempts of a message that was received in its last minute.</summary>
    private static readonly TimeSpan s_longestQueued = TimeSpan.FromDays(1) + TimeSpan.FromMinutes(5);

    /// <returns>Null when there is no such request. One that waits may be a second old.</returns>
    public async Task<MatchRequest?> FindAsync(Guid requestId, CancellationToken cancellationToken) =>
        await requests.GlanceAsync(requestId, cancellationToken) is { } request ? await ViewAsync(request, cancellationToken) : null;

    /// <param name="request">As stored.</param>
    public async ValueTask<MatchRequest> ViewAsync(MatchRequest request, CancellationToken cancellationToken)
    {
        if (request.Status == MatchRequestStatus.Queued && time.GetUtcNow() - request.CreatedAt > s_longestQueued)
        {
            return request with { Status = MatchRequestStatus.Failed, Message = NeverAnswered };
        }

        if (request.Match is not { } match)
        {
            return request;
        }

        var found = await store.FindTogetherAsync(
            [
                history.KeyOf(request.UserEmail, match.Email),
                blocks.KeyOf(request.UserEmail, match.Email),
                blocks.KeyOf(match.Email, request.UserEmail),
            ],
            cancellationToken);
        return Array.TrueForAll(found, end => end is null) ? request : request with { Match = null, Message = NoLongerShown };
    }
}
