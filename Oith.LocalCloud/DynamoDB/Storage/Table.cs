using Oith.LocalCloud.DynamoDB.Streams;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>A table's items and indexes. Every access to them holds <see cref="Lock"/>.</summary>
internal sealed class Table
{
    private TimeToLiveIndex? _timeToLive;

    public Table(TableDefinition definition, long ordinal)
    {
        Definition = definition;
        Ordinal = ordinal;
        Key = definition.Key();
        Indexes = [.. definition.Indexes.Select(Open)];
        if (definition.TimeToLiveAttribute is { } attribute)
        {
            _timeToLive = new TimeToLiveIndex(attribute);
        }

        FollowStream(definition);
    }

    public Lock Lock { get; } = new();

    /// <summary>Whoever locks several tables locks them in this order.</summary>
    public long Ordinal { get; }

    public string Name => Definition.Name;

    /// <summary>Read without the lock, changed under it.</summary>
    public TableDefinition Definition { get; private set; }

    public KeySchema Key { get; }

    public IReadOnlyList<SecondaryIndex> Indexes { get; private set; }

    /// <summary>By <see cref="KeyEncoding"/>.</summary>
    public ItemTree Items { get; } = new();

    /// <summary>The table's stream, perhaps disabled by now; null: it never had one.</summary>
    public TableStream? Stream { get; private set; }

    /// <summary>True once the table is deleted: whoever waited for its lock must not write to it.</summary>
    public bool IsDeleted { get; set; }

    public long SizeBytes { get; private set; }

    public SecondaryIndex? Index(string name) => Indexes.FirstOrDefault(index => index.Definition.Name == name);

    /// <summary>Sets or (null) removes the item of a key.</summary>
    /// <param name="indexWrites">Receives the count of entries written in each index, in the order of <see cref="Indexes"/>; may be empty.</param>
    /// <returns>The item before.</returns>
    public Item? Set(byte[] key, Item? item, Span<int> indexWrites = default)
    {
        var old = item is null ? Items.Remove(key) : Items.Set(key, item);
        SizeBytes += (item?.Size ?? 0) - (old?.Size ?? 0);
        for (var index = 0; index < Indexes.Count; index++)
        {
            var writes = Indexes[index].Update(key, old, item);
            if (!indexWrites.IsEmpty)
            {
                indexWrites[index] = writes;
            }
        }

        _timeToLive?.Update(key, old, item);
        return old;
    }

    /// <summary>Changes the definition; new indexes and a new time-to-live attribute are filled from the items.</summary>
    public void Redefine(TableDefinition definition)
    {
        var indexes = new List<SecondaryIndex>();
        foreach (var index in definition.Indexes)
        {
            if (Index(index.Name) is { } existing && existing.Definition.IsGlobal == index.IsGlobal)
            {
                existing.Definition = index;
                indexes.Add(existing);
                continue;
            }

            var created = Open(definition, index);
            for (var cursor = Items.Range(null, null); cursor.MoveNext();)
            {
                created.Update(cursor.Key, null, cursor.Item);
            }

            indexes.Add(created);
        }

        if (definition.TimeToLiveAttribute != Definition.TimeToLiveAttribute)
        {
            _timeToLive = definition.TimeToLiveAttribute is null ? null : new TimeToLiveIndex(definition.TimeToLiveAttribute);
            for (var cursor = Items.Range(null, null); _timeToLive is not null && cursor.MoveNext();)
            {
                _timeToLive.Update(cursor.Key, null, cursor.Item);
            }
        }

        FollowStream(definition);
        Definition = definition;
        Indexes = indexes;
    }

    /// <summary>The key of an item whose time to live is over; null when there is none.</summary>
    public byte[]? FirstExpired(DateTimeOffset now) => _timeToLive?.FirstExpired(now);

    private void FollowStream(TableDefinition definition)
    {
        if (definition.StreamLabel is { } label && Stream?.Label != label)
        {
            Stream = new TableStream(label, definition.StreamViewType!, definition.StreamCreated);
        }

        Stream?.IsEnabled = definition.StreamEnabled;
    }

    private SecondaryIndex Open(IndexDefinition index) => Open(Definition, index);

    private SecondaryIndex Open(TableDefinition definition, IndexDefinition index) =>
        new(index, definition.KeyOf(index.PartitionKeys, index.SortKeys), Key);
}
