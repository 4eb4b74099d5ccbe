using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>BatchGetItem and BatchWriteItem.</summary>
internal sealed class BatchOperations(TableStore store)
{
    private const int MaximumGets = 100;
    private const int MaximumWrites = 25;
    private const int MaximumAnswerBytes = 16 * 1024 * 1024;

    private static readonly RequestMembers s_get = new("BatchGetItem", "RequestItems ReturnConsumedCapacity");
    private static readonly RequestMembers s_getTable = new(
        "BatchGetItem", "Keys ProjectionExpression ExpressionAttributeNames AttributesToGet ConsistentRead");

    private static readonly RequestMembers s_write = new(
        "BatchWriteItem", "RequestItems ReturnConsumedCapacity ReturnItemCollectionMetrics");

    private static readonly RequestMembers s_writeRequest = new("BatchWriteItem", "PutRequest DeleteRequest");

    public void Get(JsonElement input, Utf8JsonWriter output)
    {
        s_get.Check(input);
        var requests = ReadGets(input);
        output.WriteStartObject();
        output.WriteStartObject("Responses"u8);
        var bytes = 0L;
        var unprocessed = new List<(TableGet Request, int From)>();
        foreach (var request in requests)
        {
            output.WriteStartArray(request.Name);
            for (var index = 0; index < request.Keys.Count; index++)
            {
                var item = bytes > MaximumAnswerBytes ? null : ItemOperations.Read(request.Table, request.Keys[index]);
                bytes += item?.Size ?? 0;
                if (bytes > MaximumAnswerBytes)
                {
                    unprocessed.Add((request, index));
                    break;
                }

                request.Capacity?.AddRead(item?.Size ?? 0, request.Consistent);
                if (item is not null)
                {
                    ItemOperations.WriteItem(output, item, request.Projection);
                }
            }

            output.WriteEndArray();
        }

        output.WriteEndObject();
        WriteUnprocessed(output, unprocessed);
        WriteCapacities(output, requests.Select(request => request.Capacity));
        output.WriteEndObject();
    }

    public void Write(JsonElement input, Utf8JsonWriter output)
    {
        s_write.Check(input);
        var changes = ReadWrites(input);
        var capacities = changes.Select(change => change.Table).Distinct()
            .ToDictionary(table => table, table => ConsumedCapacity.For(table, input));
        foreach (var change in changes)
        {
            var indexWrites = new int[change.Table.Indexes.Count];
            Item? old;
            Item? current;
            lock (change.Table.Lock)
            {
                TableStore.CheckAlive(change.Table);
                old = change.Table.Items.Find(change.Key);
                current = change.Apply(old);
                if (!ReferenceEquals(old, current))
                {
                    store.Commit(change.Table, change.Key, current, indexWrites);
                }
            }

            capacities[change.Table]?.AddWrite(old, current, indexWrites);
        }

        output.WriteStartObject();
        output.WriteStartObject("UnprocessedItems"u8);
        output.WriteEndObject();
        WriteCapacities(output, capacities.Values);
        output.WriteEndObject();
    }

    private static void WriteCapacities(Utf8JsonWriter output, IEnumerable<ConsumedCapacity?> capacities)
    {
        var any = false;
        foreach (var capacity in capacities.OfType<ConsumedCapacity>())
        {
            if (!any)
            {
                output.WriteStartArray("ConsumedCapacity"u8);
                any = true;
            }

            capacity.Write(output);
        }

        if (any)
        {
            output.WriteEndArray();
        }
    }

    private static void WriteUnprocessed(Utf8JsonWriter output, List<(TableGet Request, int From)> unprocessed)
    {
        output.WriteStartObject("UnprocessedKeys"u8);
        foreach (var (request, from) in unprocessed)
        {
            output.WriteStartObject(request.Name);
            foreach (var member in request.Json.EnumerateObject())
            {
                if (!member.NameEquals("Keys"u8))
                {
                    member.WriteTo(output);
                    continue;
                }

                output.WriteStartArray("Keys"u8);
                foreach (var key in member.Value.EnumerateArray().Skip(from))
                {
                    key.WriteTo(output);
                }

                output.WriteEndArray();
            }

            output.WriteEndObject();
        }

        output.WriteEndObject();
    }

    private static JsonElement RequestItems(JsonElement input, string operation)
    {
        var items = input.RequiredStructure("RequestItems"u8, "requestItems");
        return items.GetPropertyCount() > 0
            ? items
            : throw DynamoDBError.Validation($"The requestItems parameter is required for {operation}");
    }

    private List<TableGet> ReadGets(JsonElement input)
    {
        var requests = new List<TableGet>();
        var total = 0;
        foreach (var member in RequestItems(input, "BatchGetItem").EnumerateObject())
        {
            s_getTable.Check(member.Value);
            var keys = member.Value.List("Keys"u8)
                ?? throw DynamoDBError.Constraint($"requestItems.{member.Name}.member.keys", null, "Member must not be null");
            var count = keys.GetArrayLength();
            if (count is 0 or > MaximumGets)
            {
                throw DynamoDBError.Validation(
                    $"1 validation error detected: Value at 'RequestItems.{member.Name}.member.Keys' failed to satisfy constraint: Member must have length "
                    + (count == 0 ? "greater than or equal to 1" : $"less than or equal to {MaximumGets}"));
            }

            total += count;
            if (total > MaximumGets)
            {
                throw DynamoDBError.Validation("Too many items requested for the BatchGetItem call");
            }

            var attributes = new ExpressionAttributes(member.Value);
            var projection = attributes.Projection();
            attributes.Finish();
            var table = store.ForItems(RequestReader.TableNameOf(member.Name));
            var read = new List<byte[]>(count);
            foreach (var json in keys.EnumerateArray())
            {
                var key = KeyReader.ReadKey(table, json, out _);
                if (read.Exists(other => other.AsSpan().SequenceEqual(key)))
                {
                    throw DynamoDBError.Validation("Provided list of item keys contains duplicates");
                }

                read.Add(key);
            }

            requests.Add(new TableGet(
                member.Name, table, read, projection, member.Value.Flag("ConsistentRead"u8) ?? false,
                ConsumedCapacity.For(table, input), member.Value));
        }

        return requests;
    }

    private List<ItemChange> ReadWrites(JsonElement input)
    {
        var changes = new List<ItemChange>();
        foreach (var member in RequestItems(input, "BatchWriteItem").EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Array || member.Value.GetArrayLength() is 0 or > MaximumWrites)
            {
                throw DynamoDBError.Constraint(
                    "requestItems", $"{{{member.Name}={member.Value.GetRawText()}}}",
                    "Map value must satisfy constraint: [Member must have length less than or equal to 25, "
                    + "Member must have length greater than or equal to 1]");
            }

            if (changes.Count + member.Value.GetArrayLength() > MaximumWrites)
            {
                throw DynamoDBError.Validation("Too many items requested for the BatchWriteItem call");
            }

            var table = store.ForItems(RequestReader.TableNameOf(member.Name));
            foreach (var request in member.Value.EnumerateArray())
            {
                s_writeRequest.Check(request);
                var change = ReadWrite(table, request);
                if (changes.Exists(other => other.Table == table && other.Key.AsSpan().SequenceEqual(change.Key)))
                {
                    throw DynamoDBError.Validation("Provided list of item keys contains duplicates");
                }

                changes.Add(change);
            }
        }

        return changes;
    }

    private static ItemChange ReadWrite(Table table, JsonElement request)
    {
        var put = request.Structure("PutRequest"u8);
        var delete = request.Structure("DeleteRequest"u8);
        if (put.HasValue == delete.HasValue)
        {
            throw DynamoDBError.Validation(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
        }

        if (put is { } putRequest)
        {
            var item = AttributeJson.ReadItem(putRequest.RequiredStructure("Item"u8, "requestItems.member.putRequest.item"));
            return new ItemPut(table, KeyReader.CheckItem(table, item, inBatch: true), item, null);
        }

        var key = delete!.Value.RequiredStructure("Key"u8, "requestItems.member.deleteRequest.key");
        return new ItemDelete(table, KeyReader.ReadKey(table, key, out _), null);
    }

    private sealed record TableGet(
        string Name, Table Table, List<byte[]> Keys, BoundProjection? Projection, bool Consistent, ConsumedCapacity? Capacity, JsonElement Json);
}
