using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Storage;

namespace Oith.Matching.Blocks;

/// <summary>The blocks table: <c>{blockerEmail: "a@…", blockedEmail: "b@…", at: 1793534400000}</c>. A block counts in both directions.</summary>
internal sealed class BlockStore(DynamoDBStore store, IOptions<MatchingOptions> options)
{
    private readonly string _table = options.Value.BlocksTable;

    /// <summary>For <see cref="DynamoDBStore.FindTogetherAsync"/>: there is such an item when the first has blocked the second.</summary>
    public ItemKey KeyOf(string blockerEmail, string blockedEmail) => new(_table, Key(blockerEmail, blockedEmail));

    /// <summary>Everyone the person blocked.</summary>
    public Task<IEnumerable<string>> FindBlockedAsync(string email, CancellationToken cancellationToken) =>
        QueryAsync(email, "blockerEmail", "blockedEmail", index: null, cancellationToken);

    /// <summary>Everyone who blocked the person; from an index, so perhaps a moment old.</summary>
    public Task<IEnumerable<string>> FindBlockersAsync(string email, CancellationToken cancellationToken) =>
        QueryAsync(email, "blockedEmail", "blockerEmail", "blockedEmail-index", cancellationToken);

    /// <summary>Part of a transaction.</summary>
    public TransactWriteItem Add(string blockerEmail, string blockedEmail, DateTimeOffset at)
    {
        var item = Key(blockerEmail, blockedEmail);
        item["at"] = Attributes.Time(at);
        return new TransactWriteItem { Put = new Put { TableName = _table, Item = item } };
    }

    /// <summary>Part of a transaction: nothing, if there is such a block.</summary>
    public TransactWriteItem Absent(string blockerEmail, string blockedEmail) => new()
    {
        ConditionCheck = new ConditionCheck
        {
            TableName = _table,
            Key = Key(blockerEmail, blockedEmail),
            ConditionExpression = "attribute_not_exists(blockerEmail)",
        },
    };

    public Task RemoveAsync(string blockerEmail, string blockedEmail, CancellationToken cancellationToken) =>
        store.DeleteAsync(new DeleteItemRequest { TableName = _table, Key = Key(blockerEmail, blockedEmail) }, cancellationToken);

    /// <summary>Deletes the person's blocks and those against the person.</summary>
    public async Task EraseAsync(string email, CancellationToken cancellationToken)
    {
        var blocked = await FindBlockedAsync(email, cancellationToken);
        var blockers = await FindBlockersAsync(email, cancellationToken);
        await store.DeleteAllAsync(
            _table, blocked.Select(other => Key(email, other)).Concat(blockers.Select(other => Key(other, email))), cancellationToken);
    }

    private async Task<IEnumerable<string>> QueryAsync(string email, string by, string wanted, string? index, CancellationToken cancellationToken)
    {
        var items = await store.QueryAsync(
            new QueryRequest
            {
                TableName = _table,
                IndexName = index,
                KeyConditionExpression = $"{by} = :email",
                ProjectionExpression = wanted,
                ExpressionAttributeValues = new() { [":email"] = Attributes.Text(email) },
                ConsistentRead = index is null,
            },
            cancellationToken);
        return items.Select(item => item[wanted].S);
    }

    private static Dictionary<string, AttributeValue> Key(string blockerEmail, string blockedEmail) =>
        new() { ["blockerEmail"] = Attributes.Text(blockerEmail), ["blockedEmail"] = Attributes.Text(blockedEmail) };
}
