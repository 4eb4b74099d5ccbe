using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>
/// Everybody's records: cells, in them buckets, in them blocks. Writers take turns; readers wait for nobody.
/// </summary>
internal sealed class PackedColumns
{
    private readonly Lock _writing = new();
    private readonly ProfilePacker _packer = new();
    private readonly BucketTable _buckets = new();
    private readonly EmailTable _positions;
    private readonly Cell _nowhere = new(CellId.Nowhere);
    private readonly byte[] _encoded = new byte[EmailArena.MaxEncodedSize];
    private CellDirectory _cells = CellDirectory.Empty;
    private int _moves;

    public PackedColumns() => _positions = new EmailTable(EncodedAt);

    public int Count => _positions.Count;

    public Vocabulary Vocabulary => _packer.Vocabulary;

    public CellDirectory Cells => Volatile.Read(ref _cells);

    public EmailArena Emails { get; } = new();

    public WideProfiles Wide { get; } = new();

    /// <summary>Odd while a record moves from one bucket to another, when it may be in both.</summary>
    public int Moves => Volatile.Read(ref _moves);

    /// <summary>Bytes of records, cells, and the map from e-mails to records, with object headers and spare room.</summary>
    public long Bytes
    {
        get
        {
            lock (_writing)
            {
                return _buckets.Bytes + _positions.Bytes + Cells.Bytes;
            }
        }
    }

    public void EnsureCapacity(int count)
    {
        lock (_writing)
        {
            _positions.EnsureCapacity(count);
        }
    }

    public void TrimExcess()
    {
        lock (_writing)
        {
            _buckets.TrimExcess();
            _positions.TrimExcess();
        }
    }

    public void Upsert(Profile profile)
    {
        lock (_writing)
        {
            var packed = _packer.Pack(profile);
            var email = _encoded.AsSpan(0, EmailArena.Encode(profile.Email, _encoded));
            var hash = EmailArena.Hash(email);
            var position = _positions.Find(hash, email);
            var address = position < 0 ? Emails.Add(email) : AddressAt(position);
            var isWide = RecordId.IsWide(packed.Cold.Id);
            if (isWide)
            {
                Wide.Set(address, profile);
            }

            packed = packed with { Cold = packed.Cold.WithId(packed.Cold.Id | address) };
            if (position < 0)
            {
                _positions.Add(hash, Insert(packed));
            }
            else
            {
                Replace(hash, position, packed);
            }

            if (!isWide)
            {
                Wide.Remove(address);
            }
        }
    }

    public void Remove(string email)
    {
        lock (_writing)
        {
            var encoded = _encoded.AsSpan(0, EmailArena.Encode(email, _encoded));
            var hash = EmailArena.Hash(encoded);
            var position = _positions.Find(hash, encoded);
            if (position < 0)
            {
                return;
            }

            var address = AddressAt(position);
            _positions.Remove(hash, position);
            Delete(position);
            Wide.Remove(address);
            Emails.Erase(address);
        }
    }

    private uint AddressAt(int position) => RecordId.Address(_buckets.At(position).IdAt(BucketTable.Slot(position)));

    private ReadOnlySpan<byte> EncodedAt(int position) => Emails.Encoded(AddressAt(position));

    private ulong HashAt(int position) => EmailArena.Hash(EncodedAt(position));

    private int Insert(in PackedProfile packed)
    {
        var bucket = BucketFor(CellOf(packed.Cell), packed.Key);
        return bucket.PositionOf(bucket.Add(packed.Hot, packed.Cold));
    }

    private void Replace(ulong hash, int position, in PackedProfile packed)
    {
        var bucket = _buckets.At(position);
        if (bucket.Cell.Id == packed.Cell && bucket.Matches(packed.Key))
        {
            bucket.Replace(BucketTable.Slot(position), packed.Hot, packed.Cold);
            return;
        }

        Volatile.Write(ref _moves, _moves + 1);
        _positions.Move(hash, position, Insert(packed));
        Delete(position);
        Volatile.Write(ref _moves, _moves + 1);
    }

    // The last record of the bucket takes the slot.
    private void Delete(int position)
    {
        var bucket = _buckets.At(position);
        var last = bucket.PositionOf(bucket.Count - 1);
        if (last != position)
        {
            _positions.Move(HashAt(last), last, position);
        }

        bucket.RemoveAt(BucketTable.Slot(position));
        if (bucket.Count == 0)
        {
            bucket.Cell.Buckets = new([.. bucket.Cell.Buckets.All.Where(other => other != bucket)]);
            _buckets.Remove(bucket);
        }
    }

    private Cell CellOf(int id)
    {
        if (id == CellId.Nowhere)
        {
            return _nowhere;
        }

        if (_cells.Find(id) is { } cell)
        {
            return cell;
        }

        cell = new Cell(id);
        Volatile.Write(ref _cells, _cells.With(cell));
        return cell;
    }

    private Bucket BucketFor(Cell cell, uint key)
    {
        while (true)
        {
            var bucket = Array.Find(cell.Buckets.All, bucket => bucket.Count < Bucket.MaxCount && bucket.Matches(key));
            if (bucket is null)
            {
                bucket = _buckets.Add(cell, key, DepthFor(cell, key));
                cell.Buckets = new([.. cell.Buckets.All, bucket]);
                return bucket;
            }

            if (bucket.Count < Bucket.DivideAt || bucket.Depth == BucketKey.MaxDepth)
            {
                return bucket;
            }

            Divide(bucket);
        }
    }

    // One level below the deepest bucket that was divided and that the key would have been in.
    private static int DepthFor(Cell cell, uint key)
    {
        var depth = 0;
        foreach (var bucket in cell.Buckets.All)
        {
            while (depth < bucket.Depth && ((key ^ bucket.Key) & BucketKey.Mask(depth)) == 0)
            {
                depth++;
            }
        }

        return depth;
    }

    // Each record goes to the bucket of its code at the next level. Searches see the old bucket until all new ones are there.
    private void Divide(Bucket bucket)
    {
        var parts = new Bucket?[16];
        var group = BucketKey.Group(bucket.Key);
        for (var slot = 0; slot < bucket.Count; slot++)
        {
            var (hot, cold) = bucket.At(slot);
            var key = BucketKey.Of(group, hot);
            var part = parts[BucketKey.Code(key, bucket.Depth)] ??= _buckets.Add(bucket.Cell, key, bucket.Depth + 1);
            var from = bucket.PositionOf(slot);
            _positions.Move(HashAt(from), from, part.PositionOf(part.Add(hot, cold)));
        }

        bucket.Cell.Buckets = new([.. bucket.Cell.Buckets.All.Where(other => other != bucket), .. parts.OfType<Bucket>()]);
        _buckets.Remove(bucket);
    }
}
