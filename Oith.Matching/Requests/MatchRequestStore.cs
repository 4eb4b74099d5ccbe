using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Options;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;

namespace Oith.Matching.Requests;

/// <summary>
/// The matches table, of which this class knows the items of queued requests:
/// <c>{id: "request#5f0c…", userEmail: "a@…", status: "queued", createdAt: 1793534400000, timeToLive: 1793707200}</c>.
/// An e-mail has an @ and a request's id has none, so the two kinds never meet.
/// </summary>
internal sealed class MatchRequestStore(DynamoDBStore store, ProfileStore profiles, MatchRequestCache cache, IOptions<MatchingOptions> options)
{
    private const string Queued = "queued";
    private const string Completed = "completed";
    private const string Failed = "failed";
    private const string NotCompleted = "userEmail = :email AND #status <> :status";

    private static readonly TimeSpan s_kept = TimeSpan.FromDays(2);

    private readonly string _table = options.Value.MatchesTable;

    public async Task<MatchRequest?> FindAsync(Guid requestId, CancellationToken cancellationToken) =>
        Read(requestId, await store.FindAsync(_table, Key(requestId), cancellationToken));

    /// <summary>The request as it was within the last second, without reading; null when it must be read.</summary>
    public MatchRequest? FindKnown(Guid requestId) => cache.Find(requestId);

    /// <summary>The request as it was within the last second.</summary>
    public async ValueTask<MatchRequest?> GlanceAsync(Guid requestId, CancellationToken cancellationToken)
    {
        if (cache.Find(requestId) is { } known)
        {
            return known;
        }

        var request = await FindAsync(requestId, cancellationToken);
        if (request is not { Status: MatchRequestStatus.Queued })
        {
            return request;
        }

        // Read again to be kept: only now is it known whose changes to watch from before the reading on.
        var stamp = cache.Stamp(requestId, request.UserEmail, matchEmail: null);
        request = await FindAsync(requestId, cancellationToken);
        if (request is { Status: MatchRequestStatus.Queued })
        {
            cache.Keep(request, stamp);
        }

        return request;
    }

    /// <summary>For <see cref="DynamoDBStore.FindTogetherAsync"/>, whose answer <see cref="Read"/> reads.</summary>
    public ItemKey KeyOf(Guid requestId) => new(_table, Key(requestId));

    /// <param name="request">Queued.</param>
    /// <returns>False when there is no such person, or a request of that id already.</returns>
    public async Task<bool> CreateAsync(MatchRequest request, CancellationToken cancellationToken)
    {
        var stamp = cache.Stamp(request.RequestId, request.UserEmail, matchEmail: null);
        var item = Key(request.RequestId);
        item["userEmail"] = Attributes.Text(request.UserEmail);
        item["status"] = Attributes.Text(Queued);
        item["createdAt"] = Attributes.Time(request.CreatedAt);
        item["timeToLive"] = Attributes.Number((request.CreatedAt + s_kept).ToUnixTimeSeconds());
        var result = await store.WriteAsync(
            [
                new TransactWriteItem { Put = new Put { TableName = _table, Item = item, ConditionExpression = "attribute_not_exists(id)" } },
                profiles.Exists(request.UserEmail),
            ],
            cancellationToken);
        if (result.Committed)
        {
            cache.Keep(request, stamp);
        }

        return result.Committed;
    }

    /// <summary>The request has found <paramref name="match"/>, or nobody. A request whose record is gone stays gone.</summary>
    public Task CompleteAsync(Guid requestId, string email, MatchRequestResult? match, CancellationToken cancellationToken)
    {
        var (update, values) = Completion(email, match);
        return UpdateAsync(requestId, update, NotCompleted, values, cancellationToken);
    }

    /// <summary>
    /// As <see cref="CompleteAsync"/>, as part of a transaction in which one more change is the owner's; <see cref="Committed"/> or
    /// <see cref="Changed"/> says how that ended.
    /// </summary>
    public RequestCompletion Complete(MatchRequest request, MatchRequestResult match)
    {
        var stamp = cache.Stamp(request.RequestId, request.UserEmail, match.Email);
        var (update, values) = Completion(request.UserEmail, match);
        var write = new TransactWriteItem
        {
            Update = new Update
            {
                TableName = _table,
                Key = Key(request.RequestId),
                UpdateExpression = update,
                ConditionExpression = NotCompleted,
                ExpressionAttributeNames = StatusName,
                ExpressionAttributeValues = values,
            },
        };
        // One change more than these two, and somebody else was at work meanwhile.
        return new RequestCompletion(
            write,
            request with { Status = MatchRequestStatus.Completed, Match = match, Message = null },
            stamp with { OfRequest = stamp.OfRequest + 1, OfOwner = stamp.OfOwner + 1 });
    }

    /// <summary>The request is completed now.</summary>
    public void Committed(RequestCompletion completion)
    {
        Changed(completion.Request.RequestId);
        cache.Keep(completion.Request, completion.Stamp);
    }

    /// <summary>The request is not as it was any more.</summary>
    public void Changed(Guid requestId) => cache.Changed(requestId);

    /// <summary>The request failed for good, unless it was completed.</summary>
    public Task FailAsync(Guid requestId, string message, CancellationToken cancellationToken) => UpdateAsync(
        requestId,
        "SET #status = :failed, message = :message",
        "#status = :queued",
        new()
        {
            [":failed"] = Attributes.Text(Failed),
            [":queued"] = Attributes.Text(Queued),
            [":message"] = Attributes.Text(message),
        },
        cancellationToken);

    public async Task RemoveAsync(Guid requestId, CancellationToken cancellationToken)
    {
        await store.DeleteAsync(new DeleteItemRequest { TableName = _table, Key = Key(requestId) }, cancellationToken);
        Changed(requestId);
    }

    private static (string Update, Dictionary<string, AttributeValue> Values) Completion(string email, MatchRequestResult? match)
    {
        var values = new Dictionary<string, AttributeValue> { [":status"] = Attributes.Text(Completed), [":email"] = Attributes.Text(email) };
        if (match is null)
        {
            return ("SET #status = :status REMOVE message", values);
        }

        values[":match"] = Attributes.Text(match.Email);
        values[":compatibility"] = Attributes.Number(match.Compatibility);
        values[":distance"] = Attributes.Number(match.Distance);
        return ("SET #status = :status, matchEmail = :match, compatibility = :compatibility, distance = :distance REMOVE message", values);
    }

    private async Task UpdateAsync(
        Guid requestId, string update, string condition, Dictionary<string, AttributeValue> values, CancellationToken cancellationToken)
    {
        await store.UpdateAsync(
            new UpdateItemRequest
            {
                TableName = _table,
                Key = Key(requestId),
                UpdateExpression = update,
                ConditionExpression = condition,
                ExpressionAttributeNames = StatusName,
                ExpressionAttributeValues = values,
            },
            cancellationToken);
        Changed(requestId);
    }

    /// <returns>Null when there is no item.</returns>
    public static MatchRequest? Read(Guid requestId, Dictionary<string, AttributeValue>? item) => item is null ? null : new(
        requestId,
        item["userEmail"].S,
        item["status"].S switch
        {
            Completed => MatchRequestStatus.Completed,
            Failed => MatchRequestStatus.Failed,
            _ => MatchRequestStatus.Queued,
        },
        item.TimeOf("createdAt") ?? default,
        item.TextOf("matchEmail") is { } match
            ? new MatchRequestResult(match, (int)(item.NumberOf("compatibility") ?? 0), (int)(item.NumberOf("distance") ?? 0))
            : null,
        item.TextOf("message"));

    private static Dictionary<string, string> StatusName => new() { ["#status"] = "status" };

    private static Dictionary<string, AttributeValue> Key(Guid requestId) => new() { ["id"] = Attributes.Text($"request#{requestId:D}") };
}

/// <summary>The completion of a request, to be carried out by a transaction.</summary>
/// <param name="Write">Part of the transaction.</param>
/// <param name="Request">As it is afterwards.</param>
/// <param name="Stamp">Of that time, if nobody else is at work meanwhile.</param>
internal sealed record RequestCompletion(TransactWriteItem Write, MatchRequest Request, RequestStamp Stamp);
