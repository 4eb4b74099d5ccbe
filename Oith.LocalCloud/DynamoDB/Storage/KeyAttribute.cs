using System.Text;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>One attribute of a key schema.</summary>
internal sealed record KeyAttribute(string Name, AttributeType Type)
{
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);
}

/// <summary>The key of a table or index: a partition key and perhaps a sort key.</summary>
internal sealed record KeySchema(KeyAttribute Partition, KeyAttribute? Sort)
{
    public int Count => Sort is null ? 1 : 2;

    public bool Contains(ReadOnlySpan<byte> attribute) =>
        attribute.SequenceEqual(Partition.Utf8Name) || (Sort is not null && attribute.SequenceEqual(Sort.Utf8Name));

    /// <summary>The partition key, then the sort key.</summary>
    public IEnumerable<KeyAttribute> Attributes => Sort is null ? [Partition] : [Partition, Sort];
}
