using System.Numerics;
using Oith.Matching.Candidates;
using Oith.Matching.Compatibility;
using Oith.Matching.Preferences;
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

    private readonly Seeker _seeker = new();
    private readonly TopCandidates _top = new();
    private readonly ThresholdGuess _guess = new();
    private readonly byte[] _compatibilities = new byte[BlockFilter.Lanes];
    private readonly ColdBytes[] _survivors = new ColdBytes[BlockFilter.Lanes];
    private readonly byte[] _survivorCompatibilities = new byte[BlockFilter.Lanes];
    private readonly char[] _email = new char[256];
    private PackedColumns _columns = null!;
    private readonly int[] _starts = new int[Best + 2];
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
        _excludedText = excluded is HashSet<string> set && set.TryGetAlternateLookup<ReadOnlySpan<char>>(out var lookup) ? lookup : null;
        _seenSince = seenSince.ToUnixTimeSeconds();
        _scanned = 0;
        var cells = Collect(shard);
        // Reading the e-mail of every survivor costs more than all else of it. Who excludes nobody and does not fit their own wish
        // can only find themselves when the index has them otherwise: then, and only then, once more with an eye on it.
        _looksAtEmails = excluded.Count > 0 || _seeker.FitsOwnWish;
        var found = ScanAll(wanted);
        if (!_looksAtEmails && HasSeeker(found))
        {
            _looksAtEmails = true;
            found = ScanAll(wanted);
        }

        Array.Clear(_buckets, 0, _bucketCount);
        cost = new CandidateSearch(found.Length, _scanned, cells, _cold);
        return found;
    }

    private ReadOnlySpan<ulong> ScanAll(int wanted)
    {
        var guess = _guess.For(wanted, _bucketCount, _seeker);
        var found = ScanAll(wanted, guess);
        if (found.Length < wanted && guess > 0)
        {
            found = ScanAll(wanted, 0);
        }

        _guess.Learn(found.Length < wanted ? 0 : TopCandidates.Compatibility(found[^1]));
        return found;
    }

    private ReadOnlySpan<ulong> ScanAll(int wanted, int least)
    {
        _mayRepeat = false;
        _top.Reset(_columns.Emails, wanted, least);
        for (var i = 0; i < _bucketCount; i++)
        {
            // The order is that of the bounds: what follows cannot be among the best either.
            if (_bounds[_order[i]] < _top.Threshold)
            {
                break;
            }

            if (i + 2 < _bucketCount)
            {
                _buckets[_order[i + 1]].PrefetchData();
                _buckets[_order[i + 2]].Prefetch();
            }

            Scan(_buckets[_order[i]]);
        }

        return _top.Sorted();
    }

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

    // The buckets in reach that anybody in them could fit, with the most that can be reached there.
    private int Collect(IReadOnlySet<string>? shard)
    {
        _bucketCount = 0;
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

                var buckets = cell.Buckets;
                for (var i = 0; i < buckets.Keys.Length; i++)
                {
                    var bound = _seeker.BoundOf(buckets.Keys[i]);
                    if (bound >= 0)
                    {
                        Collect(buckets.All[i], bound);
                    }
                }
            }
        }

        Order();
        return cells;
    }

    // The highest bound first; bounds are few small numbers, so they are counted.
    private void Order()
    {
        Array.Clear(_starts);
        for (var i = 0; i < _bucketCount; i++)
        {
            _starts[Best - _bounds[i] + 1]++;
        }

        for (var bound = 1; bound < _starts.Length; bound++)
        {
            _starts[bound] += _starts[bound - 1];
        }

        for (var i = 0; i < _bucketCount; i++)
        {
            _order[_starts[Best - _bounds[i]]++] = i;
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

    private void Scan(Bucket bucket)
    {
        while (!TryScan(bucket))
        {
            // Changed while it was read: once more, and what was found already is known.
            _mayRepeat = true;
        }
    }

    private bool TryScan(Bucket bucket)
    {
        var reading = bucket.Read();
        var blocks = (reading.Count + BlockFilter.Lanes - 1) / BlockFilter.Lanes;
        var full = Math.Min(blocks, reading.FullBlocks);
        for (var block = 0; block < blocks; block++)
        {
            ref var hot = ref reading.Block(block, out var stride);
            uint lanes;
            if (block < full)
            {
                block += BlockFilter.Skip(ref hot, full - block, _seeker, _top.Threshold, ref _compatibilities[0], out lanes) - (lanes == 0 ? 1 : 0);
            }
            else
            {
                lanes = BlockFilter.Run(ref hot, stride, _seeker, _top.Threshold, ref _compatibilities[0]);
            }

            if (lanes != 0 && !TryConsider(bucket, reading, block, lanes))
            {
                return false;
            }
        }

        return bucket.IsCurrent(reading);
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

    // The best of a block first: most others then need not be looked at.
    private void Insert(int at, in ColdBytes cold, byte compatibility)
    {
        for (; at > 0 && _survivorCompatibilities[at - 1] < compatibility; at--)
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
