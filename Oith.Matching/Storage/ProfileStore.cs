using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Options;
using Oith.Matching.Profiles;
using Oith.Matching.Settings;

namespace Oith.Matching.Storage;

/// <summary>The users table: the truth about people.</summary>
internal sealed class ProfileStore(DynamoDBStore store, IOptions<MatchingOptions> options)
{
    private const string CellIndex = "geohash-lastSeen-index";
    private const string IsThere = "attribute_exists(email) AND attribute_not_exists(erasing)";

    private readonly string _table = options.Value.UsersTable;

    /// <returns>Null when there is no such person, or their traces are being erased.</returns>
    public async Task<Profile?> FindAsync(string email, CancellationToken cancellationToken) =>
        Read(await store.FindAsync(_table, ProfileItem.Key(email), cancellationToken));

    /// <summary>As <see cref="FindAsync"/>, but perhaps a moment old: only for what is checked when it is written.</summary>
    public async Task<Profile?> GlanceAsync(string email, CancellationToken cancellationToken) =>
        Read(await store.GlanceAsync(_table, ProfileItem.Key(email), cancellationToken));

    /// <summary>For <see cref="DynamoDBStore.FindTogetherAsync"/>, whose answer <see cref="Read"/> reads.</summary>
    public ItemKey KeyOf(string email) => new(_table, ProfileItem.Key(email));

    /// <returns>Null when there is no item, or its person's traces are being erased.</returns>
    public static Profile? Read(Dictionary<string, AttributeValue>? item) =>
        item is null || ProfileItem.IsErasing(item) ? null : ProfileItem.Read(item);

    /// <summary>Those of the given people who exist.</summary>
    public async Task<Dictionary<string, Profile>> FindAllAsync(IEnumerable<string> emails, CancellationToken cancellationToken)
    {
        var items = await store.FindAllAsync(_table, emails.Select(ProfileItem.Key), cancellationToken);
        return items.Where(item => !ProfileItem.IsErasing(item)).Select(ProfileItem.Read).ToDictionary(profile => profile.Email, StringComparer.Ordinal);
    }

    /// <summary>Replaces all that the person states; the active match stays as it is.</summary>
    /// <returns>The stored profile, Version 1 when it is new; null while the former one is being erased.</returns>
    public async Task<Profile?> PutAsync(Profile profile, CancellationToken cancellationToken)
    {
        var item = ProfileItem.From(profile);
        var names = new Dictionary<string, string> { ["#version"] = ProfileItem.Version, ["#erasing"] = ProfileItem.Erasing };
        var values = new Dictionary<string, AttributeValue> { [":one"] = Attributes.Number(1) };
        var set = new StringBuilder();
        var remove = new StringBuilder();
        for (var i = 0; i < ProfileItem.Facts.Length; i++)
        {
            names[$"#f{i}"] = ProfileItem.Facts[i];
            if (item.TryGetValue(ProfileItem.Facts[i], out var value))
            {
                values[$":f{i}"] = value;
                set.Append(set.Length == 0 ? "SET " : ", ").Append($"#f{i} = :f{i}");
            }
            else
            {
                remove.Append(remove.Length == 0 ? " REMOVE " : ", ").Append($"#f{i}");
            }
        }

        var result = await store.UpdateAsync(
            new UpdateItemRequest
            {
                TableName = _table,
                Key = ProfileItem.Key(profile.Email),
                UpdateExpression = $"{set}{remove} ADD #version :one",
                ConditionExpression = "attribute_not_exists(#erasing)",
                ExpressionAttributeNames = names,
                ExpressionAttributeValues = values,
                ReturnValues = ReturnValue.ALL_NEW,
            },
            cancellationToken);
        return result.Done ? ProfileItem.Read(result.Item!) : null;
    }

    /// <summary>Part of a transaction: nothing, if the profile is no longer the one that was read.</summary>
    /// <param name="available">Also demand that the person may be shown: visible and in no connection.</param>
    public TransactWriteItem Unchanged(Profile profile, bool available)
    {
        var condition = available
            ? $"{IsThere} AND isVisible = :true AND attribute_not_exists(activeMatchEmail)"
            : IsThere;
        var values = new Dictionary<string, AttributeValue>();
        if (available)
        {
            values[":true"] = Attributes.Flag(true);
        }

        return new TransactWriteItem
        {
            ConditionCheck = new ConditionCheck
            {
                TableName = _table,
                Key = ProfileItem.Key(profile.Email),
                ConditionExpression = AndVersion(condition, profile, values),
                ExpressionAttributeValues = values.Count == 0 ? null : values,
                ExpressionAttributeNames = VersionName,
            },
        };
    }

    /// <summary>Part of a transaction: as <see cref="Unchanged"/>, and the person was seen now.</summary>
    public TransactWriteItem Seen(Profile profile, DateTimeOffset now)
    {
        var values = new Dictionary<string, AttributeValue> { [":now"] = Attributes.Time(now) };
        return new TransactWriteItem
        {
            Update = new Update
            {
                TableName = _table,
                Key = ProfileItem.Key(profile.Email),
                UpdateExpression = "SET lastSeen = :now",
                ConditionExpression = AndVersion(IsThere, profile, values),
                ExpressionAttributeValues = values,
                ExpressionAttributeNames = VersionName,
            },
        };
    }

    /// <summary>Part of a transaction: nothing, if there is no such person.</summary>
    public TransactWriteItem Exists(string email) => new()
    {
        ConditionCheck = new ConditionCheck
        {
            TableName = _table,
            Key = ProfileItem.Key(email),
            ConditionExpression = IsThere,
        },
    };

    /// <summary>Part of a transaction: the person is in a connection from now on, who must be in none.</summary>
    public TransactWriteItem Connect(string email, string matchEmail) => new()
    {
        Update = new Update
        {
            TableName = _table,
            Key = ProfileItem.Key(email),
            UpdateExpression = "SET activeMatchEmail = :match",
            ConditionExpression = $"{IsThere} AND attribute_not_exists(activeMatchEmail)",
            ExpressionAttributeValues = new() { [":match"] = Attributes.Text(matchEmail) },
        },
    };

    /// <summary>Part of a transaction: the person's connection ends.</summary>
    /// <param name="byBlock">From now on the person blocks or is blocked.</param>
    public TransactWriteItem Disconnect(string email, string matchEmail, bool byBlock)
    {
        var values = new Dictionary<string, AttributeValue> { [":match"] = Attributes.Text(matchEmail) };
        if (byBlock)
        {
            values[":true"] = Attributes.Flag(true);
        }

        return new TransactWriteItem
        {
            Update = new Update
            {
                TableName = _table,
                Key = ProfileItem.Key(email),
                UpdateExpression = byBlock ? "REMOVE activeMatchEmail SET hasBlocks = :true" : "REMOVE activeMatchEmail",
                ConditionExpression = "activeMatchEmail = :match",
                ExpressionAttributeValues = values,
            },
        };
    }

    /// <summary>Part of a transaction: from now on the person, whom there must be, blocks or is blocked.</summary>
    public TransactWriteItem HasBlocks(string email) => new()
    {
        Update = new Update
        {
            TableName = _table,
            Key = ProfileItem.Key(email),
            UpdateExpression = "SET hasBlocks = :true",
            ConditionExpression = IsThere,
            ExpressionAttributeValues = new() { [":true"] = Attributes.Flag(true) },
        },
    };

    /// <summary>From now on nobody is shown this person, who can neither be connected nor change the profile.</summary>
    /// <returns>False when there is no such person.</returns>
    public async Task<bool> BeginEraseAsync(string email, CancellationToken cancellationToken)
    {
        var result = await store.UpdateAsync(
            new UpdateItemRequest
            {
                TableName = _table,
                Key = ProfileItem.Key(email),
                UpdateExpression = "SET erasing = :true, isVisible = :false, geohash = :erasing ADD #version :one",
                ConditionExpression = "attribute_exists(email)",
                ExpressionAttributeNames = VersionName,
                ExpressionAttributeValues = new()
                {
                    [":true"] = Attributes.Flag(true),
                    [":false"] = Attributes.Flag(false),
                    [":erasing"] = Attributes.Text(ProfileItem.ErasingCell),
                    [":one"] = Attributes.Number(1),
                },
            },
            cancellationToken);
        return result.Done;
    }

    /// <summary>The last step of an erasure.</summary>
    public Task EndEraseAsync(string email, CancellationToken cancellationToken) => store.DeleteAsync(
        new DeleteItemRequest
        {
            TableName = _table,
            Key = ProfileItem.Key(email),
            ConditionExpression = "attribute_exists(erasing)",
        },
        cancellationToken);

    /// <summary>E-mails of those whose traces are being erased, now or when somebody stopped in the middle of it.</summary>
    public async Task<List<string>> FindErasingAsync(CancellationToken cancellationToken)
    {
        var items = await store.QueryAsync(
            new QueryRequest
            {
                TableName = _table,
                IndexName = CellIndex,
                KeyConditionExpression = "geohash = :erasing",
                ExpressionAttributeValues = new() { [":erasing"] = Attributes.Text(ProfileItem.ErasingCell) },
            },
            cancellationToken);
        return [.. items.Select(item => item[ProfileItem.Email].S)];
    }

    /// <summary>
    /// The geohash of everybody in one of <paramref name="segments"/> parts of the table as of now, page by page.
    /// </summary>
    public IAsyncEnumerable<List<Dictionary<string, AttributeValue>>> ScanHomesAsync(int segment, int segments, CancellationToken cancellationToken) =>
        store.ScanAsync(
            new ScanRequest
            {
                TableName = _table,
                Segment = segment,
                TotalSegments = segments,
                ConsistentRead = true,
                ProjectionExpression = ProfileItem.Geohash,
            },
            cancellationToken);

    /// <summary>Everyone in the cell seen at or after <paramref name="seenSince"/>; from an index, so perhaps a moment old.</summary>
    public async Task<List<Profile>> FindActiveAsync(string cell, DateTimeOffset seenSince, CancellationToken cancellationToken)
    {
        var items = await store.QueryAsync(
            new QueryRequest
            {
                TableName = _table,
                IndexName = CellIndex,
                KeyConditionExpression = "geohash = :cell AND lastSeen >= :since",
                ExpressionAttributeValues = new() { [":cell"] = Attributes.Text(cell), [":since"] = Attributes.Time(seenSince) },
            },
            cancellationToken);
        return [.. items.Where(item => !ProfileItem.IsErasing(item)).Select(ProfileItem.Read)];
    }

    private static Dictionary<string, string> VersionName => new() { ["#version"] = ProfileItem.Version };

    private static string AndVersion(string condition, Profile profile, Dictionary<string, AttributeValue> values)
    {
        if (profile.Version == 0)
        {
            return $"{condition} AND attribute_not_exists(#version)";
        }

        values[":version"] = Attributes.Number(profile.Version);
        return $"{condition} AND #version = :version";
    }
}
