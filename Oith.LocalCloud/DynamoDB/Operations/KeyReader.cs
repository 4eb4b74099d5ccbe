using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>Checks the keys of items and requests.</summary>
internal static class KeyReader
{
    private const int MaximumItemSize = 400 * 1024;
    private const int MaximumPartitionKeyLength = 2048;
    private const int MaximumSortKeyLength = 1024;

    /// <summary>Reads a request's <c>Key</c>.</summary>
    /// <param name="key">Receives the key as an item of the key attributes alone.</param>
    /// <returns>The key by <see cref="KeyEncoding"/>.</returns>
    public static byte[] ReadKey(Table table, JsonElement json, out Item key)
    {
        key = AttributeJson.ReadItem(json);
        return KeyOf(table, key);
    }

    /// <summary>The key by <see cref="KeyEncoding"/> of an item of the key attributes alone.</summary>
    /// <exception cref="AwsServiceException">ValidationException: not exactly the schema's attributes in their types.</exception>
    public static byte[] KeyOf(Table table, Item key)
    {
        CheckKey(table.Key, key.Root);
        return KeyEncoding.Of(table.Key, key.Root)!;
    }

    /// <exception cref="AwsServiceException">ValidationException: not exactly the schema's attributes in their types.</exception>
    public static void CheckKey(KeySchema schema, AttributeValue key)
    {
        if (key.Count != schema.Count)
        {
            throw SchemaMismatch();
        }

        CheckKeyPart(key, schema.Partition, isPartition: true);
        if (schema.Sort is not null)
        {
            CheckKeyPart(key, schema.Sort, isPartition: false);
        }
    }

    public static AwsServiceException SchemaMismatch() => DynamoDBError.Validation("The provided key element does not match the schema");

    public static void CheckKeyPart(AttributeValue key, KeyAttribute attribute, bool isPartition)
    {
        var value = key.Member(attribute.Utf8Name);
        if (!value.IsPresent || value.Type != attribute.Type)
        {
            throw SchemaMismatch();
        }

        CheckValue(value, attribute, isPartition);
    }

    /// <summary>Checks an item before it is put.</summary>
    /// <param name="inBatch">BatchWriteItem words every mismatch as that of a key.</param>
    public static byte[] CheckItem(Table table, Item item, bool inBatch = false)
    {
        CheckItemPart(item, table.Key.Partition, isPartition: true, inBatch);
        if (table.Key.Sort is not null)
        {
            CheckItemPart(item, table.Key.Sort, isPartition: false, inBatch);
        }

        CheckIndexKeys(table, item, updated: false);
        CheckLimits(item, "Item size has exceeded the maximum allowed size");
        return KeyEncoding.Of(table.Key, item.Root)!;
    }

    /// <summary>What holds for every item that is stored, whichever operation wrote it: its size and its depth.</summary>
    /// <param name="tooLarge">The operation's words for an item that is too large.</param>
    public static void CheckLimits(Item item, string tooLarge)
    {
        if (item.Size > MaximumItemSize)
        {
            throw DynamoDBError.Validation(tooLarge);
        }

        // The item itself is a map, but no level.
        if (item.Root.IsDeeperThan(AttributeJson.MaximumDepth + 1))
        {
            throw AttributeJson.TooDeep();
        }
    }

    /// <summary>An item may lack an index's key, but it may not have it in another type.</summary>
    public static void CheckIndexKeys(Table table, Item item, bool updated)
    {
        foreach (var index in table.Indexes)
        {
            for (var part = 0; part < index.Key.Count; part++)
            {
                CheckIndexKey(index, index.Key.Attributes[part], item, part < index.Key.Partitions.Count, updated);
            }
        }
    }

    private static void CheckIndexKey(SecondaryIndex index, KeyAttribute attribute, Item item, bool isPartition, bool updated)
    {
        var value = item[attribute.Utf8Name];
        if (!value.IsPresent)
        {
            return;
        }

        if (value.Type != attribute.Type)
        {
            throw updated
                ? DynamoDBError.Validation("The update expression attempted to update the secondary index key to unsupported type")
                : DynamoDBError.InvalidParameter(
                    $"Type mismatch for Index Key {attribute.Name} Expected: {attribute.Type.Name()} Actual: {value.Type.Name()} "
                    + $"IndexName: {index.Definition.Name}");
        }

        if (value.Scalar.IsEmpty)
        {
            throw DynamoDBError.Validation(
                (updated
                    ? "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value "
                    + "that is not supported. The AttributeValue for a key attribute cannot contain an empty "
                    : "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
                    + "The AttributeValue for a key attribute cannot contain an empty ")
                + $"{KindOf(value)} value. IndexName: {index.Definition.Name}, IndexKey: {attribute.Name}");
        }

        CheckLength(value, isPartition);
    }

    private static void CheckItemPart(Item item, KeyAttribute attribute, bool isPartition, bool inBatch)
    {
        var value = item[attribute.Utf8Name];
        if (inBatch && (!value.IsPresent || value.Type != attribute.Type))
        {
            throw SchemaMismatch();
        }

        if (!value.IsPresent)
        {
            throw DynamoDBError.InvalidParameter($"Missing the key {attribute.Name} in the item");
        }

        if (value.Type != attribute.Type)
        {
            throw DynamoDBError.InvalidParameter(
                $"Type mismatch for key {attribute.Name} expected: {attribute.Type.Name()} actual: {value.Type.Name()}");
        }

        CheckValue(value, attribute, isPartition);
    }

    private static void CheckValue(AttributeValue value, KeyAttribute attribute, bool isPartition)
    {
        if (value.Scalar.IsEmpty)
        {
            throw DynamoDBError.Validation(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                + $"empty {KindOf(value)} value. Key: {attribute.Name}");
        }

        CheckLength(value, isPartition);
    }

    private static void CheckLength(AttributeValue value, bool isPartition)
    {
        if (isPartition && value.Scalar.Length > MaximumPartitionKeyLength)
        {
            throw DynamoDBError.InvalidParameter("Size of hashkey has exceeded the maximum size limit of2048 bytes");
        }

        if (!isPartition && value.Scalar.Length > MaximumSortKeyLength)
        {
            throw DynamoDBError.InvalidParameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
        }
    }

    private static string KindOf(AttributeValue value) => value.Type == AttributeType.B ? "binary" : "string";
}
