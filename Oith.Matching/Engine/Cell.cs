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

    /// <summary>How many fill the cell just now.</summary>
    public int Fills { get; set; }

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

/// <summary>
/// The buckets of a cell in the order of their keys; those side by side, so that a search passes most buckets by without touching them.
/// </summary>
internal sealed class BucketList
{
    public BucketList(params IEnumerable<Bucket> buckets)
    {
        All = [.. buckets];
        Array.Sort(All, (one, other) => one.Key.CompareTo(other.Key));
        Keys = Array.ConvertAll(All, bucket => BucketKey.WithDepth(bucket.Key, bucket.Depth));
    }

    public Bucket[] All { get; }

    /// <summary>Keys with depths, in the order of <see cref="All"/>.</summary>
    public ulong[] Keys { get; }

    /// <summary>The bucket for a record of this key, one with room where there are several; null when there is none.</summary>
    public Bucket? Find(uint key)
    {
        // What a key has in common with a bucket's is its beginning, so that no other bucket's key lies between the two.
        for (var at = FirstBeyond(key, 0, Keys.Length) - 1; at >= 0 && All[at].Matches(key); at--)
        {
            if (All[at].Count < Bucket.MaxCount)
            {
                return All[at];
            }
        }

        return null;
    }

    /// <summary>The first bucket after <paramref name="at"/> whose key does not begin as that one's does.</summary>
    /// <param name="depth">Of the beginning: that of <see cref="BucketKey.Mask"/>.</param>
    public int EndOf(int at, int depth)
    {
        var last = BucketKey.WithoutDepth(Keys[at]) | ~BucketKey.Mask(depth);
        var step = 1;
        while (at + step < Keys.Length && BucketKey.WithoutDepth(Keys[at + step]) <= last)
        {
            at += step;
            step *= 2;
        }

        return FirstBeyond(last, at + 1, Math.Min(at + step, Keys.Length));
    }

    private int FirstBeyond(uint key, int low, int high)
    {
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (BucketKey.WithoutDepth(Keys[middle]) <= key)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
