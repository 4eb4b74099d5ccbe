using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>The size of the item collection that a write touched: only tables with local indexes have collections.</summary>
internal static class ItemCollectionMetrics
{
    private static readonly string[] s_values = ["SIZE", "NONE"];

    /// <summary>Writes the member when the request asks for it and the table has local indexes.</summary>
    public static void Write(Utf8JsonWriter output, Table table, JsonElement input, Item? item)
    {
        if (input.Choice("ReturnItemCollectionMetrics"u8, "returnItemCollectionMetrics", s_values) != "SIZE"
            || item is null
            || !table.Indexes.Any(index => !index.Definition.IsGlobal))
        {
            return;
        }

        var partition = item[table.Key.Partition.Utf8Name];
        var size = 0L;
        lock (table.Lock)
        {
            var prefix = KeyEncoding.PartitionPrefix(partition);
            for (var cursor = table.Items.Range(prefix, KeyEncoding.After(prefix)); cursor.MoveNext();)
            {
                size += cursor.Item.Size;
            }
        }

        // AWS gives an estimate between two whole gigabytes.
        var gigabytes = size / (1L << 30);
        output.WriteStartObject("ItemCollectionMetrics"u8);
        output.WriteStartObject("ItemCollectionKey"u8);
        output.WritePropertyName(table.Key.Partition.Utf8Name);
        AttributeJson.WriteValue(output, partition);
        output.WriteEndObject();
        output.WriteStartArray("SizeEstimateRangeGB"u8);
        output.WriteNumberValue(gigabytes);
        output.WriteNumberValue(gigabytes + 1);
        output.WriteEndArray();
        output.WriteEndObject();
    }
}
