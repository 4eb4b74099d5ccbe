namespace Oith.Matching.Caching;

/// <summary>
/// Keeps entries by key, of bounded number and without any order to maintain: each key has the places of one set, and within a set
/// the entry kept longest ago makes room. Nothing is locked; when two threads keep at the same moment, one entry may get lost.
/// </summary>
/// <param name="sets">A power of two.</param>
internal sealed class SetAssociativeCache<TEntry>(int sets)
    where TEntry : class, ICacheEntry
{
    private const int Ways = 4;

    private readonly TEntry?[] _entries = new TEntry?[sets * Ways];

    /// <returns>Null when none is kept (any more).</returns>
    public TEntry? Find(string key)
    {
        foreach (ref var place in SetOf(key))
        {
            if (Volatile.Read(ref place) is { } entry && entry.Key == key)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>In the place of what was kept under the same key, if anything was.</summary>
    public void Keep(TEntry entry)
    {
        var set = SetOf(entry.Key);
        ref var place = ref set[0];
        foreach (ref var candidate in set)
        {
            var kept = Volatile.Read(ref candidate);
            if (kept?.Key == entry.Key)
            {
                place = ref candidate;
                break;
            }

            if (KeptAt(kept) < KeptAt(Volatile.Read(ref place)))
            {
                place = ref candidate;
            }
        }

        Volatile.Write(ref place, entry);
    }

    private static long KeptAt(TEntry? entry) => entry?.At ?? long.MinValue;

    private Span<TEntry?> SetOf(string key) =>
        _entries.AsSpan((string.GetHashCode(key, StringComparison.Ordinal) & (sets - 1)) * Ways, Ways);
}

/// <summary>An immutable entry of a <see cref="SetAssociativeCache{TEntry}"/>.</summary>
internal interface ICacheEntry
{
    /// <summary>Who or what it is about: an e-mail, a request's id.</summary>
    string Key { get; }

    /// <summary>Timestamp of the clock, of when it became true.</summary>
    long At { get; }
}
