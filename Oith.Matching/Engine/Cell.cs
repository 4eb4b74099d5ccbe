namespace Oith.Matching.Engine;

/// <summary>The buckets of one geohash cell. Readers take the array as it stands.</summary>
internal sealed class Cell(int id, CellState state)
{
    private BucketList _buckets = new([]);
    private string? _name;
    private volatile CellState _state = state;

    public int Id { get; } = id;

    public CellState State
    {
        get => _state;
        set => _state = value;
    }

    /// <summary><see cref="PackedColumns.Epoch"/> of the last search that came by.</summary>
    public int LastUsed { get; set; }

    /// <summary>When its people were last read from the table, by whomever.</summary>
    public DateTimeOffset BuiltAt { get; set; }

    /// <summary>People who were here when somebody last looked: all that is known of a cell that is not held.</summary>
    public int KnownCount { get; set; }

    public int SouthSteps { get; } = id == CellId.Nowhere ? 0 : CellId.SouthSteps(id);

    public int WestSteps { get; } = id == CellId.Nowhere ? 0 : CellId.WestSteps(id);

    /// <summary>Geohash prefix: <c>dr5r</c>.</summary>
    public string Name => _name ??= CellId.Name(Id);

    public BucketList Buckets
    {
        get => Volatile.Read(ref _buckets);
        set => Volatile.Write(ref _buckets, value);
    }

    public int Count => Buckets.All.Sum(bucket => bucket.Count);
}

internal enum CellState : byte
{
    /// <summary>Somebody lives here; nobody is held.</summary>
    Cold,

    /// <summary>Changes are taken in, but not everybody is here yet.</summary>
    Filling,

    /// <summary>Everybody is here.</summary>
    Held,
}

/// <summary>The buckets of a cell; their keys side by side, so that a search passes most buckets by without touching them.</summary>
internal sealed class BucketList(Bucket[] buckets)
{
    public Bucket[] All { get; } = buckets;

    /// <summary>Keys with depths, in the order of <see cref="All"/>.</summary>
    public ulong[] Keys { get; } = Array.ConvertAll(buckets, bucket => BucketKey.WithDepth(bucket.Key, bucket.Depth));
}
