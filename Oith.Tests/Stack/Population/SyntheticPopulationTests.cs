using Oith.Matching.Geo;
using Oith.Matching.Profiles;
using Oith.Stack.Population;

namespace Oith.Tests.Stack.Population;

public sealed class SyntheticPopulationTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Profile[] s_people = [.. new SyntheticPopulation().Take(20_000, s_now)];

    [Fact]
    public void Person_Is_The_Same_When_Made_Again()
    {
        var population = new SyntheticPopulation();
        for (var number = 1; number <= 100; number++)
        {
            Assert.Equivalent(s_people[number - 1], population.Person(number, s_now), strict: true);
        }
    }

    [Fact]
    public void Person_Is_Another_When_The_Seed_Is_Another() =>
        Assert.NotEqual(s_people[0].Coordinates, new SyntheticPopulation(seed: 7).Person(1, s_now).Coordinates);

    [Fact]
    public void Emails_Are_Unique_And_In_Order()
    {
        Assert.Equal("user000001@oith.example", s_people[0].Email);
        Assert.Equal(s_people.Length, s_people.Select(person => person.Email).Distinct().Count());
    }

    [Fact]
    public void Genders_Have_Their_Shares() =>
        Assert.Equal(0.6, Share(person => person.Gender == PreferenceRules.Male), 0.02);

    [Theory]
    [InlineData(18, 24, 0.25)]
    [InlineData(25, 29, 0.30)]
    [InlineData(30, 34, 0.20)]
    [InlineData(35, 39, 0.12)]
    [InlineData(40, 49, 0.08)]
    [InlineData(50, 65, 0.05)]
    public void Ages_Have_Their_Shares(int low, int high, double share) =>
        Assert.Equal(share, Share(person => person.Age >= low && person.Age <= high), 0.02);

    [Fact]
    public void People_Live_Around_Every_City()
    {
        Assert.Equal(25, City.All.Length);
        foreach (var city in City.All)
        {
            var share = Share(person => Haversine.Miles(city.Centre, person.Coordinates!.Value) <= SyntheticPopulation.DiscRadius + 0.1);
            Assert.Equal(0.04, share, 0.01);
        }
    }

    [Fact]
    public void Gaussian_Spread_Reaches_Beyond_The_Disc()
    {
        var people = new SyntheticPopulation(spread: CitySpread.Gaussian).Take(5_000, s_now).ToList();
        var far = people.Count(person => City.All.Min(city => Haversine.Miles(city.Centre, person.Coordinates!.Value)) > 20);
        Assert.InRange(far / (double)people.Count, 0.5, 0.65);
    }

    [Fact]
    public void Everyone_Was_Seen_Before_Now() =>
        Assert.All(s_people, person => Assert.InRange(person.LastSeen, s_now.AddDays(-30), s_now));

    private static double Share(Func<Profile, bool> predicate) => s_people.Count(predicate) / (double)s_people.Length;
}
