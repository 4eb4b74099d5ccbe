using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>TransactWriteItems and TransactGetItems: all or nothing over several tables.</summary>
internal sealed class TransactionOperations(TableStore store, TimeProvider time)
{
    private const int MaximumActions = 100;
    private const int MaximumBytes = 4 * 1024 * 1024;
    private const string ActionMembers =
        "TableName ConditionExpression ExpressionAttributeNames ExpressionAttributeValues ReturnValuesOnConditionCheckFailure";

    private static readonly RequestMembers s_write = new(
        "TransactWriteItems", "TransactItems ClientRequestToken ReturnConsumedCapacity ReturnItemCollectionMetrics");

    private static readonly RequestMembers s_writeItem = new("TransactWriteItems", "ConditionCheck Put Delete Update");
    private static readonly RequestMembers s_put = new("TransactWriteItems", ActionMembers + " Item");
    private static readonly RequestMembers s_keyed = new("TransactWriteItems", ActionMembers + " Key");
    private static readonly RequestMembers s_update = new("TransactWriteItems", ActionMembers + " Key UpdateExpression");
    private static readonly RequestMembers s_get = new("TransactGetItems", "TransactItems ReturnConsumedCapacity");
    private static readonly RequestMembers s_getItem = new("TransactGetItems", "Get");
    private static readonly RequestMembers s_getAction = new(
        "TransactGetItems", "TableName Key ProjectionExpression ExpressionAttributeNames");

    private readonly IdempotencyTokens _tokens = new(time);

    public void Write(JsonElement input, Utf8JsonWriter output)
    {
        s_write.Check(input);
        var token = ReadToken(input);
        var read = Items(input).Select(ReadChange).ToList();
        var changes = read.Select(Bind).ToList();
        var capacities = changes.Select(change => change.Table).Distinct()
            .ToDictionary(table => table, table => ConsumedCapacity.For(table, input, isTransaction: true));
        Carry(changes, token, input.GetProperty("TransactItems"u8), capacities);
        output.WriteStartObject();
        WriteCapacities(output, capacities.Values);
        output.WriteEndObject();
    }

    /// <summary>Carries out all changes or none.</summary>
    /// <param name="token">A repeated token changes nothing; null: none.</param>
    /// <param name="request">What the token stands for.</param>
    public void Carry(
        List<ItemChange> changes, string? token, JsonElement request, Dictionary<Table, ConsumedCapacity?>? capacities = null)
    {
        CheckDistinct(changes);
        var digest = token is null ? [] : IdempotencyTokens.Digest(request);
        using (new TableLocks(changes.Select(change => change.Table)))
        {
            if (token is null || !_tokens.IsRepeated(token, digest))
            {
                Apply(changes, capacities ?? []);
                if (token is not null)
                {
                    _tokens.Add(token, digest);
                }
            }
        }
    }

    public void Get(JsonElement input, Utf8JsonWriter output)
    {
        s_get.Check(input);
        var read = Items(input).Select(ReadGet).ToList();
        var gets = Bind(read);
        var capacities = gets.Select(get => get.Table).Distinct()
            .ToDictionary(table => table, table => ConsumedCapacity.For(table, input, isTransaction: true));
        var items = new Item?[gets.Count];
        using (new TableLocks(gets.Select(get => get.Table)))
        {
            for (var index = 0; index < items.Length; index++)
            {
                items[index] = gets[index].Table.Items.Find(gets[index].Key);
            }
        }

        output.WriteStartObject();
        output.WriteStartArray("Responses"u8);
        for (var index = 0; index < items.Length; index++)
        {
            output.WriteStartObject();
            if (items[index] is { } item)
            {
                output.WritePropertyName("Item"u8);
                ItemOperations.WriteItem(output, item, gets[index].Projection);
            }

            output.WriteEndObject();
            capacities[gets[index].Table]?.AddRead(items[index]?.Size ?? 0, consistent: true);
        }

        output.WriteEndArray();
        WriteCapacities(output, capacities.Values);
        output.WriteEndObject();
    }

    private void Apply(List<ItemChange> changes, Dictionary<Table, ConsumedCapacity?> capacities)
    {
        var reasons = new JsonArray();
        var failed = false;
        var commits = new List<(Table Table, byte[] Key, Item? Item)>(changes.Count);
        foreach (var change in changes)
        {
            var old = change.Table.Items.Find(change.Key);
            JsonObject reason;
            Item? current = null;
            if (change.Condition?.IsTrue(old) == false)
            {
                reason = new JsonObject { ["Code"] = "ConditionalCheckFailed", ["Message"] = "The conditional request failed" };
                if (change.ShowsItemOnFailure && old is not null)
                {
                    reason["Item"] = AttributeJson.ToNode(old.Root);
                }
            }
            else
            {
                reason = Try(change, old, out current);
            }

            failed |= (string?)reason["Code"] != "None";
            reasons.Add(reason);
            if (!ReferenceEquals(old, current))
            {
                commits.Add((change.Table, change.Key, current));
            }

            capacities.GetValueOrDefault(change.Table)?.AddWrite(old, current, default);
        }

        if (failed)
        {
            throw Canceled(reasons);
        }

        store.Commit(commits);
    }

    private static AwsServiceException Canceled(JsonArray reasons)
    {
        var codes = string.Join(", ", reasons.Select(reason => (string?)reason!["Code"]));
        return DynamoDBError.TransactionCanceled(
            $"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]", reasons);
    }

    private static JsonObject Try(ItemChange change, Item? old, out Item? current)
    {
        try
        {
            current = change.Apply(old);
            return new JsonObject { ["Code"] = "None" };
        }
        catch (AwsServiceException error) when (error.Code == "ValidationException")
        {
            current = null;
            return new JsonObject { ["Code"] = "ValidationError", ["Message"] = error.Message };
        }
    }

    private static void WriteCapacities(Utf8JsonWriter output, IEnumerable<ConsumedCapacity?> capacities)
    {
        var shown = capacities.OfType<ConsumedCapacity>().ToList();
        if (shown.Count == 0)
        {
            return;
        }

        output.WriteStartArray("ConsumedCapacity"u8);
        foreach (var capacity in shown)
        {
            capacity.Write(output);
        }

        output.WriteEndArray();
    }

    private static string? ReadToken(JsonElement input)
    {
        var token = input.Text("ClientRequestToken"u8);
        return token is { Length: 0 or > 36 }
            ? throw DynamoDBError.Constraint(
                "clientRequestToken", token,
                token.Length == 0 ? "Member must have length greater than or equal to 1" : "Member must have length less than or equal to 36")
            : token;
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement input)
    {
        var items = input.List("TransactItems"u8) ?? throw DynamoDBError.Constraint("transactItems", null, "Member must not be null");
        var count = items.GetArrayLength();
        if (count is 0 or > MaximumActions)
        {
            throw DynamoDBError.Constraint(
                "transactItems", items.GetRawText(),
                count == 0 ? "Member must have length greater than or equal to 1" : $"Member must have length less than or equal to {MaximumActions}");
        }

        return items.EnumerateArray();
    }

    private static void CheckDistinct(List<ItemChange> changes)
    {
        var seen = new HashSet<(Table, string)>();
        var bytes = 0L;
        foreach (var change in changes)
        {
            if (change is ItemRefusal)
            {
                continue;
            }

            if (!seen.Add((change.Table, Convert.ToHexString(change.Key))))
            {
                throw SeveralOperations();
            }

            bytes += change is ItemPut ? change.Apply(null)!.Size : 0;
        }

        if (bytes > MaximumBytes)
        {
            throw DynamoDBError.Validation("Collection size of items in transaction has exceeded the maximum allowed size of 4MB");
        }
    }

    private static AwsServiceException SeveralOperations() =>
        DynamoDBError.Validation("Transaction request cannot include multiple operations on one item");

    /// <summary>An action with its table; a refusal when it does not fit the table's keys or indexes.</summary>
    private ItemChange Bind((string Table, Func<Table, ItemChange> Change) read)
    {
        var table = store.ForItems(read.Table);
        try
        {
            return read.Change(table);
        }
        catch (AwsServiceException error) when (error.Code == "ValidationException")
        {
            return new ItemRefusal(table, error);
        }
    }

    private static (string Table, Func<Table, ItemChange> Change) ReadChange(JsonElement item)
    {
        s_writeItem.Check(item);
        (string Table, Func<Table, ItemChange> Change)? change = null;
        foreach (var member in item.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            if (change is not null)
            {
                throw DynamoDBError.Validation("TransactItems can only contain one of Check, Put, Update or Delete");
            }

            change = ReadChange(member.Name, member.Value);
        }

        return change ?? throw DynamoDBError.Validation(
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
    }

    private static (string Table, Func<Table, ItemChange> Change) ReadChange(string action, JsonElement input)
    {
        (action switch { "Put" => s_put, "Update" => s_update, _ => s_keyed }).Check(input);
        var table = input.TableName();
        var attributes = new ExpressionAttributes(input);
        switch (action)
        {
            case "Put":
                return (table, ItemPut.Read(input, attributes, inTransaction: true));
            case "Delete":
                return (table, ItemDelete.Read(input, attributes));
            case "Update":
                _ = input.RequiredText("UpdateExpression"u8, "transactItems.1.member.update.updateExpression");
                return (table, ItemUpdate.Read(input, attributes));
            default:
                return (table, ItemCheck.Read(input, attributes));
        }
    }

    /// <exception cref="AwsServiceException">TransactionCanceledException: a key does not fit its table; ValidationException: two are the same.</exception>
    private List<TableGet> Bind(List<(string Table, Item Key, BoundProjection? Projection)> read)
    {
        var gets = new List<TableGet>(read.Count);
        var reasons = new JsonArray();
        var seen = new HashSet<(Table, string)>();
        foreach (var (name, keyItem, projection) in read)
        {
            var table = store.ForItems(name);
            byte[] key;
            try
            {
                key = KeyReader.KeyOf(table, keyItem);
            }
            catch (AwsServiceException error) when (error.Code == "ValidationException")
            {
                reasons.Add(new JsonObject { ["Code"] = "ValidationError", ["Message"] = error.Message });
                continue;
            }

            reasons.Add(new JsonObject { ["Code"] = "None" });
            gets.Add(seen.Add((table, Convert.ToHexString(key))) ? new TableGet(table, key, projection) : throw SeveralOperations());
        }

        return gets.Count == read.Count ? gets : throw Canceled(reasons);
    }

    private static (string Table, Item Key, BoundProjection? Projection) ReadGet(JsonElement item)
    {
        s_getItem.Check(item);
        var get = item.RequiredStructure("Get"u8, "transactItems.1.member.get");
        s_getAction.Check(get);
        var attributes = new ExpressionAttributes(get);
        var projection = attributes.Projection();
        attributes.Finish();
        return (get.TableName(), AttributeJson.ReadItem(get.RequiredStructure("Key"u8, "transactItems.1.member.get.key")), projection);
    }

    private sealed record TableGet(Table Table, byte[] Key, BoundProjection? Projection);
}
