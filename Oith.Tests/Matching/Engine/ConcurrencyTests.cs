using Oith.Matching.Engine;
using Oith.Stack.Population;

namespace Oith.Tests.Matching.Engine;

public sealed class ConcurrencyTests
{
    private static readonly HashSet<string> s_nobody = [];

    [Fact]
    public async Task Searches_Find_Nobody_Twice_And_Only_What_Was_True_When_Profiles_Change()
    {
        var population = new SyntheticPopulation();
        var people = population.Take(4_000, OddPeople.Now).ToArray();
        var index = new PackedCandidateIndex();
        foreach (var person in people)
        {
            index.Upsert(person);
        }

        // Whoever changes is one of two persons in turn: as made, or with another aim, place and visit.
        var others = people.Select(person => person with
        {
            LookingFor = "friendship",
            LastSeen = OddPeople.Now,
            Coordinates = new(person.Coordinates!.Value.Lat + 0.05, person.Coordinates.Value.Lng),
        }).ToArray();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var writer = Task.Run(
            () =>
            {
                for (var i = 0; !done.IsCancellationRequested; i++)
                {
                    index.Upsert((i / people.Length % 2 == 0 ? others : people)[i % people.Length]);
                    if (i % 50 == 0)
                    {
                        index.Remove(people[i % people.Length].Email);
                    }
                }
            },
            TestContext.Current.CancellationToken);

        var byEmail = people.Zip(others).ToDictionary(pair => pair.First.Email);
        var top = new Candidate[50];
        for (var i = 0; i < 1_000; i++)
        {
            var seeker = people[i * 3 % people.Length];
            var found = top.AsSpan(0, index.FindTop(seeker, s_nobody, OddPeople.SeenSince, top).Found).ToArray();
            Assert.Equal(found.Length, found.DistinctBy(candidate => candidate.Email).Count());
            Assert.Equal(found.Order(), found);
            foreach (var candidate in found)
            {
                var (one, other) = byEmail[candidate.Email];
                Assert.Contains(candidate, PlainReference.FindTop([one], seeker, s_nobody, OddPeople.SeenSince, 1)
                    .Concat(PlainReference.FindTop([other], seeker, s_nobody, OddPeople.SeenSince, 1)));
            }
        }

        await done.CancelAsync();
        await writer;
    }

    [Fact]
    public async Task Index_Holds_What_Was_Written_Last_When_Many_Write()
    {
        var people = new SyntheticPopulation().Take(6_000, OddPeople.Now).ToArray();
        var index = new PackedCandidateIndex();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 4), TestContext.Current.CancellationToken, (part, _) =>
            {
                for (var i = part; i < people.Length; i += 4)
                {
                    index.Upsert(people[i] with { LookingFor = "nobody yet", Coordinates = new(10, 10) });
                    index.Upsert(people[i]);
                }

                return ValueTask.CompletedTask;
            });

        var top = new Candidate[20];
        Assert.Equal(people.Length, index.Count);
        foreach (var seeker in people.Take(100))
        {
            var search = index.FindTop(seeker, s_nobody, OddPeople.SeenSince, top);
            Assert.Equal(PlainReference.FindTop(people, seeker, s_nobody, OddPeople.SeenSince, 20), top.Take(search.Found));
        }
    }

    [Fact]
    public void Removed_Person_Leaves_No_Trace()
    {
        var person = new SyntheticPopulation().Person(1, OddPeople.Now);
        var columns = new PackedColumns();
        columns.Upsert(person);

        columns.Remove(person.Email);

        Assert.Equal(0, columns.Count);
        Assert.Null(columns.Emails.Text(0));
        Assert.Equal(0, columns.Cells.Cells[0].Count);
    }
}
