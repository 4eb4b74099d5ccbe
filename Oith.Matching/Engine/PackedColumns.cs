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
    private readonly Cell _nowhere = new(CellId.Nowhere, CellState.Held);
    private readonly byte[] _encoded = new byte[EmailArena.MaxEncodedSize];
    private readonly ushort[] _order = new ushort[Bucket.MaxCount];
    private CellDirectory _cells = CellDirectory.Empty;
    private int _moves;
    private int _epoch;
    private int _evictions;

    public PackedColumns() => _positions = new EmailTable(EncodedAt);

    public int Count => _positions.Count;

    public Vocabulary Vocabulary => _packer.Vocabulary;

    public CellDirectory Cells => Volatile.Read(ref _cells);

    public EmailArena Emails { get; } = new();

    public WideProfiles Wide { get; } = new();

    /// <summary>Odd while a record moves from one bucket to another, when it may be in both.</summary>
    public int Moves => Volatile.Read(ref _moves);

    /// <summary>Counts up, so that cells can be told that no search has come by for long.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>Cells given up so far: a search during which it changes may have missed somebody.</summary>
    public int Evictions => Volatile.Read(ref _evictions);

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
            foreach (var bucket in _buckets.All)
            {
                Sort(bucket);
            }

            _buckets.TrimExcess();
            _positions.TrimExcess();
        }
    }

    public void NextEpoch() => Interlocked.Increment(ref _epoch);

    /// <summary>Adds the profile or replaces the one with the same e-mail, whatever is held of its cell.</summary>
    public void Upsert(Profile profile)
    {
        lock (_writing)
        {
            Put(profile);
        }
    }

    /// <summary>As <see cref="Upsert"/> where the cell is held; else the cell is known to be lived in from now on, and nothing is held.</summary>
    public void Refresh(Profile profile)
    {
        lock (_writing)
        {
            var id = ProfilePacker.CellOf(profile);
            if (id == CellId.Nowhere || Known(id, CellState.Cold).State == CellState.Cold)
            {
                Drop(profile.Email);
            }
            else
            {
                Put(profile);
            }
        }
    }

    /// <summary>As <see cref="Refresh"/>, for who is not held or held in this cell.</summary>
    /// <returns>False when the person is held in another cell, and stays there.</returns>
    public bool TryRefresh(Profile profile, Cell cell)
    {
        lock (_writing)
        {
            var position = Find(profile.Email);
            if (position >= 0 && _buckets.At(position).Cell != cell)
            {
                return false;
            }

            Refresh(profile);
            return true;
        }
    }

    public void Remove(string email)
    {
        lock (_writing)
        {
            Drop(email);
        }
    }

    public bool Contains(string email)
    {
        lock (_writing)
        {
            return Find(email) >= 0;
        }
    }

    /// <summary>People live in these cells; what is held of them stays as it is.</summary>
    public void Know(IEnumerable<CellPopulation> populations)
    {
        lock (_writing)
        {
            var added = new List<Cell>();
            foreach (var population in populations)
            {
                if (CellId.TryParse(population.Cell, out var id))
                {
                    var cell = _cells.Find(id);
                    if (cell is null)
                    {
                        added.Add(cell = new Cell(id, CellState.Cold));
                    }

                    cell.KnownCount = population.Count;
                }
            }

            if (added.Count > 0)
            {
                Volatile.Write(ref _cells, _cells.With(added));
            }
        }
    }

    /// <summary>From now on changes of people in the cell are taken in, and it is not given up.</summary>
    public Cell BeginFill(int id)
    {
        lock (_writing)
        {
            var cell = Known(id, CellState.Cold);
            if (cell.State == CellState.Cold)
            {
                cell.LastUsed = Epoch;
                cell.State = CellState.Filling;
            }

            cell.Fills++;
            return cell;
        }
    }

    /// <summary>Everybody is here.</summary>
    public void CompleteFill(Cell cell)
    {
        lock (_writing)
        {
            cell.State = CellState.Held;
        }
    }

    /// <summary>Ends what <see cref="BeginFill"/> began; a cell that nobody has completed is given back.</summary>
    public void EndFill(Cell cell)
    {
        lock (_writing)
        {
            cell.Fills--;
            if (cell is { Fills: 0, State: CellState.Filling })
            {
                GiveBack(cell);
            }
        }
    }

    /// <summary>Gives the cell's memory back. A search in progress sees <see cref="Evictions"/> change.</summary>
    /// <returns>False when the cell is not held, or being filled once more.</returns>
    public bool TryEvict(Cell cell)
    {
        lock (_writing)
        {
            if (cell is not { Fills: 0, State: CellState.Held })
            {
                return false;
            }

            cell.KnownCount = cell.Count;
            GiveBack(cell);
            return true;
        }
    }

    /// <summary>The e-mails of everybody in the cell.</summary>
    public List<string> EmailsIn(Cell cell)
    {
        lock (_writing)
        {
            return
            [
                .. cell.Buckets.All.SelectMany(bucket => Enumerable.Range(0, bucket.Count)
                    .Select(slot => Emails.Text(RecordId.Address(bucket.IdAt(slot)))!)),
            ];
        }
    }

    /// <summary>The cell's buckets as blocks, all of the same moment.</summary>
    /// <param name="isKnown">True for a bucket of a version that need not be encoded again.</param>
    /// <returns>Null when the cell is not held.</returns>
    public CellSnapshot? Encode(Cell cell, Func<Bucket, bool> isKnown, ulong version)
    {
        lock (_writing)
        {
            return cell.State != CellState.Held ? null : new CellSnapshot(
                VocabularyWords.Of(Vocabulary),
                Array.ConvertAll(
                    cell.Buckets.All,
                    bucket => new BucketSnapshot(bucket, bucket.Version, isKnown(bucket) ? null : BlockEncoder.Encode(bucket, Emails, Wide, version))));
        }
    }

    private void GiveBack(Cell cell)
    {
        cell.State = CellState.Cold;
        Interlocked.Increment(ref _evictions);
        var buckets = cell.Buckets.All;
        cell.Buckets = new([]);
        foreach (var bucket in buckets)
        {
            for (var slot = 0; slot < bucket.Count; slot++)
            {
                var address = RecordId.Address(bucket.IdAt(slot));
                _positions.Remove(EmailArena.Hash(Emails.Encoded(address)), bucket.PositionOf(slot));
                Wide.Remove(address);
                Emails.Erase(address);
            }

            _buckets.Remove(bucket);
        }
    }

    private void Put(Profile profile)
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
            position = Insert(packed);
            _positions.Add(hash, position);
            SortWhenMixed(_buckets.At(position));
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

    private void Drop(string email)
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

    private int Find(string email)
    {
        var encoded = _encoded.AsSpan(0, EmailArena.Encode(email, _encoded));
        return _positions.Find(EmailArena.Hash(encoded), encoded);
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
            SortWhenMixed(bucket);
            return;
        }

        Volatile.Write(ref _moves, _moves + 1);
        var next = Insert(packed);
        _positions.Move(hash, position, next);
        Delete(position);
        Volatile.Write(ref _moves, _moves + 1);
        SortWhenMixed(_buckets.At(next));
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
        else
        {
            SortWhenMixed(bucket);
        }
    }

    private void SortWhenMixed(Bucket bucket)
    {
        if (bucket.IsMixed)
        {
            Sort(bucket);
        }
    }

    private void Sort(Bucket bucket)
    {
        var order = bucket.Order(_order);
        for (var slot = 0; slot < order.Length; slot++)
        {
            if (order[slot] != slot)
            {
                var from = bucket.PositionOf(order[slot]);
                _positions.Move(HashAt(from), from, bucket.PositionOf(slot));
            }
        }

        bucket.Sort(order);
    }

    private Cell CellOf(int id) => id == CellId.Nowhere ? _nowhere : Known(id, CellState.Held);

    /// <param name="state">Of the cell, when nobody has lived there so far.</param>
    private Cell Known(int id, CellState state)
    {
        if (_cells.Find(id) is { } cell)
        {
            return cell;
        }

        cell = new Cell(id, state);
        Volatile.Write(ref _cells, _cells.With(cell));
        return cell;
    }

    private Bucket BucketFor(Cell cell, uint key)
    {
        while (true)
        {
            var bucket = cell.Buckets.Find(key);
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
