using Oith.Matching.Candidates;
using Oith.Matching.Geo;
using Oith.Matching.Preferences;
using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>
/// The candidate index over packed columns. A search that runs while a profile changes finds it as it was or as it is, or, when
/// it moves to another bucket just then, not at all; never twice.
/// </summary>
internal sealed class PackedCandidateIndex : ICandidateIndex
{
    [ThreadStatic]
    private static Search? s_search;

    private readonly PackedColumns _columns = new();

    public int Count => _columns.Count;

    /// <summary>Bytes of records, cells, and the map from e-mails to records, with object headers and spare room.</summary>
    public long IndexBytes => _columns.Bytes;

    /// <summary>Bytes of the texts of e-mails.</summary>
    public long EmailBytes => _columns.Emails.Bytes;

    /// <summary>Profiles with a fact that has no code, which are held against the plain rules one by one.</summary>
    public int WideCount => _columns.Wide.Count;

    public void Upsert(Profile profile) => _columns.Upsert(profile);

    public void Remove(string email) => _columns.Remove(email);

    /// <summary>Makes room for so many people at once.</summary>
    public void EnsureCapacity(int count) => _columns.EnsureCapacity(count);

    /// <summary>Gives back the room that growing left over.</summary>
    public void TrimExcess() => _columns.TrimExcess();

    public CandidateSearch FindTop(
        Profile seeker, IReadOnlySet<string> excluded, DateTimeOffset seenSince, Span<Candidate> top, IReadOnlySet<string>? shard = null)
    {
        if (top.IsEmpty)
        {
            return default;
        }

        var best = (s_search ??= new Search()).Run(_columns, seeker, excluded, seenSince, top.Length, shard, out var cost);
        var found = 0;
        foreach (var candidate in best)
        {
            // No text when the person was removed meanwhile.
            if (_columns.Emails.Text(TopCandidates.Address(candidate)) is { } email)
            {
                top[found++] = new Candidate(email, TopCandidates.Compatibility(candidate), TopCandidates.Distance(candidate));
            }
        }

        return cost with { Found = found };
    }

    public IReadOnlyList<CellPopulation> Cells(Profile? seeker = null)
    {
        GeoBox? reach = null;
        if (seeker is not null)
        {
            if (seeker.Coordinates is not { IsOnEarth: true } home)
            {
                return [];
            }

            reach = GeoBox.Around(home, (seeker.MatchPreferences.MaxDistance ?? PreferenceRules.DefaultMaxDistance) + Search.Rounding);
        }

        var cells = new List<CellPopulation>();
        foreach (var cell in _columns.Cells.Cells)
        {
            var count = cell.Count;
            if (count > 0 && (reach is null || Geohash.Bounds(cell.Name).Intersects(reach.Value)))
            {
                cells.Add(new CellPopulation(cell.Name, count));
            }
        }

        cells.Sort((one, other) => string.CompareOrdinal(one.Cell, other.Cell));
        return cells;
    }
}
