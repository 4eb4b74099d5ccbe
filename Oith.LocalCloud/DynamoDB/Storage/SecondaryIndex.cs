using System.Text;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>What an index shows of its table's items.</summary>
internal enum ProjectionType
{
    ALL,
    KEYS_ONLY,
    INCLUDE,
}

/// <summary>A global or local secondary index. Its table's lock guards it.</summary>
internal sealed class SecondaryIndex
{
    private readonly List<byte[]>? _projected;

    /// <param name="tableKey">The table's own key, always projected.</param>
    public SecondaryIndex(IndexDefinition definition, KeySchema key, KeySchema tableKey)
    {
        Definition = definition;
        Key = key;
        if (definition.Projection != ProjectionType.ALL)
        {
            _projected = [.. key.Attributes.Concat(tableKey.Attributes).Select(attribute => attribute.Utf8Name)
                .Concat(definition.NonKeyAttributes.Select(Encoding.UTF8.GetBytes))];
        }
    }

    public IndexDefinition Definition { get; set; }

    public KeySchema Key { get; }

    /// <summary>By the index's key. An item of a partial projection holds only what is projected.</summary>
    public ItemTree Items { get; } = new();

    public long SizeBytes { get; private set; }

    public bool Projects(ReadOnlySpan<byte> attribute)
    {
        if (_projected is null)
        {
            return true;
        }

        foreach (var projected in _projected)
        {
            if (attribute.SequenceEqual(projected))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Follows a change of one item in the table.</summary>
    /// <returns>How many entries were written: 0, 1, or 2 when the entry moved.</returns>
    public int Update(byte[] tableKey, Item? old, Item? current)
    {
        var oldKey = old is null ? null : KeyEncoding.Of(Key, old.Root, tableKey);
        var newKey = current is null ? null : KeyEncoding.Of(Key, current.Root, tableKey);
        var writes = 0;
        if (oldKey is not null && (newKey is null || !oldKey.AsSpan().SequenceEqual(newKey)))
        {
            SizeBytes -= Items.Remove(oldKey)!.Size;
            writes++;
        }

        if (newKey is not null)
        {
            var entry = Project(current!);
            var replaced = Items.Set(newKey, entry);
            SizeBytes += entry.Size - (replaced?.Size ?? 0);
            writes += replaced is not null && replaced.Encoded.SequenceEqual(entry.Encoded) ? 0 : 1;
        }

        return writes;
    }

    private Item Project(Item item)
    {
        if (_projected is null)
        {
            return item;
        }

        var writer = ValueWriter.Rent();
        try
        {
            var start = writer.StartContainer(AttributeType.M);
            var count = 0;
            foreach (var (name, value) in item.Root.Members)
            {
                if (Projects(name))
                {
                    writer.WriteBytes(name);
                    writer.WriteEncoded(value.Encoded);
                    count++;
                }
            }

            writer.EndContainer(start, count);
            return new Item(writer.ToArray());
        }
        finally
        {
            writer.Return();
        }
    }
}
