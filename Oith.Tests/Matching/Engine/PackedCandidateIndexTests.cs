using CsCheck;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Stack.Population;
using Oith.Tests.Matching.Candidates;

namespace Oith.Tests.Matching.Engine;

public sealed class PackedCandidateIndexTests
{
    private static readonly HashSet<string> s_nobody = [];

    [Fact]
    public void FindTop_Answers_As_The_Rules_When_People_Are_Odd() =>
        Gen.Select(OddPeople.Person.Array[1, 120], Gen.Int[0, 5]).Sample(
            (people, excludedEvery) => AssertAnswersAsRules(people, excludedEvery), iter: 400, threads: 1);

    [Fact]
    public void FindTop_Answers_As_The_Rules_When_Buckets_Were_Divided()
    {
        var index = new PackedCandidateIndex();
        var people = new SyntheticPopulation(seed: 3).Take(60_000, OddPeople.Now)
            .Select(person => person with { Coordinates = new(40 + person.Coordinates!.Value.Lat / 1000, person.Coordinates.Value.Lng / 1000) })
            .ToArray();
        foreach (var person in people)
        {
            index.Upsert(person);
        }

        foreach (var seeker in people.Take(20))
        {
            AssertSame(people, index, seeker, s_nobody, 1);
            AssertSame(people, index, seeker, s_nobody, 100);
        }
    }

    [Fact]
    public void FindTop_Answers_As_The_Rules_When_All_Are_Alike()
    {
        // Nothing but the e-mail tells them apart: every tie must be broken by it.
        var index = new PackedCandidateIndex();
        var twin = new SyntheticPopulation().Person(1, OddPeople.Now) with { Gender = "other", IsVisible = true, LastSeen = OddPeople.Now, MatchPreferences = new() };
        var people = Enumerable.Range(0, 6000).Select(i => twin with { Email = $"{i * 7919 % 6000}@oith.example" }).ToArray();
        foreach (var person in people)
        {
            index.Upsert(person);
        }

        AssertSame(people, index, people[0], s_nobody, 1);
        AssertSame(people, index, people[17], people.Take(900).Select(person => person.Email).ToHashSet(), 100);
    }

    [Fact]
    public void FindTop_Answers_As_The_Rules_When_Profiles_Change() =>
        Gen.Select(OddPeople.Person.Array[20, 60], OddPeople.Person.Array[20, 60], Gen.Int[0, 1000].Array[60]).Sample(
            (before, after, order) =>
            {
                var index = new PackedCandidateIndex();
                var people = new Dictionary<string, Profile>();
                for (var i = 0; i < before.Length + after.Length; i++)
                {
                    var person = i < before.Length ? before[i] : after[i - before.Length] with { Email = before[order[i % order.Length] % before.Length].Email };
                    if (order[i % order.Length] % 5 == 0)
                    {
                        index.Remove(person.Email);
                        people.Remove(person.Email);
                    }
                    else
                    {
                        index.Upsert(person);
                        people[person.Email] = person;
                    }
                }

                Assert.Equal(people.Count, index.Count);
                foreach (var seeker in people.Values)
                {
                    AssertSame(people.Values, index, seeker, s_nobody, 3);
                }
            },
            iter: 100,
            threads: 1);

    [Fact]
    public void FindTop_Answers_As_The_Rules_When_Sorted_Buckets_Change()
    {
        var population = new SyntheticPopulation(seed: 5);
        var index = new PackedCandidateIndex();
        var people = new Dictionary<string, Profile>();
        void Put(int number, string email)
        {
            // All in one cell: buckets of many blocks.
            var person = population.Person(number, OddPeople.Now) with { Email = email, Coordinates = new(40.7, -74 + number % 100 / 1000.0) };
            index.Upsert(person);
            people[email] = person;
        }

        var random = new Random(7);
        for (var number = 1; number <= 3_000; number++)
        {
            Put(number, SyntheticPopulation.EmailOf(number));
        }

        index.TrimExcess();
        for (var change = 0; change < 6_000; change++)
        {
            var email = SyntheticPopulation.EmailOf(random.Next(3_000) + 1);
            if (change % 3 == 0)
            {
                index.Remove(email);
                people.Remove(email);
            }
            else
            {
                Put(3_000 + change, email);
            }

            if (change % 1_000 == 0)
            {
                AssertSame(people.Values, index, people.Values.First(), s_nobody, 1);
                AssertSame(people.Values, index, people.Values.Last(), s_nobody, 20);
            }
        }

        // Whoever a sorting moved is found where it is now.
        Assert.All(people.Keys, email => Assert.True(index.Contains(email)));
        foreach (var email in people.Keys)
        {
            index.Remove(email);
        }

        Assert.Equal(0, index.Count);
        Assert.Equal(0, index.FindTop(people.Values.First(), s_nobody, OddPeople.Now.AddDays(-14), new Candidate[1]).Found);
    }

    [Fact]
    public void FindTop_Finds_The_Same_When_Shards_Are_Searched_Apart()
    {
        var people = new SyntheticPopulation(spread: CitySpread.Gaussian).Take(4_000, OddPeople.Now).ToArray();
        var index = Filled(people);
        var top = new Candidate[10];
        foreach (var seeker in people.Take(100))
        {
            var expected = PlainReference.FindTop(people, seeker, s_nobody, OddPeople.SeenSince, 10);
            var merged = new List<Candidate>();
            foreach (var shard in index.Cells(seeker).Chunk(3))
            {
                var search = index.FindTop(seeker, s_nobody, OddPeople.SeenSince, top, shard.Select(cell => cell.Cell).ToHashSet());
                merged.AddRange(top.AsSpan(0, search.Found));
            }

            Assert.Equal(expected, merged.Order().Take(10));
        }
    }

    [Fact]
    public void FindTop_Answers_As_The_Rules_When_Anybody_Seeks()
    {
        var people = new People(11).Make(1000, OddPeople.Now);
        var index = Filled(people);
        foreach (var seeker in people)
        {
            AssertSame(people, index, seeker, s_nobody, 1);
            AssertSame(people, index, seeker, s_nobody, 4);
        }
    }

    [Fact]
    public void Cells_Answer_As_The_Plain_Index()
    {
        var people = new SyntheticPopulation(spread: CitySpread.Gaussian).Take(3_000, OddPeople.Now).ToArray();
        var index = Filled(people);
        var plain = new InMemoryCandidateIndex();
        foreach (var person in people)
        {
            plain.Upsert(person);
        }

        Assert.Equal(plain.Cells(), index.Cells());
        Assert.All(people.Take(100), seeker => Assert.Equal(plain.Cells(seeker), index.Cells(seeker)));
    }

    [Fact]
    public void FindTop_Allocates_Only_Its_Answer()
    {
        var people = new SyntheticPopulation().Take(20_000, OddPeople.Now).ToArray();
        var index = Filled(people);
        var top = new Candidate[1];
        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var seeker in people.AsSpan(0, 500))
            {
                index.FindTop(seeker, s_nobody, OddPeople.SeenSince, top);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated();

        // The e-mail of each answer, 23 characters, and what the collector leaves unused of its last page.
        Assert.InRange(Allocated(), 0, 500 * 72 + 16_384);
    }

    [Fact]
    public void Index_Takes_32_Bytes_When_It_Holds_100_000()
    {
        var index = new PackedCandidateIndex();
        index.EnsureCapacity(100_000);
        foreach (var person in new SyntheticPopulation().Take(100_000, OddPeople.Now))
        {
            index.Upsert(person);
        }

        index.TrimExcess();

        Assert.Equal(0, index.WideCount);
        Assert.InRange(index.IndexBytes / 100_000.0, 26, 32);
    }

    private static void AssertAnswersAsRules(Profile[] people, int excludedEvery)
    {
        people = [.. people.DistinctBy(person => person.Email)];
        var index = Filled(people);
        Assert.Equal(people.Length, index.Count);
        var excluded = excludedEvery == 0 ? s_nobody : people.Where((_, i) => i % (excludedEvery + 1) == 0).Select(person => person.Email).ToHashSet();
        foreach (var seeker in people)
        {
            AssertSame(people, index, seeker, excluded, 1);
            AssertSame(people, index, seeker, excluded, 7);
            AssertSame(people, index, seeker with { Email = "stranger@oith.example", Interests = [.. seeker.Interests, "unheard of"] }, excluded, 1000);
        }
    }

    private static void AssertSame(
        IEnumerable<Profile> people, PackedCandidateIndex index, Profile seeker, IReadOnlySet<string> excluded, int count)
    {
        var top = new Candidate[count];
        var search = index.FindTop(seeker, excluded, OddPeople.SeenSince, top);
        Assert.Equal(PlainReference.FindTop(people, seeker, excluded, OddPeople.SeenSince, count), top.Take(search.Found));
    }

    private static PackedCandidateIndex Filled(IEnumerable<Profile> people)
    {
        var index = new PackedCandidateIndex();
        foreach (var person in people)
        {
            index.Upsert(person);
        }

        return index;
    }
}
