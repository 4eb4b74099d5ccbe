using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Tests.Matching;

/// <summary>Synthetic people from a fixed seed, with every fact at times absent, so that each rule decides for some of them.</summary>
internal sealed class People(int seed)
{
    private static readonly Coordinates[] s_cities =
        [new(40.7128, -74.0060), new(39.9526, -75.1652), new(42.3601, -71.0589), new(34.0522, -118.2437), new(-16.5, 179.9), new(-16.5, -179.9)];

    private static readonly string[] s_interests = ["hiking", "music", "cooking", "travel", "reading", "gaming", "yoga", "film", "art", "dogs"];
    private static readonly string[] s_habits = ["never", "Sometimes", "often"];
    private static readonly string[] s_religions = ["none", "christian", "jewish", "muslim"];
    private static readonly string[] s_children = ["none", "have", "want"];

    private readonly Random _random = new(seed);

    public Profile[] Make(int count, DateTimeOffset now) => [.. Enumerable.Range(0, count).Select(number => One(number, now))];

    public Profile One(int number, DateTimeOffset now)
    {
        var city = Pick(s_cities);
        return new Profile
        {
            Email = $"person{number}@example.com",
            FirstName = $"Person {number}",
            Age = Rarely() ? null : _random.Next(18, 60),
            Gender = _random.Next(20) switch { 0 => "nonbinary", < 11 => PreferenceRules.Male, _ => PreferenceRules.Female },
            Coordinates = Rarely() ? null : new Coordinates(city.Lat + Spread(), city.Lng + Spread() is var lng && lng > 180 ? lng - 360 : lng),
            Interests = [.. s_interests.Where(_ => _random.Next(3) == 0)],
            Drinking = Maybe(s_habits),
            Smoking = Maybe(s_habits),
            Exercise = Maybe(s_habits),
            Children = Maybe(s_children),
            Religion = Maybe(s_religions),
            LookingFor = Maybe(["relationship", "friendship"]),
            LastSeen = now - TimeSpan.FromHours(24 * _random.Next(0, 17) + 1),
            IsVisible = !Rarely(),
            MatchPreferences = new MatchPreferences
            {
                InterestedIn = Pick([InterestedIn.Everyone, InterestedIn.Men, InterestedIn.Women]),
                AgeMin = Rarely() ? null : _random.Next(18, 30),
                AgeMax = Rarely() ? null : _random.Next(35, 70),
                MaxDistance = Rarely() ? null : _random.Next(5, 250),
                Smoking = _random.Next(4) == 0 ? ["Never", "sometimes"] : [],
                Drinking = _random.Next(4) == 0 ? ["often", "SOMETIMES"] : [],
                Religion = _random.Next(8) == 0 ? Pick(s_religions) : "any",
                Children = _random.Next(8) == 0 ? Pick(s_children) : null,
            },
        };
    }

    private double Spread() => (_random.NextDouble() - 0.5) / 2;

    private bool Rarely() => _random.Next(15) == 0;

    private string? Maybe(string[] values) => _random.Next(4) == 0 ? null : Pick(values);

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];
}
