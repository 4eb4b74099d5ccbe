using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Oith.Matching.Engine;

/// <summary>
/// Up to 4,096 records of one cell that have a <see cref="BucketKey"/> in common, in one array: first a <see cref="BlockSummary"/> for each
/// block of 32 records, then the blocks as 12 byte planes each, where the last block is as wide as there is room, then the cold bytes of all.
/// <para>
/// One writer, any readers, no locks: the writer makes the version odd while it changes records in place; a reader that finds
/// the version changed forgets what it just read. A grown array replaces the old one, which its readers keep.
/// </para>
/// </summary>
internal sealed class Bucket(int number, Cell cell, uint key, int depth)
{
    public const int PositionBits = 12;
    public const int MaxCount = 1 << PositionBits;

    /// <summary>A bucket with more records than this is divided by its next level, as long as there is one.</summary>
    public const int DivideAt = 1024;

    // Reading 32 bytes from the last plane of the last block must end within the cold bytes.
    private const int LeastRoom = 4;

    /// <summary>What a bucket costs besides its array's elements: two objects, and the places that refer to it.</summary>
    private const int Overhead = 56 + 24 + 20;

    // The header of the array, and the summaries of as many blocks as a bucket has before it is divided.
    private const int PrefetchedBytes = 16 + DivideAt / BlockFilter.Lanes * BlockSummary.Size;

    // Codes that the summaries may have gained before it pays to sort again: as long as it is that few, most blocks are still passed by.
    private const int GainedByChance = 16;
    private const int RecordsForOneGained = 8;

    private byte[] _data = [];
    private int _count;
    private int _version;
    private int _gained;

    // Two small numbers in one field: there may be many buckets.
    private readonly uint _numberAndDepth = (uint)number << 3 | (uint)depth;

    public Cell Cell { get; } = cell;

    /// <summary>The key as far as the depth goes.</summary>
    public uint Key { get; } = key & BucketKey.Mask(depth);

    public int Number => (int)(_numberAndDepth >> 3);

    public int Depth => (int)(_numberAndDepth & 7);

    public int Count => Volatile.Read(ref _count);

    /// <summary>Another one after every change.</summary>
    public int Version => Volatile.Read(ref _version);

    public long Bytes => Overhead + _data.Length;

    /// <summary>True when so much has changed since the records were sorted that the summaries tell little.</summary>
    public bool IsMixed => _gained > GainedByChance + _count / RecordsForOneGained;

    /// <summary>True when a record of this key belongs here.</summary>
    public bool Matches(uint key) => ((key ^ Key) & BucketKey.Mask(Depth)) == 0;

    /// <summary>Where a record of this bucket is in the whole index.</summary>
    public int PositionOf(int slot) => Number << PositionBits | slot;

    /// <summary>Has the processor fetch the summaries while another bucket is searched.</summary>
    public void PrefetchSummaries() => Processor.PrefetchObject(ref _data, PrefetchedBytes);

    /// <summary>Begins a consistent reading: waits for a change in progress, which takes nanoseconds.</summary>
    public BucketReading Read()
    {
        var spinner = new SpinWait();
        while (true)
        {
            var version = Volatile.Read(ref _version);
            if ((version & 1) == 0)
            {
                return new BucketReading(_data, _count, version);
            }

            spinner.SpinOnce();
        }
    }

    /// <summary>True while nothing has changed since the reading began.</summary>
    public bool IsCurrent(in BucketReading reading)
    {
        Volatile.ReadBarrier();
        return Volatile.Read(ref _version) == reading.Version;
    }

    /// <summary>Adds a record; the bucket must not be full.</summary>
    /// <returns>Its slot.</returns>
    public int Add(in HotBytes hot, in ColdBytes cold)
    {
        var slot = _count;
        var data = slot == BucketLayout.Of(_data).Room ? Resized(slot + 4 + slot / 16) : _data;
        BeginChange();
        Put(data, slot, hot, cold);
        _data = data;
        _count = slot + 1;
        EndChange();
        return slot;
    }

    public void Replace(int slot, in HotBytes hot, in ColdBytes cold)
    {
        BeginChange();
        Put(_data, slot, hot, cold);
        EndChange();
    }

    /// <summary>Removes a record; the last one takes its slot.</summary>
    public void RemoveAt(int slot)
    {
        var last = _count - 1;
        var (hot, cold) = At(last);
        BeginChange();
        Put(_data, slot, hot, cold);
        if (last % BlockFilter.Lanes == 0)
        {
            Summary(_data, last / BlockFilter.Lanes) = 0;
        }

        _count = last;
        EndChange();
    }

    /// <summary>Writes down in which order the records would be sorted by the two levels of the key that summaries tell of.</summary>
    /// <param name="order">Receives the slot of each record as it is now.</param>
    /// <returns>As much of <paramref name="order"/> as there are records.</returns>
    public ReadOnlySpan<ushort> Order(Span<ushort> order)
    {
        Span<byte> ranks = stackalloc byte[MaxCount];
        Span<int> starts = stackalloc int[1 << (2 * BucketKey.Bits)];
        for (var slot = 0; slot < _count; slot++)
        {
            ranks[slot] = Rank(slot);
            starts[ranks[slot]]++;
        }

        var next = 0;
        foreach (ref var start in starts)
        {
            (start, next) = (next, next + start);
        }

        for (var slot = 0; slot < _count; slot++)
        {
            order[starts[ranks[slot]]++] = (ushort)slot;
        }

        return order[.._count];
    }

    /// <summary>Puts the records in this order. Who reads them meanwhile has the former array, which is as true.</summary>
    public void Sort(ReadOnlySpan<ushort> order)
    {
        var data = new byte[_data.Length];
        for (var slot = 0; slot < order.Length; slot++)
        {
            var (hot, cold) = At(order[slot]);
            Put(data, slot, hot, cold);
        }

        _gained = 0;
        Volatile.Write(ref _data, data);
    }

    public (HotBytes Hot, ColdBytes Cold) At(int slot) => (HotAt(slot), ColdAt(slot));

    public ColdBytes ColdAt(int slot) => MemoryMarshal.Read<ColdBytes>(_data.AsSpan(BucketLayout.Of(_data).Cold(slot)));

    public uint IdAt(int slot) => ColdAt(slot).Id;

    /// <summary>Gives back the room that is not needed now.</summary>
    public void TrimExcess()
    {
        var data = Resized(_count);
        if (data.Length < _data.Length)
        {
            BeginChange();
            _data = data;
            EndChange();
        }
    }

    private static ref uint Summary(byte[] data, int block) => ref Unsafe.As<byte, uint>(ref data[block * BlockSummary.Size]);

    private byte Rank(int slot)
    {
        var key = BucketKey.Of(BucketKey.Group(Key), HotAt(slot));
        return (byte)(BucketKey.CodeOrNone(key, Depth) << BucketKey.Bits | BucketKey.CodeOrNone(key, Depth + 1));
    }

    private void BeginChange() => Interlocked.Increment(ref _version);

    private void EndChange() => Volatile.Write(ref _version, _version + 1);

    private HotBytes HotAt(int slot)
    {
        var hot = new HotBytes();
        var layout = BucketLayout.Of(_data);
        for (var plane = 0; plane < PackedProfile.HotSize; plane++)
        {
            hot[plane] = _data[layout.Hot(slot, plane)];
        }

        return hot;
    }

    private void Put(byte[] data, int slot, in HotBytes hot, in ColdBytes cold)
    {
        ref var summary = ref Summary(data, slot / BlockFilter.Lanes);
        var gained = BlockSummary.Of(BucketKey.Of(BucketKey.Group(Key), hot), Depth) & ~summary;
        summary |= gained;
        _gained += BitOperations.PopCount(gained);
        var layout = BucketLayout.Of(data);
        for (var plane = 0; plane < PackedProfile.HotSize; plane++)
        {
            data[layout.Hot(slot, plane)] = hot[plane];
        }

        MemoryMarshal.Write(data.AsSpan(layout.Cold(slot)), cold);
    }

    // The same records in an array with other room: only the last block's planes lie otherwise.
    private byte[] Resized(int room)
    {
        var old = BucketLayout.Of(_data);
        var layout = new BucketLayout(Math.Clamp(room, LeastRoom, MaxCount));
        var data = new byte[layout.Size];
        for (var block = 0; block * BlockFilter.Lanes < _count; block++)
        {
            Summary(data, block) = Summary(_data, block);
            var width = Math.Min(old.Stride(block), layout.Stride(block));
            for (var plane = 0; plane < PackedProfile.HotSize; plane++)
            {
                _data.AsSpan(old.Block(block) + plane * old.Stride(block), width).CopyTo(data.AsSpan(layout.Block(block) + plane * layout.Stride(block)));
            }
        }

        _data.AsSpan(old.Cold(0), _count * PackedProfile.ColdSize).CopyTo(data.AsSpan(layout.Cold(0)));
        return data;
    }
}

/// <summary>A bucket as it was at one moment, as long as <see cref="Bucket.IsCurrent"/> says so.</summary>
internal readonly struct BucketReading
{
    private readonly byte[] _data;
    private readonly BucketLayout _layout;

    public BucketReading(byte[] data, int count, int version)
    {
        _data = data;
        _layout = BucketLayout.Of(data);
        // A writer may be between the two right now; then the version will tell.
        Count = Math.Min(count, _layout.Room);
        Version = version;
    }

    public int Version { get; }

    public int Count { get; }

    public int Blocks => (Count + BlockFilter.Lanes - 1) / BlockFilter.Lanes;

    /// <summary>Blocks whose planes are as wide as can be.</summary>
    public int FullBlocks => _layout.Room / BlockFilter.Lanes;

    /// <summary>The <see cref="BlockSummary"/> of a block, and after it those of the others.</summary>
    public ref byte Summaries(int block) => ref At(block * BlockSummary.Size);

    /// <summary>The first plane of a block, and the bytes from a plane to the next.</summary>
    public ref byte Block(int block, out nuint stride)
    {
        stride = (nuint)_layout.Stride(block);
        return ref At(_layout.Block(block));
    }

    public ColdBytes Cold(int slot) => Unsafe.ReadUnaligned<ColdBytes>(ref At(_layout.Cold(slot)));

    private ref byte At(int start) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_data), start);
}
