using Oith.Matching.Geo;
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

    /// <inheritdoc cref="PackedColumns.Refresh"/>
    public void Refresh(Profile profile) => _columns.Refresh(profile);

    public bool Contains(string email) => _columns.Contains(email);

    /// <inheritdoc cref="PackedColumns.Know"/>
    public void Know(IEnumerable<CellPopulation> populations) => _columns.Know(populations);

    /// <inheritdoc cref="PackedColumns.BeginFill"/>
    public CellFill BeginFill(int cell) => new(_columns, _columns.BeginFill(cell));

    /// <inheritdoc cref="PackedColumns.Encode"/>
    public CellSnapshot? Encode(Cell cell, Func<Bucket, bool> isKnown, ulong version) => _columns.Encode(cell, isKnown, version);

    public Cell? FindCell(int cell) => _columns.Cells.Find(cell);

    public IEnumerable<Cell> HeldCells => _columns.Cells.Cells.ToArray().Where(cell => cell.State == CellState.Held);

    /// <summary>Gives up the cells that no search has come by for longest, until no more than <paramref name="people"/> are held.</summary>
    /// <param name="epochs">Cells that were searched within so many calls of this method stay.</param>
    /// <returns>The cells given up.</returns>
    public List<Cell> Shrink(int people, int epochs)
    {
        _columns.NextEpoch();
        var evicted = new List<Cell>();
        if (Count > people)
        {
            foreach (var cell in HeldCells.OrderBy(cell => cell.LastUsed))
            {
                if (Count <= people || cell.LastUsed > _columns.Epoch - epochs)
                {
                    break;
                }

                if (_columns.TryEvict(cell))
                {
                    evicted.Add(cell);
                }
            }
        }

        return evicted;
    }

    /// <summary>The cells within reach that are not held, but for those that <paramref name="shard"/> leaves out.</summary>
    public List<int> ColdCells(Profile seeker, IReadOnlySet<string>? shard)
    {
        var cold = new List<int>();
        if (seeker.Coordinates is { IsOnEarth: true } home)
        {
            var window = _columns.Cells.Around(home, (seeker.MatchPreferences.MaxDistance ?? PreferenceRules.DefaultMaxDistance) + Search.Rounding);
            for (var row = window.South; row <= window.North; row++)
            {
                foreach (var cell in window.Row(row))
                {
                    if (cell.State != CellState.Held && window.Contains(cell) && shard?.Contains(cell.Name) != false)
                    {
                        cold.Add(cell.Id);
                    }
                }
            }
        }

        return cold;
    }

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

        var evictions = _columns.Evictions;
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

        // Somebody was in a cell that was given up meanwhile.
        return cost with { Found = found, Cold = cost.Cold + (_columns.Evictions == evictions ? 0 : 1) };
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
            var count = cell.State == CellState.Held ? cell.Count : cell.KnownCount;
            if (count > 0 && (reach is null || Geohash.Bounds(cell.Name).Intersects(reach.Value)))
            {
                cells.Add(new CellPopulation(cell.Name, count));
            }
        }

        cells.Sort((one, other) => string.CompareOrdinal(one.Cell, other.Cell));
        return cells;
    }
}
