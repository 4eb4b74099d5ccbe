using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Oith.Matching.Engine;

/// <summary>
/// The blocks of one bucket that somebody good enough may be in. Made a moment before they are searched, so that the processor can have
/// fetched them by then.
/// </summary>
internal ref struct BucketScan
{
    private const int FewBlocks = 2;

    private readonly Seeker _seeker;
    private readonly int _bound;
    private readonly ref int _needed;
    private BucketReading _reading;
    private int _first;
    private uint _blocks;

    /// <param name="bound">The most that a record of the bucket can reach.</param>
    /// <param name="needed">Room for <see cref="BlockSummary.Batch"/>.</param>
    public BucketScan(Bucket bucket, int bound, Seeker seeker, int threshold, ref int needed)
    {
        Bucket = bucket;
        _bound = bound;
        _seeker = seeker;
        _needed = ref needed;
        Restart(threshold);
    }

    /// <summary>Has the processor fetch what is read first of the blocks.</summary>
    public readonly void Prefetch()
    {
        for (var blocks = _blocks; blocks != 0; blocks &= blocks - 1)
        {
            ref var hot = ref _reading.Block(BitOperations.TrailingZeroCount(blocks), out var stride);
            ref var interests = ref Unsafe.Add(ref hot, Plane.Interests * stride);
            Processor.Prefetch(ref interests);
            Processor.Prefetch(ref Unsafe.Add(ref interests, Processor.CacheLine));
        }
    }

    public Bucket Bucket { get; }

    [UnscopedRef]
    public readonly ref readonly BucketReading Reading => ref _reading;

    /// <summary>Begins anew, with the bucket as it is now.</summary>
    public void Restart(int threshold)
    {
        _reading = Bucket.Read();
        _first = 0;
        Sieve(threshold);
    }

    /// <summary>Finds the next block that somebody fits in, as <see cref="BlockFilter.Next"/> does.</summary>
    /// <returns>Its number; -1 when there is none.</returns>
    public int Next(int threshold, ref byte compatibilities, out uint lanes)
    {
        while (true)
        {
            // Only the last block of a bucket may be narrower than the others.
            var narrow = _reading.FullBlocks - _first < BlockSummary.Batch ? _blocks & 1u << (_reading.FullBlocks - _first) : 0;
            var full = _blocks ^ narrow;
            while (full != 0)
            {
                var block = BlockFilter.Next(ref _reading.Block(_first, out _), ref full, ref _needed, _seeker, threshold, ref compatibilities, out lanes);
                if (lanes != 0)
                {
                    _blocks = full | narrow;
                    return _first + block;
                }
            }

            _blocks = 0;
            if (narrow != 0)
            {
                var needed = Unsafe.Add(ref _needed, _reading.FullBlocks - _first);
                lanes = BlockFilter.Run(ref _reading.Block(_reading.FullBlocks, out var stride), stride, needed, _seeker, threshold, ref compatibilities);
                if (lanes != 0)
                {
                    return _reading.FullBlocks;
                }
            }

            _first += BlockSummary.Batch;
            if (_first >= _reading.Blocks)
            {
                lanes = 0;
                return -1;
            }

            Sieve(threshold);
        }
    }

    private void Sieve(int threshold)
    {
        var count = Math.Min(_reading.Blocks - _first, BlockSummary.Batch);
        var mayLose = _bound - threshold;
        if (count > FewBlocks)
        {
            _blocks = BlockSummary.Promising(
                ref _reading.Summaries(_first), count, _seeker.CodesBelow(Bucket.Depth), mayLose, _seeker.MostOfInterests, ref _needed);
            return;
        }

        // Looked at in less time than it takes to tell which of them need not be.
        _blocks = (1u << count) - 1;
        for (var block = 0; block < count; block++)
        {
            Unsafe.Add(ref _needed, block) = Math.Max(0, _seeker.MostOfInterests - mayLose);
        }
    }
}
