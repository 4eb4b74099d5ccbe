using System.Globalization;
using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Stack.Population;

/// <summary>
/// Made-up people in 25 cities. Each is a function of the seed and a number alone, so any of them can be made again, in any
/// order and on any thread, without keeping the others.
/// </summary>
/// <param name="seed">Another seed, other people.</param>
/// <param name="spread">How people live around the centre of their city.</param>
public sealed class SyntheticPopulation(ulong seed = SyntheticPopulation.DefaultSeed, CitySpread spread = CitySpread.Disc)
{
    public const ulong DefaultSeed = 2006;

    /// <summary>Miles around the centre of a city: the radius of the disc.</summary>
    public const double DiscRadius = 10;

    /// <summary>Miles around the centre of a city: the standard deviation of the Gaussian, in each of the two directions.</summary>
    public const double GaussianDeviation = 20;

    private const double MilesPerDegree = Haversine.EarthRadius * Math.PI / 180;

    /// <summary>The key of person <paramref name="number"/>: <c>user000001@oith.example</c>.</summary>
    public static string EmailOf(int number) => string.Create(CultureInfo.InvariantCulture, $"user{number:D6}@oith.example");

    /// <summary>The people from 1 to <paramref name="count"/>, made while they are read.</summary>
    /// <param name="now">When they are looked at: they were last seen within some days before.</param>
    public IEnumerable<Profile> Take(int count, DateTimeOffset now)
    {
        for (var number = 1; number <= count; number++)
        {
            yield return Person(number, now);
        }
    }

    /// <summary>Person <paramref name="number"/>, counted from 1.</summary>
    /// <param name="now">When the person is looked at: last seen within some days before.</param>
    public Profile Person(int number, DateTimeOffset now)
    {
        var random = new SplitMix64(seed, (ulong)number);
        var isMan = random.NextDouble() < 0.6;
        var age = Age(ref random);
        var names = isMan ? Vocabulary.MenNames : Vocabulary.WomenNames;
        return new Profile
        {
            Email = EmailOf(number),
            FirstName = random.Pick(names),
            Age = age,
            Gender = isMan ? PreferenceRules.Male : PreferenceRules.Female,
            Coordinates = Home(ref random),
            Interests = Interests(ref random),
            Drinking = random.PickOrNone(Vocabulary.Drinking, 0.95),
            Smoking = random.PickOrNone(Vocabulary.Smoking, 0.95),
            Exercise = random.PickOrNone(Vocabulary.Exercise, 0.9),
            Children = random.PickOrNone(Vocabulary.Children, 0.9),
            Religion = random.PickOrNone(Vocabulary.Religions, 0.85),
            LookingFor = random.PickOrNone(Vocabulary.LookingFor, 0.97),
            Photos = random.Pick(Vocabulary.Photos),
            Bio = random.Pick(Vocabulary.Bios),
            // Most were here within the two weeks that a person stays visible, a few were not.
            LastSeen = now - TimeSpan.FromMinutes(random.NextDouble() < 0.97
                ? random.Next(7 * 24 * 60)
                : random.Next(30 * 24 * 60)),
            IsVisible = random.NextDouble() < 0.98,
            MatchPreferences = Preferences(ref random, isMan, age),
        };
    }

    private static int Age(ref SplitMix64 random)
    {
        var share = random.NextDouble();
        return share switch
        {
            < 0.25 => random.Between(18, 24),
            < 0.55 => random.Between(25, 29),
            < 0.75 => random.Between(30, 34),
            < 0.87 => random.Between(35, 39),
            < 0.95 => random.Between(40, 49),
            _ => random.Between(50, 65),
        };
    }

    private Coordinates Home(ref SplitMix64 random)
    {
        var city = random.Pick(City.All);
        var angle = 2 * Math.PI * random.NextDouble();
        var share = random.NextDouble();
        var miles = spread == CitySpread.Disc
            ? DiscRadius * Math.Sqrt(share)
            : GaussianDeviation * Math.Sqrt(-2 * Math.Log(1 - share));
        var lat = city.Centre.Lat + miles * Math.Sin(angle) / MilesPerDegree;
        var lng = city.Centre.Lng + miles * Math.Cos(angle) / (MilesPerDegree * Math.Cos(double.DegreesToRadians(city.Centre.Lat)));
        return new Coordinates(lat, lng);
    }

    private static string[] Interests(ref SplitMix64 random)
    {
        var interests = new string[random.Between(3, 8)];
        var taken = 0u;
        for (var i = 0; i < interests.Length; i++)
        {
            int word;
            do
            {
                word = random.Next(Vocabulary.Interests.Length);
            }
            while ((taken & (1u << word)) != 0);

            taken |= 1u << word;
            interests[i] = Vocabulary.Interests[word];
        }

        return interests;
    }

    private static MatchPreferences Preferences(ref SplitMix64 random, bool isMan, int age)
    {
        var share = random.NextDouble();
        var interestedIn = share switch
        {
            < 0.9 => isMan ? InterestedIn.Women : InterestedIn.Men,
            < 0.96 => isMan ? InterestedIn.Men : InterestedIn.Women,
            _ => InterestedIn.Everyone,
        };
        return new MatchPreferences
        {
            InterestedIn = interestedIn,
            AgeMin = Math.Max(PreferenceRules.DefaultAgeMin, age - random.Between(3, 10)),
            AgeMax = Math.Min(PreferenceRules.DefaultAgeMax, age + random.Between(3, 10)),
            MaxDistance = 10 * random.Between(1, 10),
            Smoking = random.NextDouble() < 0.3 ? random.Pick(Vocabulary.AcceptedSmoking) : [],
            Drinking = random.NextDouble() < 0.2 ? random.Pick(Vocabulary.AcceptedDrinking) : [],
            Religion = random.NextDouble() < 0.1 ? random.Pick(Vocabulary.Religions) : "any",
            Children = random.NextDouble() < 0.1 ? random.Pick(Vocabulary.Children) : "any",
        };
    }
}

/// <summary>How people live around the centre of their city.</summary>
public enum CitySpread
{
    /// <summary>Evenly, up to <see cref="SyntheticPopulation.DiscRadius"/> miles from the centre.</summary>
    Disc,

    /// <summary>Thinner with the distance, with a deviation of <see cref="SyntheticPopulation.GaussianDeviation"/> miles.</summary>
    Gaussian,
}
