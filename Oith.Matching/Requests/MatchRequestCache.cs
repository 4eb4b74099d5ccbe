using Oith.Matching.Caching;
using Oith.Matching.Changes;

namespace Oith.Matching.Requests;

/// <summary>
/// Match requests that wait, kept until they change: here at once, elsewhere as fast as changes are exchanged. The longer the queue, the
/// more often clients ask; without this, their asking would make it longer still. Answered requests are not kept, because a match may be named only
/// while the table says so.
/// </summary>
internal sealed class MatchRequestCache(ChangeFeed changes, TimeProvider time)
{
    private const int Sets = 1 << 13;

    private readonly SetAssociativeCache<Entry> _entries = new(Sets);

    /// <summary>Take it before reading or writing what is to be kept.</summary>
    /// <param name="email">The request's user: with an erased user their requests go, too.</param>
    public RequestStamp Stamp(Guid requestId, string email) =>
        new(changes.RequestStamps.Of(Key(requestId)), changes.Stamps.Of(email), time.GetTimestamp());

    /// <returns>Null when the request must be read.</returns>
    public MatchRequest? Find(Guid requestId) =>
        _entries.Find(Key(requestId)) is { } entry
        && changes.Covers(entry.At)
        && changes.RequestStamps.Of(entry.Key) == entry.Stamp.OfRequest
        && changes.Stamps.Of(entry.Request.UserEmail) == entry.Stamp.OfOwner
            ? entry.Request
            : null;

    /// <param name="request">Queued.</param>
    public void Keep(MatchRequest request, RequestStamp stamp) => _entries.Keep(new Entry(Key(request.RequestId), request, stamp));

    /// <summary>Call it after the change is stored and before it is acknowledged.</summary>
    public void Changed(Guid requestId) => changes.AnnounceRequest(Key(requestId));

    private static string Key(Guid requestId) => requestId.ToString("D");

    private sealed record Entry(string Key, MatchRequest Request, RequestStamp Stamp) : ICacheEntry
    {
        public long At => Stamp.At;
    }
}

/// <param name="OfRequest">Changes of the request so far.</param>
/// <param name="OfOwner">Changes of the request's user so far.</param>
/// <param name="At">Timestamp of the clock.</param>
internal readonly record struct RequestStamp(long OfRequest, long OfOwner, long At);
