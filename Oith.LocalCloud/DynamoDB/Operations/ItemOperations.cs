using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Expressions;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>PutItem, GetItem, UpdateItem, DeleteItem.</summary>
internal sealed class ItemOperations(TableStore store)
{
    private const string Common =
        "TableName ConditionExpression ExpressionAttributeNames ExpressionAttributeValues ReturnValues ReturnConsumedCapacity "
        + "ReturnItemCollectionMetrics ReturnValuesOnConditionCheckFailure";

    private static readonly RequestMembers s_put = new("PutItem", Common + " Item", "Expected ConditionalOperator");
    private static readonly RequestMembers s_delete = new("DeleteItem", Common + " Key", "Expected ConditionalOperator");
    private static readonly RequestMembers s_update = new(
        "UpdateItem", Common + " Key UpdateExpression", "AttributeUpdates Expected ConditionalOperator");

    private static readonly RequestMembers s_get = new(
        "GetItem", "TableName Key ProjectionExpression ExpressionAttributeNames ConsistentRead ReturnConsumedCapacity", "AttributesToGet");

    private static readonly string[] s_returnValues = ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"];

    public void Put(JsonElement input, Utf8JsonWriter output)
    {
        input = s_put.Check(input) ? LegacyParameters.Translate(input) : input;
        var returnValues = ReturnValues(input);
        if (returnValues is not (null or "ALL_OLD" or "NONE"))
        {
            throw DynamoDBError.Validation("ReturnValues can only be ALL_OLD or NONE");
        }

        var change = ItemPut.Read(input, new ExpressionAttributes(input, isEnveloped: true));
        Carry(change(store.ForItems(input.TableName())), returnValues, input, output);
    }

    public void Delete(JsonElement input, Utf8JsonWriter output)
    {
        input = s_delete.Check(input) ? LegacyParameters.Translate(input) : input;
        var returnValues = ReturnValues(input);
        if (returnValues is not (null or "ALL_OLD" or "NONE"))
        {
            throw DynamoDBError.Validation("ReturnValues can only be ALL_OLD or NONE");
        }

        var change = ItemDelete.Read(input, new ExpressionAttributes(input, isEnveloped: true));
        Carry(change(store.ForItems(input.TableName())), returnValues, input, output);
    }

    public void Update(JsonElement input, Utf8JsonWriter output)
    {
        input = s_update.Check(input) ? LegacyParameters.Translate(input) : input;
        var returnValues = ReturnValues(input);
        var change = ItemUpdate.Read(input, new ExpressionAttributes(input, isEnveloped: true));
        Carry(change(store.ForItems(input.TableName())), returnValues, input, output);
    }

    public void Get(JsonElement input, Utf8JsonWriter output)
    {
        input = s_get.Check(input) ? LegacyParameters.Translate(input) : input;
        var keyItem = AttributeJson.ReadItem(input.RequiredStructure("Key"u8, "key"));
        var attributes = new ExpressionAttributes(input);
        var projection = attributes.Projection();
        attributes.Finish();
        var table = store.ForItems(input.TableName());
        var capacity = ConsumedCapacity.For(table, input);
        var key = KeyReader.KeyOf(table, keyItem);
        var item = Read(table, key);

        output.WriteStartObject();
        if (item is not null)
        {
            output.WritePropertyName("Item"u8);
            WriteItem(output, item, projection);
        }

        if (capacity is not null)
        {
            capacity.AddRead(item?.Size ?? 0, input.Flag("ConsistentRead"u8) ?? false);
            output.WritePropertyName("ConsumedCapacity"u8);
            capacity.Write(output);
        }

        output.WriteEndObject();
    }

    /// <summary>Carries out one change.</summary>
    /// <returns>Writes the attributes to return; null: none.</returns>
    public Action<Utf8JsonWriter>? Carry(ItemChange change, string? returnValues)
    {
        var (old, current) = Apply(change, default);
        return Returned(change, returnValues, old, current);
    }

    public static Item? Read(Table table, byte[] key)
    {
        lock (table.Lock)
        {
            TableStore.CheckAlive(table);
            return table.Items.Find(key);
        }
    }

    public static void WriteItem(Utf8JsonWriter output, Item item, BoundProjection? projection)
    {
        if (projection is null)
        {
            AttributeJson.Write(output, item);
        }
        else if (projection.Flat is { } paths)
        {
            output.WriteStartObject();
            foreach (var path in paths)
            {
                if (path.Resolve(item.Root, Bindings.Empty) is { IsPresent: true } value)
                {
                    output.WritePropertyName(path.Steps[^1].NameIn(Bindings.Empty));
                    AttributeJson.WriteValue(output, value);
                }
            }

            output.WriteEndObject();
        }
        else
        {
            projection.Tree.WriteMembers(output, item.Root);
        }
    }

    private static string? ReturnValues(JsonElement input) => input.Choice("ReturnValues"u8, "returnValues", s_returnValues);

    private void Carry(ItemChange change, string? returnValues, JsonElement input, Utf8JsonWriter output)
    {
        var table = change.Table;
        var capacity = ConsumedCapacity.For(table, input);
        Span<int> indexWrites = stackalloc int[capacity is null ? 0 : table.Indexes.Count];
        var (old, current) = Apply(change, indexWrites);
        output.WriteStartObject();
        if (Returned(change, returnValues, old, current) is { } write)
        {
            output.WritePropertyName("Attributes"u8);
            write(output);
        }

        if (capacity is not null)
        {
            capacity.AddWrite(old, current, indexWrites);
            output.WritePropertyName("ConsumedCapacity"u8);
            capacity.Write(output);
        }

        ItemCollectionMetrics.Write(output, table, input, current ?? old);
        output.WriteEndObject();
    }

    private (Item? Old, Item? Current) Apply(ItemChange change, Span<int> indexWrites)
    {
        var table = change.Table;
        lock (table.Lock)
        {
            TableStore.CheckAlive(table);
            var old = table.Items.Find(change.Key);
            if (change.Condition?.IsTrue(old) == false)
            {
                throw DynamoDBError.ConditionalCheckFailed(
                    change.ShowsItemOnFailure && old is not null ? AttributeJson.ToNode(old.Root) : null);
            }

            var current = change.Apply(old);
            if (!ReferenceEquals(old, current))
            {
                store.Commit(table, change.Key, current, indexWrites);
            }

            return (old, current);
        }
    }

    private static Action<Utf8JsonWriter>? Returned(ItemChange change, string? returnValues, Item? old, Item? current)
    {
        var shown = returnValues is "ALL_OLD" or "UPDATED_OLD" ? old : returnValues is "ALL_NEW" or "UPDATED_NEW" ? current : null;
        if (shown is null)
        {
            return null;
        }

        if (returnValues is "ALL_OLD" or "ALL_NEW")
        {
            return output => AttributeJson.Write(output, shown);
        }

        if (change is not ItemUpdate { Update: { } update })
        {
            return null;
        }

        var tree = new ProjectionTree(update.Expression.Paths, update.Bindings);
        return tree.Finds(shown.Root) ? output => tree.WriteMembers(output, shown.Root) : null;
    }
}
