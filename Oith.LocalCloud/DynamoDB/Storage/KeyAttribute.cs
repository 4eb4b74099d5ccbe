using System.Text;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>One attribute of a key schema.</summary>
internal sealed record KeyAttribute(string Name, AttributeType Type)
{
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);
}

/// <summary>
/// The key of a table or index: a partition key and perhaps a sort key. Each is one attribute; in a global secondary index up to four.
/// </summary>
internal sealed class KeySchema(IReadOnlyList<KeyAttribute> partitions, IReadOnlyList<KeyAttribute> sorts)
{
    /// <summary>The attributes of the partition key.</summary>
    public IReadOnlyList<KeyAttribute> Partitions { get; } = partitions;

    /// <summary>The attributes of the sort key, by which the items of a partition are ordered one after the other; may be empty.</summary>
    public IReadOnlyList<KeyAttribute> Sorts { get; } = sorts;

    /// <summary>The first attribute of the partition key; of a table the only one.</summary>
    public KeyAttribute Partition { get; } = partitions[0];

    /// <summary>The first attribute of the sort key; of a table the only one.</summary>
    public KeyAttribute? Sort { get; } = sorts.Count == 0 ? null : sorts[0];

    /// <summary>The partition key, then the sort key.</summary>
    public IReadOnlyList<KeyAttribute> Attributes { get; } = [.. partitions, .. sorts];

    public int Count => Attributes.Count;

    /// <summary>Whether the partition key and the sort key are one attribute each.</summary>
    public bool IsPlain => Partitions.Count == 1 && Sorts.Count <= 1;

    public bool Contains(ReadOnlySpan<byte> attribute)
    {
        foreach (var key in Attributes)
        {
            if (attribute.SequenceEqual(key.Utf8Name))
            {
                return true;
            }
        }

        return false;
    }
}
