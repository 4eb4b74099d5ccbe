namespace Oith.Matching.Engine;

/// <summary>
/// The best so many of those found, without sorting the rest. Counting by compatibility gives the least that can still be among
/// them; who has less is dropped, and the few that are left are sorted at the end. One for each thread that searches.
/// </summary>
internal sealed class TopCandidates
{
    private const int CompatibilityShift = 48;
    private const int DistanceShift = 32;
    private const int Best = 100;

    private readonly int[] _counts = new int[Best + 1];
    private readonly Comparison<ulong> _comparison;
    private ulong[] _found = new ulong[1024];
    private EmailArena _emails = null!;
    private int _wanted;
    private int _above;

    public TopCandidates() => _comparison = Compare;

    /// <summary>How many are held: at least as many as wanted, if so many were found.</summary>
    public int Count { get; private set; }

    /// <summary>True when only the very best is wanted.</summary>
    public bool IsForOne => _wanted == 1;

    /// <summary>The least compatibility that can still be among the best.</summary>
    public int Threshold { get; private set; }

    /// <summary>The greatest distance that can be, for those at the threshold.</summary>
    public int ThresholdDistance { get; private set; }

    /// <param name="threshold">Who has less is not looked for.</param>
    public void Reset(EmailArena emails, int wanted, int threshold)
    {
        _emails = emails;
        _wanted = wanted;
        _above = 0;
        Count = 0;
        Threshold = threshold;
        ThresholdDistance = int.MaxValue;
        Array.Clear(_counts);
        if (_found.Length < 4 * wanted)
        {
            _found = new ulong[4 * wanted];
        }
    }

    public bool IsOut(int compatibility, int distance) =>
        compatibility < Threshold || (compatibility == Threshold && distance > ThresholdDistance);

    public bool Contains(uint address)
    {
        foreach (var found in _found.AsSpan(0, Count))
        {
            if (Address(found) == address)
            {
                return true;
            }
        }

        return false;
    }

    public void Add(int compatibility, int distance, uint address)
    {
        var found = (ulong)(uint)(Best - compatibility) << CompatibilityShift | (ulong)(uint)distance << DistanceShift | address;
        if (IsForOne)
        {
            AddOnly(found);
            return;
        }

        if (Count == _found.Length)
        {
            KeepBest();
            if (IsOut(compatibility, distance))
            {
                return;
            }
        }

        _found[Count++] = found;
        _counts[compatibility]++;
        if (compatibility > Threshold)
        {
            _above++;
            RaiseThreshold();
        }
    }

    /// <summary>The best, best first.</summary>
    public ReadOnlySpan<ulong> Sorted()
    {
        if (IsForOne)
        {
            return _found.AsSpan(0, Count);
        }

        DropBelowThreshold();
        foreach (var found in _found.AsSpan(0, Count))
        {
            // Ties are told apart by it, and the answer tells it.
            _emails.Prefetch(Address(found));
        }

        Sort();
        return _found.AsSpan(0, Math.Min(Count, _wanted));
    }

    public static int Compatibility(ulong found) => Best - (int)(found >> CompatibilityShift);

    public static int Distance(ulong found) => (int)(found >> DistanceShift & 0xFFFF);

    public static uint Address(ulong found) => (uint)found;

    private void AddOnly(ulong found)
    {
        if (Count == 0 || Compare(found, _found[0]) < 0)
        {
            _found[0] = found;
            Count = 1;
            Threshold = Compatibility(found);
            ThresholdDistance = Distance(found);
        }
    }

    private void RaiseThreshold()
    {
        while (_above >= _wanted)
        {
            Threshold++;
            ThresholdDistance = int.MaxValue;
            _above -= _counts[Threshold];
        }
    }

    private void DropBelowThreshold()
    {
        var least = (ulong)(uint)(Best - Threshold + 1) << CompatibilityShift;
        var kept = 0;
        foreach (var found in _found.AsSpan(0, Count))
        {
            _found[kept] = found;
            kept += found < least ? 1 : 0;
        }

        Count = kept;
    }

    // The buffer is full: what is beyond the wanted number goes, ties at the threshold included.
    private void KeepBest()
    {
        Sort();
        foreach (var dropped in _found.AsSpan(_wanted, Count - _wanted))
        {
            _counts[Compatibility(dropped)]--;
        }

        Count = _wanted;
        ThresholdDistance = Compatibility(_found[_wanted - 1]) == Threshold ? Distance(_found[_wanted - 1]) : int.MaxValue;
    }

    // By compatibility and distance as numbers; those that are equal so far by e-mail.
    private void Sort()
    {
        var found = _found.AsSpan(0, Count);
        found.Sort();
        for (var start = 0; start < found.Length;)
        {
            var end = start + 1;
            while (end < found.Length && found[end] >> DistanceShift == found[start] >> DistanceShift)
            {
                end++;
            }

            if (end - start > 1)
            {
                found[start..end].Sort(_comparison);
            }

            start = end;
        }
    }

    private int Compare(ulong one, ulong other) => one >> DistanceShift != other >> DistanceShift
        ? one.CompareTo(other)
        : _emails.Compare(Address(one), Address(other));
}
