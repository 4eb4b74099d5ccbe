using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Storage;

namespace Oith.Matching.Exclusions;

/// <summary>
/// The match-history table: whom a person is not shown again, and why:
/// <c>{userEmail: "a@…", matchEmail: "b@…", reason: "passed", at: 1793534400000}</c>.
/// </summary>
internal sealed class HistoryStore(DynamoDBStore store, IOptions<MatchingOptions> options)
{
    private readonly string _table = options.Value.MatchHistoryTable;

    public async Task<bool> ContainsAsync(string email, string matchEmail, CancellationToken cancellationToken) =>
        await store.FindAsync(_table, Key(email, matchEmail), cancellationToken) is not null;

    /// <summary>For <see cref="DynamoDBStore.FindTogetherAsync"/>: there is such an item when the person is not shown <paramref name="matchEmail"/> again.</summary>
    public ItemKey KeyOf(string email, string matchEmail) => new(_table, Key(email, matchEmail));

    /// <summary>Everyone the person is not shown again.</summary>
    public async Task<IEnumerable<string>> FindAllAsync(string email, CancellationToken cancellationToken)
    {
        var items = await store.QueryAsync(
            new QueryRequest
            {
                TableName = _table,
                KeyConditionExpression = "userEmail = :email",
                ProjectionExpression = "matchEmail",
                ExpressionAttributeValues = new() { [":email"] = Attributes.Text(email) },
                ConsistentRead = true,
            },
            cancellationToken);
        return items.Select(item => item["matchEmail"].S);
    }

    /// <summary>Part of a transaction: the person is not shown <paramref name="matchEmail"/> again.</summary>
    public TransactWriteItem Add(string email, string matchEmail, HistoryReason reason, DateTimeOffset at)
    {
        var item = Key(email, matchEmail);
        item["reason"] = Attributes.Text(reason switch
        {
            HistoryReason.Passed => "passed",
            HistoryReason.AutoPassed => "autoPassed",
            HistoryReason.PassedBy => "passedBy",
            HistoryReason.AutoPassedBy => "autoPassedBy",
            _ => "unmatched",
        });
        item["at"] = Attributes.Time(at);
        return new TransactWriteItem { Put = new Put { TableName = _table, Item = item } };
    }

    /// <summary>Part of a transaction: nothing, if the person is not to be shown <paramref name="matchEmail"/>.</summary>
    public TransactWriteItem Absent(string email, string matchEmail) => new()
    {
        ConditionCheck = new ConditionCheck
        {
            TableName = _table,
            Key = Key(email, matchEmail),
            ConditionExpression = "attribute_not_exists(userEmail)",
        },
    };

    /// <summary>Deletes what the person and others remember of each other.</summary>
    public async Task EraseAsync(string email, CancellationToken cancellationToken)
    {
        var own = await FindAllAsync(email, cancellationToken);
        var others = await store.FindByEmailAsync(_table, "matchEmail", email, cancellationToken);
        await store.DeleteAllAsync(
            _table, own.Select(other => Key(email, other)).Concat(others.Select(item => Key(item["userEmail"].S, email))), cancellationToken);
    }

    private static Dictionary<string, AttributeValue> Key(string email, string matchEmail) =>
        new() { ["userEmail"] = Attributes.Text(email), ["matchEmail"] = Attributes.Text(matchEmail) };
}

/// <summary>Why somebody is not shown again.</summary>
internal enum HistoryReason
{
    Passed,

    /// <summary>Left undecided for 24 hours.</summary>
    AutoPassed,

    /// <summary>The other passed, while this one had accepted and waited.</summary>
    PassedBy,

    /// <summary>The other left this one undecided for 24 hours.</summary>
    AutoPassedBy,

    /// <summary>A connection that either ended.</summary>
    Unmatched,
}
