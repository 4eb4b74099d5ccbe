using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>
/// Everyone who may be shown to somebody, searchable by the rules of <see cref="PreferenceRules"/> and
/// <see cref="Compatibility.CompatibilityScore"/>. Thread-safe. What it answers may be a moment old: presenting a match
/// checks the truth in the store.
/// </summary>
public interface ICandidateIndex
{
    /// <summary>How many profiles are in the index.</summary>
    int Count { get; }

    /// <summary>Adds the profile or replaces the one with the same e-mail.</summary>
    void Upsert(Profile profile);

    /// <summary>Removes the profile; nothing happens when it is not there.</summary>
    void Remove(string email);

    /// <summary>
    /// Finds the best reciprocal candidates for <paramref name="seeker"/>, who need not be in the index: visible, seen at or
    /// after <paramref name="seenSince"/> (to the second), in no active connection, not the seeker, not in <paramref name="excluded"/>; in the
    /// order of <see cref="Candidate"/>.
    /// </summary>
    /// <param name="top">Receives them, best first.</param>
    /// <param name="shard">Restricts the search to these cells; null searches all.</param>
    /// <returns>How many were found and what the search cost.</returns>
    CandidateSearch FindTop(
        Profile seeker, IReadOnlySet<string> excluded, DateTimeOffset seenSince, Span<Candidate> top, IReadOnlySet<string>? shard = null);

    /// <summary>
    /// The cells that hold anybody within <paramref name="seeker"/>'s reach, or anybody at all when null; in the order of their
    /// geohash. Shards are planned from it. People without coordinates are in no cell.
    /// </summary>
    IReadOnlyList<CellPopulation> Cells(Profile? seeker = null);
}

/// <param name="Cell">Geohash prefix: <c>dr5r</c>.</param>
/// <param name="Count">People in it, whether or not they fit.</param>
public readonly record struct CellPopulation(string Cell, int Count);

/// <summary>Someone who may be shown to a seeker. Ordered best first: compatibility descending, distance ascending, e-mail ascending (ordinal).</summary>
/// <param name="Compatibility">0…100.</param>
/// <param name="Distance">Miles, rounded half up.</param>
public readonly record struct Candidate(string Email, int Compatibility, int Distance) : IComparable<Candidate>
{
    public int CompareTo(Candidate other)
    {
        var byCompatibility = other.Compatibility.CompareTo(Compatibility);
        if (byCompatibility != 0)
        {
            return byCompatibility;
        }

        var byDistance = Distance.CompareTo(other.Distance);
        return byDistance != 0 ? byDistance : string.CompareOrdinal(Email, other.Email);
    }

    public static bool operator <(Candidate left, Candidate right) => left.CompareTo(right) < 0;

    public static bool operator >(Candidate left, Candidate right) => left.CompareTo(right) > 0;

    public static bool operator <=(Candidate left, Candidate right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Candidate left, Candidate right) => left.CompareTo(right) >= 0;
}

/// <param name="Found">Candidates written to the span.</param>
/// <param name="Scanned">Profiles looked at one by one: what the target of fewer than 500 a match counts.</param>
/// <param name="Cells">Geohash cells within reach that anybody lives in.</param>
/// <param name="Cold">Those of them that are not in memory: what was found is the whole answer only when there are none.</param>
public readonly record struct CandidateSearch(int Found, int Scanned, int Cells, int Cold = 0);
