using Oith.Matching.Caching;
using Oith.Matching.Candidates;

namespace Oith.Matching.Requests;

/// <summary>
/// Match requests as they were last found or left, kept until they change: here at once, elsewhere as fast as changes are exchanged. The
/// longer the queue, the more often people ask; without this, their asking would make it longer still.
/// </summary>
internal sealed class MatchRequestCache(ChangeFeed changes, TimeProvider time)
{
    private const int Sets = 1 << 13;

    private readonly SetAssociativeCache<Entry> _entries = new(Sets);

    /// <summary>Take it before reading or writing what is to be kept.</summary>
    /// <param name="email">Whose request it is: with an erased person their requests go, too.</param>
    /// <param name="matchEmail">Whom it found, for the same reason; null when nobody.</param>
    public RequestStamp Stamp(Guid requestId, string email, string? matchEmail) =>
        new(changes.RequestStamps.Of(Key(requestId)), changes.Stamps.Of(email), MatchStamp(matchEmail), time.GetTimestamp());

    /// <returns>Null when the request must be read.</returns>
    public MatchRequest? Find(Guid requestId) =>
        _entries.Find(Key(requestId)) is { } entry
        && changes.Covers(entry.At)
        && changes.RequestStamps.Of(entry.Key) == entry.Stamp.OfRequest
        && changes.Stamps.Of(entry.Request.UserEmail) == entry.Stamp.OfOwner
        && MatchStamp(entry.Request.Match?.Email) == entry.Stamp.OfMatch
            ? entry.Request
            : null;

    public void Keep(MatchRequest request, RequestStamp stamp) => _entries.Keep(new Entry(Key(request.RequestId), request, stamp));

    /// <summary>Call it after the change is stored and before anybody is told.</summary>
    public void Changed(Guid requestId) => changes.AnnounceRequest(Key(requestId));

    private long MatchStamp(string? email) => email is null ? 0 : changes.Stamps.Of(email);

    private static string Key(Guid requestId) => requestId.ToString("D");

    private sealed record Entry(string Key, MatchRequest Request, RequestStamp Stamp) : ICacheEntry
    {
        public long At => Stamp.At;
    }
}

/// <param name="OfRequest">Changes of the request so far.</param>
/// <param name="OfOwner">Changes of the person so far.</param>
/// <param name="OfMatch">Changes of whom it found so far.</param>
/// <param name="At">Timestamp of the clock.</param>
internal readonly record struct RequestStamp(long OfRequest, long OfOwner, long OfMatch, long At);
