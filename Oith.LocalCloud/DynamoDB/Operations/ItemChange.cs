using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>What a request wants done to one item, read and checked as far as it can be without the item.</summary>
internal abstract class ItemChange(Table table, byte[] key, BoundCondition? condition)
{
    public Table Table { get; } = table;

    public byte[] Key { get; } = key;

    public BoundCondition? Condition { get; } = condition;

    /// <summary>The error of a failed condition shows the item (ReturnValuesOnConditionCheckFailure).</summary>
    public bool ShowsItemOnFailure { get; init; }

    /// <summary>The item after the change; null: none.</summary>
    /// <exception cref="AwsServiceException">ValidationException: the change does not fit the item.</exception>
    public abstract Item? Apply(Item? old);
}

internal sealed class ItemPut(Table table, byte[] key, Item item, BoundCondition? condition) : ItemChange(table, key, condition)
{
    public override Item? Apply(Item? old) => item;

    /// <summary>Reads and checks what needs no table, which DynamoDB does before it looks for the table.</summary>
    /// <returns>Checks the rest against the table's keys and indexes.</returns>
    public static Func<Table, ItemChange> Read(JsonElement input, ExpressionAttributes attributes, bool inTransaction = false)
    {
        var item = AttributeJson.ReadItem(input.RequiredStructure("Item"u8, inTransaction ? "transactItems.1.member.put.item" : "item"));
        var condition = attributes.Condition("ConditionExpression");
        attributes.Finish("ConditionExpression");
        var showsItem = ItemChanges.ShowsItem(input);
        return table => new ItemPut(table, KeyReader.CheckItem(table, item), item, condition) { ShowsItemOnFailure = showsItem };
    }
}

internal sealed class ItemDelete(Table table, byte[] key, BoundCondition? condition) : ItemChange(table, key, condition)
{
    public override Item? Apply(Item? old) => null;

    /// <inheritdoc cref="ItemPut.Read"/>
    public static Func<Table, ItemChange> Read(JsonElement input, ExpressionAttributes attributes)
    {
        var keyItem = AttributeJson.ReadItem(input.RequiredStructure("Key"u8, "key"));
        var condition = attributes.Condition("ConditionExpression");
        attributes.Finish("ConditionExpression");
        var showsItem = ItemChanges.ShowsItem(input);
        return table => new ItemDelete(table, KeyReader.KeyOf(table, keyItem), condition) { ShowsItemOnFailure = showsItem };
    }
}

/// <summary>A transaction's check: the item stays as it is.</summary>
internal sealed class ItemCheck(Table table, byte[] key, BoundCondition condition) : ItemChange(table, key, condition)
{
    public override Item? Apply(Item? old) => old;

    /// <inheritdoc cref="ItemPut.Read"/>
    public static Func<Table, ItemChange> Read(JsonElement input, ExpressionAttributes attributes)
    {
        var keyItem = AttributeJson.ReadItem(input.RequiredStructure("Key"u8, "transactItems.1.member.conditionCheck.key"));
        var condition = attributes.Condition("ConditionExpression") ?? throw DynamoDBError.Constraint(
            "transactItems.1.member.conditionCheck.conditionExpression", null, "Member must not be null");
        attributes.Finish("ConditionExpression");
        var showsItem = ItemChanges.ShowsItem(input);
        return table => new ItemCheck(table, KeyReader.KeyOf(table, keyItem), condition) { ShowsItemOnFailure = showsItem };
    }
}

/// <summary>A transaction's action that does not fit the table's keys or indexes: the transaction is cancelled for it.</summary>
internal sealed class ItemRefusal(Table table, AwsServiceException error) : ItemChange(table, [], null)
{
    public override Item? Apply(Item? old) => throw error;
}

internal sealed class ItemUpdate(Table table, byte[] key, Item keyItem, BoundUpdate? update, BoundCondition? condition)
    : ItemChange(table, key, condition)
{
    public BoundUpdate? Update { get; } = update;

    public override Item? Apply(Item? old)
    {
        var before = old ?? keyItem;
        if (Update is null)
        {
            return before;
        }

        var after = Update.Expression.Apply(before.Root, Update.Bindings);
        KeyReader.CheckIndexKeys(Table, after, updated: true);
        KeyReader.CheckLimits(after, "Item size to update has exceeded the maximum allowed size");
        return after;
    }

    /// <inheritdoc cref="ItemPut.Read"/>
    public static Func<Table, ItemChange> Read(JsonElement input, ExpressionAttributes attributes)
    {
        var keyItem = AttributeJson.ReadItem(input.RequiredStructure("Key"u8, "key"));
        var update = attributes.Update();
        var condition = attributes.Condition("ConditionExpression");
        attributes.Finish("UpdateExpression", "ConditionExpression");
        var showsItem = ItemChanges.ShowsItem(input);
        return table =>
        {
            var key = KeyReader.KeyOf(table, keyItem);
            if (update is not null)
            {
                CheckPaths(table, update);
            }

            return new ItemUpdate(table, key, keyItem, update, condition) { ShowsItemOnFailure = showsItem };
        };
    }

    public static void CheckPaths(Table table, BoundUpdate update)
    {
        foreach (var action in update.Expression.Actions)
        {
            var head = action.Path.Head(update.Bindings);
            foreach (var attribute in table.Key.Attributes)
            {
                if (head.AsSpan().SequenceEqual(attribute.Utf8Name))
                {
                    throw DynamoDBError.InvalidParameter(
                        $"Cannot update attribute {attribute.Name}. This attribute is part of the key");
                }
            }

            foreach (var index in table.Indexes)
            {
                foreach (var attribute in index.Key.Attributes)
                {
                    if (head.AsSpan().SequenceEqual(attribute.Utf8Name))
                    {
                        CheckIndexPath(index, attribute, action.Path.Steps.Length, action.TypeIn(update.Bindings));
                    }
                }
            }
        }
    }

    private static void CheckIndexPath(SecondaryIndex index, KeyAttribute attribute, int steps, AttributeType type)
    {
        if (steps > 1)
        {
            throw DynamoDBError.Validation(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: " + attribute.Name);
        }

        if (type != AttributeType.None && type != attribute.Type)
        {
            throw DynamoDBError.InvalidParameter(
                $"Type mismatch for Index Key {attribute.Name} Expected: {attribute.Type.Name()} Actual: {type.Name()} "
                + $"IndexName: {index.Definition.Name}");
        }
    }
}

internal static class ItemChanges
{
    private static readonly string[] s_onFailure = ["ALL_OLD", "NONE"];

    public static bool ShowsItem(JsonElement input) =>
        input.Choice("ReturnValuesOnConditionCheckFailure"u8, "returnValuesOnConditionCheckFailure", s_onFailure) == "ALL_OLD";
}
