namespace Oith.Matching.Engine;

/// <summary>The buckets of one geohash cell. Readers take the array as it stands.</summary>
internal sealed class Cell(int id)
{
    private Bucket[] _buckets = [];
    private string? _name;

    public int Id { get; } = id;

    public int SouthSteps { get; } = id == CellId.Nowhere ? 0 : CellId.SouthSteps(id);

    public int WestSteps { get; } = id == CellId.Nowhere ? 0 : CellId.WestSteps(id);

    /// <summary>Geohash prefix: <c>dr5r</c>.</summary>
    public string Name => _name ??= CellId.Name(Id);

    public Bucket[] Buckets
    {
        get => Volatile.Read(ref _buckets);
        set => Volatile.Write(ref _buckets, value);
    }

    public int Count => Buckets.Sum(bucket => bucket.Count);
}
