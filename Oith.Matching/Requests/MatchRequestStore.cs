using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Storage;

namespace Oith.Matching.Requests;

/// <summary>
/// The matches table, of which this class knows the items of queued requests:
/// <c>{id: "request#5f0c…", userEmail: "a@…", status: "queued", createdAt: 1793534400000, timeToLive: 1793707200}</c>; a completed one has
/// matchEmail, compatibility and distance, unless it found no match or the match was erased since.
/// An e-mail has an @ and a request's id has none, so the two kinds never meet.
/// </summary>
internal sealed class MatchRequestStore(DynamoDBStore store, ProfileStore profiles, MatchRequestCache cache, IOptions<MatchingOptions> options)
{
    private const string Prefix = "request#";
    private const string Queued = "queued";
    private const string Completed = "completed";
    private const string Failed = "failed";
    private const string MatchErased = "The match of this request has deleted the profile.";
    private const string NotCompleted = "userEmail = :email AND #status <> :status";

    private static readonly TimeSpan s_kept = TimeSpan.FromDays(2);

    private readonly string _table = options.Value.MatchesTable;

    public async Task<MatchRequest?> FindAsync(Guid requestId, CancellationToken cancellationToken) =>
        Read(requestId, await store.FindAsync(_table, Key(requestId), cancellationToken));

    /// <summary>A request that waited within the last second, without reading; null when it must be read.</summary>
    public MatchRequest? FindWaiting(Guid requestId) => cache.Find(requestId);

    /// <summary>The request; one that waits as it was within the last second.</summary>
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
        var stamp = cache.Stamp(requestId, request.UserEmail);
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
        var stamp = cache.Stamp(request.RequestId, request.UserEmail);
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

    /// <summary>The request has found no match. A request whose record is gone stays gone.</summary>
    public Task CompleteAsync(Guid requestId, string email, CancellationToken cancellationToken) => UpdateAsync(
        requestId,
        "SET #status = :status REMOVE message",
        NotCompleted,
        new() { [":status"] = Attributes.Text(Completed), [":email"] = Attributes.Text(email) },
        cancellationToken);

    /// <summary>Part of a transaction: the request, which must not be completed yet, has found <paramref name="match"/>. Call <see cref="Changed"/> afterwards.</summary>
    public TransactWriteItem Complete(MatchRequest request, MatchRequestResult match) => new()
    {
        Update = new Update
        {
            TableName = _table,
            Key = Key(request.RequestId),
            UpdateExpression = "SET #status = :status, matchEmail = :match, compatibility = :compatibility, distance = :distance REMOVE message",
            ConditionExpression = NotCompleted,
            ExpressionAttributeNames = StatusName,
            ExpressionAttributeValues = new()
            {
                [":status"] = Attributes.Text(Completed),
                [":email"] = Attributes.Text(request.UserEmail),
                [":match"] = Attributes.Text(match.Email),
                [":compatibility"] = Attributes.Number(match.Compatibility),
                [":distance"] = Attributes.Number(match.Distance),
            },
        },
    };

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

    /// <summary>Takes an erased user out of the requests of others that found them. Those stay completed, and say why they name no match.</summary>
    public async Task ForgetMatchAsync(string email, CancellationToken cancellationToken)
    {
        var items = await store.FindByEmailAsync(_table, "matchEmail", email, cancellationToken);
        foreach (var item in items)
        {
            if (TryReadId(item["id"].S, out var requestId))
            {
                await UpdateAsync(
                    requestId,
                    "SET message = :message REMOVE matchEmail, compatibility, distance",
                    "matchEmail = :email AND attribute_exists(#status)",
                    new() { [":message"] = Attributes.Text(MatchErased), [":email"] = Attributes.Text(email) },
                    cancellationToken);
            }
        }
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

    private static Dictionary<string, AttributeValue> Key(Guid requestId) => new() { ["id"] = Attributes.Text($"{Prefix}{requestId:D}") };

    private static bool TryReadId(string id, out Guid requestId)
    {
        requestId = default;
        return id.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParse(id.AsSpan(Prefix.Length), out requestId);
    }
}
