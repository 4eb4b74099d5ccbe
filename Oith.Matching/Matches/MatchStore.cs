using System.Diagnostics.CodeAnalysis;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Storage;

namespace Oith.Matching.Matches;

/// <summary>
/// The matches table, of which this class knows the items whose id is a person's e-mail, so that the key itself allows one match
/// in the hand: <c>{id: "a@…", userEmail: "a@…", matchEmail: "b@…", state: "undecided", presentedAt: 1793534400000, …}</c>.
/// </summary>
internal sealed class MatchStore(DynamoDBStore store, IOptions<MatchingOptions> options)
{
    private const string Undecided = "undecided";
    private const string Accepted = "accepted";
    private const string Connected = "connected";

    private readonly string _table = options.Value.MatchesTable;

    public async Task<MatchInHand?> FindAsync(string email, CancellationToken cancellationToken) =>
        Read(await store.FindAsync(_table, Key(email), cancellationToken));

    /// <summary>For <see cref="DynamoDBStore.FindTogetherAsync"/>, whose answer <see cref="Read"/> reads.</summary>
    public ItemKey KeyOf(string email) => new(_table, Key(email));

    /// <summary>
    /// Accepts <paramref name="matchEmail"/> if that is the undecided match in the hand and has not expired.
    /// </summary>
    /// <returns>Whether it was, and the match in the hand afterwards, null when there is none.</returns>
    public async Task<(bool Done, MatchInHand? Hand)> AcceptAsync(
        string email, string matchEmail, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var result = await store.UpdateAsync(
            new UpdateItemRequest
            {
                TableName = _table,
                Key = Key(email),
                UpdateExpression = "SET #state = :accepted, expiresAt = :expires",
                ConditionExpression = "matchEmail = :match AND #state = :undecided AND expiresAt > :now",
                ExpressionAttributeNames = StateName,
                ExpressionAttributeValues = new()
                {
                    [":match"] = Attributes.Text(matchEmail),
                    [":accepted"] = Attributes.Text(Accepted),
                    [":undecided"] = Attributes.Text(Undecided),
                    [":now"] = Attributes.Time(now),
                    [":expires"] = Attributes.Time(now + MatchInHand.Lifetime),
                },
                ReturnValues = ReturnValue.ALL_NEW,
            },
            cancellationToken);
        return (result.Done, result.Item is { } item ? Read(item) : null);
    }

    /// <summary>The notifications of a connection are sent.</summary>
    public Task AnnouncedAsync(string email, string matchEmail, CancellationToken cancellationToken) => store.UpdateAsync(
        new UpdateItemRequest
        {
            TableName = _table,
            Key = Key(email),
            UpdateExpression = "REMOVE unannounced",
            ConditionExpression = "matchEmail = :match AND #state = :connected",
            ExpressionAttributeNames = StateName,
            ExpressionAttributeValues = new() { [":match"] = Attributes.Text(matchEmail), [":connected"] = Attributes.Text(Connected) },
        },
        cancellationToken);

    /// <summary>Part of a transaction: the match goes into an empty hand.</summary>
    public TransactWriteItem Hold(MatchInHand hand) => new()
    {
        Put = new Put
        {
            TableName = _table,
            Item = new()
            {
                ["id"] = Attributes.Text(hand.UserEmail),
                ["userEmail"] = Attributes.Text(hand.UserEmail),
                ["matchEmail"] = Attributes.Text(hand.MatchEmail),
                ["state"] = Attributes.Text(NameOf(hand.State)),
                ["presentedAt"] = Attributes.Time(hand.PresentedAt),
                ["expiresAt"] = Attributes.Time(hand.ExpiresAt),
                ["compatibility"] = Attributes.Number(hand.Compatibility),
                ["distance"] = Attributes.Number(hand.Distance),
            },
            ConditionExpression = "attribute_not_exists(id)",
        },
    };

    /// <summary>Part of a transaction: the hand is empty again, if it still is as it was read.</summary>
    public TransactWriteItem Release(MatchInHand hand) => new()
    {
        Delete = new Delete
        {
            TableName = _table,
            Key = Key(hand.UserEmail),
            ConditionExpression = AsRead,
            ExpressionAttributeNames = StateName,
            ExpressionAttributeValues = AsReadValues(hand),
        },
    };

    /// <summary>Part of a transaction: the hand becomes connected, if it still is as it was read and has not expired.</summary>
    public TransactWriteItem Connect(MatchInHand hand, DateTimeOffset now)
    {
        var values = AsReadValues(hand);
        values[":connected"] = Attributes.Text(Connected);
        values[":now"] = Attributes.Time(now);
        values[":true"] = Attributes.Flag(true);
        return new TransactWriteItem
        {
            Update = new Update
            {
                TableName = _table,
                Key = Key(hand.UserEmail),
                UpdateExpression = "SET #state = :connected, connectedAt = :now, unannounced = :true",
                ConditionExpression = $"{AsRead} AND expiresAt > :now",
                ExpressionAttributeNames = StateName,
                ExpressionAttributeValues = values,
            },
        };
    }

    /// <summary>Part of a transaction: nothing, if the person holds <paramref name="matchEmail"/>.</summary>
    public TransactWriteItem NotHolding(string email, string matchEmail) => new()
    {
        ConditionCheck = new ConditionCheck
        {
            TableName = _table,
            Key = Key(email),
            ConditionExpression = "attribute_not_exists(id) OR matchEmail <> :match",
            ExpressionAttributeValues = new() { [":match"] = Attributes.Text(matchEmail) },
        },
    };

    /// <summary>Part of a transaction: nothing, unless the user holds <paramref name="matchEmail"/>.</summary>
    public TransactWriteItem Holding(string email, string matchEmail) => new()
    {
        ConditionCheck = new ConditionCheck
        {
            TableName = _table,
            Key = Key(email),
            ConditionExpression = "matchEmail = :match",
            ExpressionAttributeValues = new() { [":match"] = Attributes.Text(matchEmail) },
        },
    };

    /// <summary>Empties every hand that holds the user.</summary>
    public async Task ReleaseHoldersAsync(string email, CancellationToken cancellationToken)
    {
        var items = await store.FindByEmailAsync(_table, "matchEmail", email, cancellationToken);
        // The index also has the requests that found the user; those belong to others.
        foreach (var holder in items.Select(item => item["id"].S).Where(IsHand))
        {
            await store.DeleteAsync(
                new DeleteItemRequest
                {
                    TableName = _table,
                    Key = Key(holder),
                    ConditionExpression = "matchEmail = :email",
                    ExpressionAttributeValues = new() { [":email"] = Attributes.Text(email) },
                },
                cancellationToken);
        }
    }

    /// <summary>Deletes every item that belongs to the person: the hand and the request records.</summary>
    public async Task DeleteOwnedAsync(string email, CancellationToken cancellationToken)
    {
        var items = await store.FindByEmailAsync(_table, "userEmail", email, cancellationToken);
        // The hand by its key as well: an index may be a moment behind.
        await store.DeleteAllAsync(_table, items.Select(item => item["id"].S).Append(email).Distinct().Select(Key), cancellationToken);
    }

    private const string AsRead = "matchEmail = :match AND presentedAt = :presented AND #state = :state";

    private static Dictionary<string, string> StateName => new() { ["#state"] = "state" };

    private static Dictionary<string, AttributeValue> AsReadValues(MatchInHand hand) => new()
    {
        [":match"] = Attributes.Text(hand.MatchEmail),
        [":presented"] = Attributes.Time(hand.PresentedAt),
        [":state"] = Attributes.Text(NameOf(hand.State)),
    };

    private static Dictionary<string, AttributeValue> Key(string id) => new() { ["id"] = Attributes.Text(id) };

    // The id of a hand is an e-mail, which has an @; that of a request has none.
    private static bool IsHand(string id) => id.Contains('@', StringComparison.Ordinal);

    private static string NameOf(MatchState state) => state switch
    {
        MatchState.Undecided => Undecided,
        MatchState.Accepted => Accepted,
        _ => Connected,
    };

    /// <returns>Null when there is no item.</returns>
    [return: NotNullIfNotNull(nameof(item))]
    public static MatchInHand? Read(Dictionary<string, AttributeValue>? item) => item is null ? null : new(
        item["userEmail"].S,
        item["matchEmail"].S,
        item["state"].S switch
        {
            Undecided => MatchState.Undecided,
            Accepted => MatchState.Accepted,
            Connected => MatchState.Connected,
            var state => throw new InvalidDataException($"The match of {item["id"].S} has the unknown state '{state}'."),
        },
        item.TimeOf("presentedAt") ?? default,
        item.TimeOf("expiresAt") ?? default,
        (int)(item.NumberOf("compatibility") ?? 0),
        (int)(item.NumberOf("distance") ?? 0),
        item.FlagOf("unannounced") ?? false);
}
