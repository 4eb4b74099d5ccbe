using System.Collections.Concurrent;
using Oith.Matching.Compatibility;
using Oith.Matching.Engine;
using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Tests.Matching.Candidates;

/// <summary>
/// Whole profiles by geohash cell: cells out of the seeker's reach are skipped, everyone else is held against the rules one by
/// one. A search reads each cell's array as it stands and never waits for a writer.
/// </summary>
internal sealed class InMemoryCandidateIndex : ICandidateIndex
{
    // Distances are rounded half up before they are compared, so half a mile more is still within reach.
    private const double Rounding = 0.5;

    private readonly ConcurrentDictionary<string, Profile> _profiles = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Cell> _cells = new(StringComparer.Ordinal);
    private readonly Lock _writing = new();

    public int Count => _profiles.Count;

    public void Upsert(Profile profile)
    {
        lock (_writing)
        {
            var old = _profiles.GetValueOrDefault(profile.Email);
            _profiles[profile.Email] = profile;
            var oldCell = old is null ? null : CellOf(old);
            var cell = CellOf(profile);
            if (oldCell is not null && oldCell != cell)
            {
                Leave(oldCell, profile.Email);
            }

            if (cell is not null)
            {
                Enter(cell, profile);
            }
        }
    }

    public void Remove(string email)
    {
        lock (_writing)
        {
            if (_profiles.TryRemove(email, out var old) && CellOf(old) is { } cell)
            {
                Leave(cell, email);
            }
        }
    }

    public CandidateSearch FindTop(
        Profile seeker, IReadOnlySet<string> excluded, DateTimeOffset seenSince, Span<Candidate> top, IReadOnlySet<string>? shard = null)
    {
        if (top.IsEmpty || Reach(seeker) is not { } reach)
        {
            return default;
        }

        int found = 0, scanned = 0, cells = 0;
        foreach (var (name, cell) in _cells)
        {
            if (shard?.Contains(name) == false || !cell.Bounds.Intersects(reach))
            {
                continue;
            }

            cells++;
            foreach (var profile in cell.People)
            {
                scanned++;
                if (IsAvailable(profile, seeker, seenSince)
                    && PreferenceRules.IsReciprocal(seeker, profile)
                    && !excluded.Contains(profile.Email))
                {
                    var distance = PreferenceRules.Distance(seeker, profile)!.Value;
                    Keep(top, ref found, new Candidate(profile.Email, CompatibilityScore.Of(seeker, profile), distance));
                }
            }
        }

        return new CandidateSearch(found, scanned, cells);
    }

    public IReadOnlyList<CellPopulation> Cells(Profile? seeker = null)
    {
        var reach = seeker is null ? null : Reach(seeker);
        if (seeker is not null && reach is null)
        {
            return [];
        }

        return [.. _cells
            .Where(entry => entry.Value.People.Length > 0 && (reach is null || entry.Value.Bounds.Intersects(reach.Value)))
            .Select(entry => new CellPopulation(entry.Key, entry.Value.People.Length))
            .OrderBy(population => population.Cell, StringComparer.Ordinal)];
    }

    private static bool IsAvailable(Profile profile, Profile seeker, DateTimeOffset seenSince) =>
        profile.IsVisible && profile.ActiveMatchEmail is null && profile.LastSeen >= seenSince && profile.Email != seeker.Email;

    private static GeoBox? Reach(Profile seeker) => seeker.Coordinates is { } center
        ? GeoBox.Around(center, (seeker.MatchPreferences.MaxDistance ?? PreferenceRules.DefaultMaxDistance) + Rounding)
        : null;

    private static string? CellOf(Profile profile) => profile.Coordinates is { } point ? Geohash.Encode(point) : null;

    // An insertion into the few best so far: cheaper than sorting all that fit.
    private static void Keep(Span<Candidate> top, ref int found, Candidate candidate)
    {
        if (found == top.Length && candidate >= top[^1])
        {
            return;
        }

        var at = found < top.Length ? found++ : top.Length - 1;
        while (at > 0 && candidate < top[at - 1])
        {
            top[at] = top[at - 1];
            at--;
        }

        top[at] = candidate;
    }

    private void Enter(string name, Profile profile)
    {
        var cell = _cells.GetOrAdd(name, static name => new Cell(Geohash.Bounds(name), []));
        var at = cell.IndexOf(profile.Email);
        Profile[] people = at < 0 ? [.. cell.People, profile] : [.. cell.People];
        people[at < 0 ? ^1 : at] = profile;
        _cells[name] = cell with { People = people };
    }

    private void Leave(string name, string email)
    {
        var cell = _cells[name];
        var people = Array.FindAll(cell.People, profile => profile.Email != email);
        if (people.Length == 0)
        {
            _cells.TryRemove(name, out _);
        }
        else
        {
            _cells[name] = cell with { People = people };
        }
    }

    private sealed record Cell(GeoBox Bounds, Profile[] People)
    {
        public int IndexOf(string email) => Array.FindIndex(People, profile => profile.Email == email);
    }
}
