using System.Numerics;
using Oith.Matching.Compatibility;
using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>
/// One search over the columns, and all that it needs on the way: kept for the next one of the same thread, so that a search
/// allocates nothing.
/// </summary>
internal sealed class Search
{
    // Distances are rounded half up before they are compared, so half a mile more is still within reach.
    public const double Rounding = 0.5;
    private const int Best = 100;

    // A processor takes as long to fetch a line as to search some buckets that it has.
    private const int BucketsAhead = 4;

    // So few are in the processor's caches, or soon will be.
    private const int FewBuckets = 64;

    // A guess that was too high is mostly so by less than the worth of one fact.
    private const int LittleLess = 10;

    private readonly Seeker _seeker = new();
    private readonly int[] _needed = new int[2 * BlockSummary.Batch];
    private readonly TopCandidates _top = new();
    private readonly ThresholdGuess _guess = new();
    private readonly byte[] _compatibilities = new byte[BlockFilter.Lanes];
    private readonly ColdBytes[] _survivors = new ColdBytes[BlockFilter.Lanes];
    private readonly byte[] _survivorCompatibilities = new byte[BlockFilter.Lanes];
    private readonly char[] _email = new char[256];
    private readonly int[] _starts = new int[Best + 2];
    private readonly int[] _keyBounds = new int[BucketKey.MaxDepth + 2];
    private PackedColumns _columns = null!;
    private BucketList[] _reach = new BucketList[16];
    private int _reachCount;
    private int _bucketsInReach;
    private Bucket[] _buckets = new Bucket[64];
    private byte[] _bounds = new byte[64];
    private int[] _order = new int[64];
    private int _bucketCount;
    private IReadOnlySet<string> _excluded = null!;
    private HashSet<string>.AlternateLookup<ReadOnlySpan<char>>? _excludedText;
    private long _seenSince;
    private int _moves;
    private bool _mayRepeat;
    private bool _looksAtEmails;
    private int _scanned;
    private int _cold;

    /// <summary>The best that were found, best first, as <see cref="TopCandidates"/> tells them.</summary>
    public ReadOnlySpan<ulong> Run(
        PackedColumns columns, Profile seeker, IReadOnlySet<string> excluded, DateTimeOffset seenSince, int wanted, IReadOnlySet<string>? shard,
        out CandidateSearch cost)
    {
        cost = default;
        _columns = columns;
        _moves = _columns.Moves;
        if (!_seeker.Prepare(seeker, _columns.Vocabulary, seenSince))
        {
            return [];
        }

        _excluded = excluded;
        _excludedText = excluded.Count > 0 && excluded is HashSet<string> set && set.TryGetAlternateLookup<ReadOnlySpan<char>>(out var lookup) ? lookup : null;
        _seenSince = seenSince.ToUnixTimeSeconds();
        _scanned = 0;
        var cells = Reach(shard);
        // Reading the e-mail of every survivor costs more than all else of it. Who excludes nobody and does not fit their own wish
        // can only find themselves when the index has them otherwise: then, and only then, once more with an eye on it.
        _looksAtEmails = excluded.Count > 0 || _seeker.FitsOwnWish;
        var found = ScanAll(wanted);
        if (!_looksAtEmails && HasSeeker(found))
        {
            _looksAtEmails = true;
            found = ScanAll(wanted);
        }

        Array.Clear(_reach, 0, _reachCount);
        Array.Clear(_buckets, 0, _bucketCount);
        cost = new CandidateSearch(found.Length, _scanned, cells, _cold);
        return found;
    }

    private ReadOnlySpan<ulong> ScanAll(int wanted)
    {
        var guess = _guess.For(wanted + _excluded.Count, _bucketsInReach, _seeker);
        var found = ScanAll(wanted, guess);
        if (found.Length < wanted && guess > LittleLess)
        {
            found = ScanAll(wanted, guess - LittleLess);
        }

        if (found.Length < wanted && guess > 0)
        {
            found = ScanAll(wanted, 0);
        }

        _guess.Learn(found.Length < wanted ? 0 : TopCandidates.Compatibility(found[^1]));
        return found;
    }

    private ReadOnlySpan<ulong> ScanAll(int wanted, int least)
    {
        Collect(least);
        _mayRepeat = false;
        _top.Reset(_columns.Emails, wanted, least);
        if (_bucketsInReach < FewBuckets)
        {
            for (var i = 0; IsPromising(i); i++)
            {
                var scan = Prepare(i);
                Scan(ref scan);
            }
        }
        else
        {
            ScanAhead();
        }

        return _top.Sorted();
    }

    // The processor fetches the next buckets, which lie anywhere in memory, while this one is searched.
    private void ScanAhead()
    {
        for (var i = 0; i < Math.Min(_bucketCount, BucketsAhead); i++)
        {
            Processor.PrefetchObject(ref _buckets[_order[i]]);
        }

        var next = Prepare(0);
        for (var i = 0; IsPromising(i); i++)
        {
            if (i + BucketsAhead < _bucketCount)
            {
                Processor.PrefetchObject(ref _buckets[_order[i + BucketsAhead]]);
            }

            if (i + 2 < _bucketCount)
            {
                _buckets[_order[i + 2]].PrefetchSummaries();
            }

            var scan = next;
            next = Prepare(i + 1);
            next.Prefetch();
            Scan(ref scan);
        }
    }

    // The order is that of the bounds: where nobody of a bucket can be among the best, nobody of those that follow can.
    private bool IsPromising(int i) => i < _bucketCount && _bounds[_order[i]] >= _top.Threshold;

    private BucketScan Prepare(int i) => i < _bucketCount
        ? new BucketScan(_buckets[_order[i]], _bounds[_order[i]], _seeker, _top.Threshold, ref _needed[i % 2 * BlockSummary.Batch])
        : default;

    private bool HasSeeker(ReadOnlySpan<ulong> found)
    {
        foreach (var candidate in found)
        {
            if (_columns.Emails.Is(TopCandidates.Address(candidate), _seeker.Email.AsSpan(0, _seeker.EmailSize)))
            {
                return true;
            }
        }

        return false;
    }

    // The cells within reach: how many, and what is held of them.
    private int Reach(IReadOnlySet<string>? shard)
    {
        _reachCount = 0;
        _bucketsInReach = 0;
        _cold = 0;
        var cells = 0;
        var epoch = _columns.Epoch;
        var window = _columns.Cells.Around(_seeker.Profile.Coordinates!.Value, _seeker.MaxDistance + Rounding);
        for (var row = window.South; row <= window.North; row++)
        {
            foreach (var cell in window.Row(row))
            {
                if (!window.Contains(cell) || shard?.Contains(cell.Name) == false)
                {
                    continue;
                }

                cells++;
                if (cell.State != CellState.Held)
                {
                    _cold++;
                    continue;
                }

                // Written only when it differs: the line is shared by all threads that search.
                if (cell.LastUsed != epoch)
                {
                    cell.LastUsed = epoch;
                }

                if (_reachCount == _reach.Length)
                {
                    Array.Resize(ref _reach, 2 * _reachCount);
                }

                var buckets = cell.Buckets;
                _reach[_reachCount++] = buckets;
                _bucketsInReach += buckets.Keys.Length;
            }
        }

        return cells;
    }

    // The buckets in reach that somebody good enough could be in, with the most that can be reached there.
    private void Collect(int least)
    {
        Array.Clear(_buckets, 0, _bucketCount);
        _bucketCount = 0;
        foreach (var buckets in _reach.AsSpan(0, _reachCount))
        {
            Collect(buckets, least);
        }

        Order(least);
    }

    // Neighbours have the beginning of their keys in common: it is held against the seeker once, and what fails there is left out as a whole.
    private void Collect(BucketList buckets, int least)
    {
        var bounds = _keyBounds;
        bounds[0] = _seeker.Bound;
        var keys = buckets.Keys;
        var known = 0;
        for (var at = 0; at < keys.Length;)
        {
            var key = BucketKey.WithoutDepth(keys[at]);
            var depth = BucketKey.Depth(keys[at]);
            var bound = bounds[known];
            while (known <= depth && bound >= least)
            {
                bound = _seeker.BoundOf(bound, key, known);
                bounds[++known] = bound;
            }

            if (bound >= least)
            {
                Collect(buckets.All[at++], bound);
            }
            else
            {
                at = buckets.EndOf(at, known - 1);
            }

            if (at < keys.Length)
            {
                known = Math.Min(known, BucketKey.Common(key, BucketKey.WithoutDepth(keys[at])));
            }
        }
    }

    // The highest bound first; bounds are few small numbers, so they are counted.
    private void Order(int least)
    {
        var starts = _starts.AsSpan(0, Best - least + 2);
        starts.Clear();
        for (var i = 0; i < _bucketCount; i++)
        {
            starts[Best - _bounds[i] + 1]++;
        }

        for (var bound = 1; bound < starts.Length; bound++)
        {
            starts[bound] += starts[bound - 1];
        }

        for (var i = 0; i < _bucketCount; i++)
        {
            _order[starts[Best - _bounds[i]]++] = i;
        }
    }

    private void Collect(Bucket bucket, int bound)
    {
        if (_bucketCount == _buckets.Length)
        {
            Array.Resize(ref _buckets, 2 * _bucketCount);
            Array.Resize(ref _bounds, 2 * _bucketCount);
            Array.Resize(ref _order, 2 * _bucketCount);
        }

        _buckets[_bucketCount] = bucket;
        _bounds[_bucketCount] = (byte)Math.Min(bound, Best);
        _bucketCount++;
    }

    private void Scan(ref BucketScan scan)
    {
        while (!TryScan(ref scan))
        {
            // Changed while it was read: once more, and what was found already is known.
            _mayRepeat = true;
            scan.Restart(_top.Threshold);
        }
    }

    private bool TryScan(ref BucketScan scan)
    {
        for (int block; (block = scan.Next(_top.Threshold, ref _compatibilities[0], out var lanes)) >= 0;)
        {
            if (!TryConsider(scan.Bucket, scan.Reading, block, lanes))
            {
                return false;
            }
        }

        return scan.Bucket.IsCurrent(scan.Reading);
    }

    private bool TryConsider(Bucket bucket, in BucketReading reading, int block, uint lanes)
    {
        var first = block * BlockFilter.Lanes;
        if (reading.Count - first < BlockFilter.Lanes)
        {
            lanes &= (1u << (reading.Count - first)) - 1;
        }

        var survivors = 0;
        for (; lanes != 0; lanes &= lanes - 1)
        {
            var lane = BitOperations.TrailingZeroCount(lanes);
            Insert(survivors++, reading.Cold(first + lane), _compatibilities[lane]);
        }

        if (survivors > 0 && !bucket.IsCurrent(reading))
        {
            return false;
        }

        for (var i = 0; i < survivors; i++)
        {
            Consider(bucket.Cell, _survivors[i], _survivorCompatibilities[i]);
        }

        return true;
    }

    // Where one is wanted, the best of a block first: most others then need not be looked at. Where many are, each counts anyway.
    private void Insert(int at, in ColdBytes cold, byte compatibility)
    {
        for (; _top.IsForOne && at > 0 && _survivorCompatibilities[at - 1] < compatibility; at--)
        {
            _survivors[at] = _survivors[at - 1];
            _survivorCompatibilities[at] = _survivorCompatibilities[at - 1];
        }

        _survivors[at] = cold;
        _survivorCompatibilities[at] = compatibility;
    }

    private void Consider(Cell cell, in ColdBytes cold, int compatibility)
    {
        if (compatibility < _top.Threshold)
        {
            return;
        }

        _scanned++;
        if (cold.LastSeen < _seeker.SeenSince)
        {
            return;
        }

        if (RecordId.IsWide(cold.Id))
        {
            ConsiderWide(RecordId.Address(cold.Id));
            return;
        }

        if (_seeker.IsBelowScale)
        {
            return;
        }

        var distance = _seeker.From.RoundedMiles(cell.SouthSteps + cold.LatSteps, cell.WestSteps + cold.LngSteps);
        if (distance <= _seeker.MaxDistance && distance <= MaxDistanceCodes.Miles(cold.MaxDistanceCode))
        {
            Take(compatibility, distance, cold.Id);
        }
    }

    // The record tells less than the profile: the plain rules decide.
    private void ConsiderWide(uint address)
    {
        if (_columns.Wide.Find(address) is { IsVisible: true, ActiveMatchEmail: null } candidate
            && candidate.LastSeen.ToUnixTimeSeconds() >= _seenSince
            && PreferenceRules.IsReciprocal(_seeker.Profile, candidate))
        {
            var distance = PreferenceRules.Distance(_seeker.Profile, candidate)!.Value;
            Take(CompatibilityScore.Of(_seeker.Profile, candidate), distance, address);
        }
    }

    private void Take(int compatibility, int distance, uint address)
    {
        if (_top.IsOut(compatibility, distance) || (_looksAtEmails && IsExcluded(address)))
        {
            return;
        }

        // A record that moves may be met in both buckets: if one was moving when the search began, or has moved since.
        var mayRepeat = _mayRepeat || (_moves & 1) != 0 || _columns.Moves != _moves;
        if (mayRepeat && _top.Contains(address))
        {
            return;
        }

        _top.Add(compatibility, distance, address);
    }

    private bool IsExcluded(uint address)
    {
        if (_columns.Emails.Is(address, _seeker.Email.AsSpan(0, _seeker.EmailSize)))
        {
            return true;
        }

        if (_excluded.Count == 0)
        {
            return false;
        }

        var email = _columns.Emails.Text(address, _email);
        return _excludedText is { } texts ? texts.Contains(email) : _excluded.Contains(email.ToString());
    }
}
