namespace Oith.LocalCloud.DynamoDB.Values;

/// <summary>A stored item: one encoded map. Immutable, so readers share it with the table without a lock.</summary>
internal sealed class Item
{
    private readonly byte[] _data;

    /// <param name="data">An encoded map (see <see cref="AttributeValue"/>).</param>
    public Item(byte[] data)
    {
        _data = data;
        foreach (var (name, value) in Root.Members)
        {
            Size += name.Length + value.Size;
        }
    }

    /// <summary>The size as DynamoDB counts it: names and values, in bytes.</summary>
    public int Size { get; }

    public AttributeValue Root => new(_data, 0);

    public ReadOnlySpan<byte> Encoded => _data;

    /// <summary>A top-level attribute; absent when the item has none of that name.</summary>
    public AttributeValue this[ReadOnlySpan<byte> name] => Root.Member(name);
}
