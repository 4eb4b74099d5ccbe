namespace Oith.Matching.Engine;

/// <summary>All buckets by number; a position in the index is the number of a bucket and a slot in it. For the writer alone.</summary>
internal sealed class BucketTable
{
    private readonly Stack<int> _free = [];
    private Bucket?[] _buckets = new Bucket?[64];
    private int _used;

    /// <summary>Bytes of the buckets, object headers and spare room included.</summary>
    public long Bytes => All.Sum(bucket => bucket.Bytes) + (long)(_buckets.Length - _used) * nint.Size;

    public IEnumerable<Bucket> All => _buckets.OfType<Bucket>();

    public Bucket At(int position) => _buckets[position >> Bucket.PositionBits]!;

    public static int Slot(int position) => position & (Bucket.MaxCount - 1);

    public Bucket Add(Cell cell, uint key, int depth)
    {
        if (!_free.TryPop(out var number))
        {
            number = _used++;
            if (number == _buckets.Length)
            {
                Array.Resize(ref _buckets, number + Math.Max(64, number / 4));
            }
        }

        var bucket = new Bucket(number, cell, key, depth);
        _buckets[number] = bucket;
        return bucket;
    }

    public void Remove(Bucket bucket)
    {
        _buckets[bucket.Number] = null;
        _free.Push(bucket.Number);
    }

    public void TrimExcess()
    {
        foreach (var bucket in All)
        {
            bucket.TrimExcess();
        }

        Array.Resize(ref _buckets, _used);
    }
}
