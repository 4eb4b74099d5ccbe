using Oith.Matching.Compatibility;
using Oith.Matching.Engine;
using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Tests.Matching.Candidates;

public sealed class InMemoryCandidateIndexTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_seenSince = s_now - TimeSpan.FromDays(14);

    [Fact]
    public void FindTop_Answers_As_The_Rules_When_Anybody_Seeks()
    {
        var people = new People(1).Make(1500, s_now);
        var index = Index(people);
        var excluded = people.Where((_, i) => i % 11 == 0).Select(profile => profile.Email).ToHashSet();
        var top = new Candidate[10];
        var answers = 0;

        foreach (var seeker in people.Take(500))
        {
            var search = index.FindTop(seeker, excluded, s_seenSince, top);

            Assert.Equal(Expected(people, seeker, excluded).Take(top.Length), top.Take(search.Found));
            answers += search.Found;
        }

        Assert.True(answers > 1000, $"Only {answers} candidates for 500 seekers: the population proves little.");
    }

    [Fact]
    public void FindTop_Gives_The_Same_People_When_Shards_Are_Searched_Apart()
    {
        var people = new People(2).Make(800, s_now);
        var index = Index(people);
        var top = new Candidate[5];
        foreach (var seeker in people.Take(50))
        {
            var whole = index.FindTop(seeker, new HashSet<string>(), s_seenSince, top);
            var expected = top[..whole.Found];
            var merged = new List<Candidate>();
            foreach (var shard in index.Cells(seeker).Chunk(3))
            {
                var part = new Candidate[5];
                var search = index.FindTop(seeker, new HashSet<string>(), s_seenSince, part, shard.Select(cell => cell.Cell).ToHashSet());
                merged.AddRange(part.Take(search.Found));
            }

            Assert.Equal(expected, merged.Order().Take(5));
        }
    }

    [Fact]
    public void Upsert_Moves_A_Person_When_The_Cell_Changes()
    {
        var people = new People(3).Make(300, s_now).Where(profile => profile.Coordinates is not null).ToArray();
        var index = Index(people);
        var moved = people[0] with { Coordinates = new Coordinates(51.5, -0.12) };

        index.Upsert(moved);

        Assert.Equal(people.Length, index.Count);
        Assert.Equal(people.Length, index.Cells().Sum(cell => cell.Count));
        Assert.Equal([new CellPopulation(Geohash.Encode(moved.Coordinates.Value), 1)], index.Cells(moved));
        index.Remove(moved.Email);
        Assert.Empty(index.Cells(moved));
        Assert.Equal(people.Length - 1, index.Count);
    }

    private static InMemoryCandidateIndex Index(IEnumerable<Profile> people)
    {
        var index = new InMemoryCandidateIndex();
        foreach (var profile in people)
        {
            index.Upsert(profile);
        }

        return index;
    }

    private static IEnumerable<Candidate> Expected(IEnumerable<Profile> people, Profile seeker, HashSet<string> excluded) => people
        .Where(profile => profile.Email != seeker.Email && !excluded.Contains(profile.Email)
            && profile.IsVisible && profile.ActiveMatchEmail is null && profile.LastSeen >= s_seenSince
            && PreferenceRules.IsReciprocal(seeker, profile))
        .Select(profile => new Candidate(profile.Email, CompatibilityScore.Of(seeker, profile), PreferenceRules.Distance(seeker, profile)!.Value))
        .OrderByDescending(candidate => candidate.Compatibility).ThenBy(candidate => candidate.Distance)
        .ThenBy(candidate => candidate.Email, StringComparer.Ordinal);
}
