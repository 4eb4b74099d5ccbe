namespace Oith.Matching.Engine;

/// <summary>The buckets of one geohash cell. Readers take the array as it stands.</summary>
internal sealed class Cell(int id)
{
    private BucketList _buckets = new([]);
    private string? _name;

    public int Id { get; } = id;

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

/// <summary>The buckets of a cell; their keys side by side, so that a search passes most buckets by without touching them.</summary>
internal sealed class BucketList(Bucket[] buckets)
{
    public Bucket[] All { get; } = buckets;

    /// <summary>Keys with depths, in the order of <see cref="All"/>.</summary>
    public uint[] Keys { get; } = Array.ConvertAll(buckets, bucket => BucketKey.WithDepth(bucket.Key, bucket.Depth));
}
