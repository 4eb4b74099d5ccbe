using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>One item set or (null) removed.</summary>
/// <param name="Key">By <see cref="KeyEncoding"/>.</param>
/// <param name="IsExpiry">The item's time to live was over.</param>
internal readonly record struct TableChange(Table Table, byte[] Key, Item? Item, DateTimeOffset Time, bool IsExpiry)
{
    /// <summary>Carries the change out, in the table's stream too. The caller holds the table's lock.</summary>
    public void Apply(Span<int> indexWrites = default)
    {
        var old = Table.Set(Key, Item, indexWrites);
        Table.Stream?.Add(Time, old, Item, IsExpiry);
    }
}
