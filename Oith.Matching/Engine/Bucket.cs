using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Oith.Matching.Engine;

/// <summary>
/// Up to 4,096 records of one cell that have a <see cref="BucketKey"/> in common, in one array: first the blocks of 32 records
/// as 12 byte planes each, where the last block is as wide as there is room, then the cold bytes of all.
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

    private const int PrefetchedBytes = 2 * BlockFilter.Lanes * PackedProfile.HotSize;

    private byte[] _data = [];
    private int _count;
    private int _version;

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

    /// <summary>True when a record of this key belongs here.</summary>
    public bool Matches(uint key) => ((key ^ Key) & BucketKey.Mask(Depth)) == 0;

    /// <summary>Where a record of this bucket is in the whole index.</summary>
    public int PositionOf(int slot) => Number << PositionBits | slot;

    /// <summary>Has the processor fetch where the data are, for <see cref="PrefetchData"/> a moment later.</summary>
    public void Prefetch() => Processor.Prefetch(ref _data);

    /// <summary>Has the processor fetch the first blocks while another bucket is searched; the rest it foresees itself.</summary>
    public void PrefetchData()
    {
        ref var data = ref MemoryMarshal.GetArrayDataReference(_data);
        for (var line = 0; line < PrefetchedBytes; line += Processor.CacheLine)
        {
            Processor.Prefetch(ref Unsafe.Add(ref data, line));
        }
    }

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
        var data = slot == Room(_data) ? Resized(slot + 4 + slot / 16) : _data;
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
        _count = last;
        EndChange();
    }

    public (HotBytes Hot, ColdBytes Cold) At(int slot)
    {
        var hot = new HotBytes();
        var (start, stride) = BlockReading.Of(slot / BlockFilter.Lanes, Room(_data));
        for (var plane = 0; plane < PackedProfile.HotSize; plane++)
        {
            hot[plane] = _data[start + plane * stride + slot % BlockFilter.Lanes];
        }

        return (hot, ColdAt(slot));
    }

    public ColdBytes ColdAt(int slot) => MemoryMarshal.Read<ColdBytes>(_data.AsSpan(ColdStart(_data) + slot * PackedProfile.ColdSize));

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

    internal static int Room(byte[] data) => data.Length / PackedProfile.Size;

    internal static int ColdStart(byte[] data) => Room(data) * PackedProfile.HotSize;

    private void BeginChange() => Interlocked.Increment(ref _version);

    private void EndChange() => Volatile.Write(ref _version, _version + 1);

    private static void Put(byte[] data, int slot, in HotBytes hot, in ColdBytes cold)
    {
        var (start, stride) = BlockReading.Of(slot / BlockFilter.Lanes, Room(data));
        for (var plane = 0; plane < PackedProfile.HotSize; plane++)
        {
            data[start + plane * stride + slot % BlockFilter.Lanes] = hot[plane];
        }

        MemoryMarshal.Write(data.AsSpan(ColdStart(data) + slot * PackedProfile.ColdSize), cold);
    }

    // The same records in an array with other room: only the last block's planes lie otherwise.
    private byte[] Resized(int room)
    {
        room = Math.Clamp(room, LeastRoom, MaxCount);
        var data = new byte[room * PackedProfile.Size];
        for (var block = 0; block * BlockFilter.Lanes < _count; block++)
        {
            var (from, fromStride) = BlockReading.Of(block, Room(_data));
            var (to, toStride) = BlockReading.Of(block, room);
            for (var plane = 0; plane < PackedProfile.HotSize; plane++)
            {
                _data.AsSpan(from + plane * fromStride, Math.Min(fromStride, toStride)).CopyTo(data.AsSpan(to + plane * toStride));
            }
        }

        _data.AsSpan(ColdStart(_data), _count * PackedProfile.ColdSize).CopyTo(data.AsSpan(ColdStart(data)));
        return data;
    }
}

/// <summary>A bucket as it was at one moment, as long as <see cref="Bucket.IsCurrent"/> says so.</summary>
internal readonly struct BucketReading(byte[] data, int count, int version)
{
    public int Version { get; } = version;

    // A writer may be between the two right now; then the version will tell.
    public int Count { get; } = Math.Min(count, Bucket.Room(data));

    /// <summary>Blocks whose planes are as wide as can be.</summary>
    public int FullBlocks { get; } = Bucket.Room(data) / BlockFilter.Lanes;

    /// <summary>The first plane of a block, and the bytes from a plane to the next.</summary>
    public ref byte Block(int block, out nuint stride)
    {
        var (start, width) = BlockReading.Of(block, Bucket.Room(data));
        stride = (nuint)width;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(data), start);
    }

    public ColdBytes Cold(int slot) => Unsafe.ReadUnaligned<ColdBytes>(
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(data), Bucket.ColdStart(data) + slot * PackedProfile.ColdSize));
}

internal static class BlockReading
{
    /// <summary>Where a block begins and how wide its planes are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int Start, int Stride) Of(int block, int room)
    {
        var first = block * BlockFilter.Lanes;
        return (first * PackedProfile.HotSize, Math.Min(BlockFilter.Lanes, room - first));
    }
}
