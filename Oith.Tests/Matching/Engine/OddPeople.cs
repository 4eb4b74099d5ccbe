using CsCheck;
using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Tests.Matching.Engine;

/// <summary>
/// Generators of people as odd as the rules allow: crowded into few places, so that many reach each other, at poles, on the
/// antimeridian, at cell borders, without coordinates or anything else, with words that no dictionary has.
/// </summary>
internal static class OddPeople
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset SeenSince = Now.AddDays(-14);

    private static readonly Gen<double> s_near = Gen.Double[-0.8, 0.8];

    private static readonly Gen<Coordinates?> s_coordinates = Gen.Frequency(
        (12, Place(40.7, -74)),
        (4, Place(90, 10)),
        (4, Place(-90, 0)),
        (4, Place(0.1, 180)),
        (3, Place(0.1, -180)),
        (3, OneOf<Coordinates?>(
            new Coordinates(90, 0), new Coordinates(90, 180), new Coordinates(-90, -180), new Coordinates(0, 180), new Coordinates(0, -180),
            new Coordinates(40.7, -74), new Coordinates(40.7, -74), new Coordinates(40.78125, -73.828125), new Coordinates(0, 0))),
        (1, Gen.Select(Gen.Double[-90, 90], Gen.Double[-180, 180], (lat, lng) => (Coordinates?)new Coordinates(lat, lng))),
        (1, OneOf<Coordinates?>((Coordinates?)null)),
        (1, OneOf<Coordinates?>(new Coordinates(double.NaN, 0), new Coordinates(91, 0), new Coordinates(0, -181))));

    private static readonly Gen<string[]> s_interests = Gen.Frequency(
        (6, Gen.Int[0, 11].Select(i => $"interest {i}").Array[0, 8]),
        (2, Gen.Int[0, 29].Select(i => $"interest {i}").Array[0, 30]),
        (1, Gen.Int[0, 60].Select(i => $"interest {i}").Array[0, 6]),
        (1, OneOf("", "INTEREST 1", "ünïcode", "interest 1").Array[0, 5]));

    private static readonly Gen<int?> s_distance = Gen.Frequency(
        (8, Gen.Int[0, 120].Select(miles => (int?)miles)),
        (2, OneOf<int?>((int?)null)),
        (1, OneOf<int?>(-1, 0, 137, 200, 5000, 13_000, int.MaxValue)));

    private static readonly Gen<int?> s_age = Gen.Frequency(
        (10, Gen.Int[18, 40].Select(age => (int?)age)),
        (1, OneOf<int?>((int?)null)),
        (1, OneOf<int?>(-5, 0, 17, 99, 120, 254, 255, 256, 300, int.MaxValue, int.MinValue)));

    private static readonly Gen<(int? Min, int? Max)> s_ages = Gen.Frequency(
        (10, Gen.Select(Gen.Int[18, 30], Gen.Int[25, 60], (min, max) => ((int?)min, (int?)max))),
        (2, OneOf(((int?)null, (int?)null))),
        (1, Gen.Select(s_age, s_age, (min, max) => (min, max))));

    private static readonly Gen<DateTimeOffset> s_lastSeen = Gen.Frequency(
        (10, Gen.Int[0, 13 * 24 * 60].Select(minutes => Now.AddMinutes(-minutes))),
        (2, OneOf(SeenSince, SeenSince.AddSeconds(-1), SeenSince.AddMilliseconds(-1), SeenSince.AddMilliseconds(1), SeenSince.AddSeconds(1))),
        (1, OneOf(DateTimeOffset.MinValue, DateTimeOffset.MaxValue, DateTimeOffset.UnixEpoch, new DateTimeOffset(2060, 1, 1, 0, 0, 0, TimeSpan.Zero))));

    private static readonly Gen<MatchPreferences> s_preferences = Gen.Select(
        Gen.Frequency((4, Gen.Enum<InterestedIn>()), (1, OneOf((InterestedIn)9))),
        s_ages,
        s_distance,
        Accepted("smoke"),
        Accepted("drink"),
        Wanted("faith"),
        Wanted("child"),
        (interestedIn, ages, distance, smoking, drinking, religion, children) => new MatchPreferences
        {
            InterestedIn = interestedIn,
            AgeMin = ages.Min,
            AgeMax = ages.Max,
            MaxDistance = distance,
            Smoking = smoking,
            Drinking = drinking,
            Religion = religion,
            Children = children,
        });

    private static readonly Gen<string> s_email = Gen.Frequency(
        (8, Gen.Int[0, 100_000].Select(i => $"user{i}@oith.example")),
        (1, Gen.String[1, 12]),
        (1, OneOf("z\uffee@x", "z\ud83d\ude00@x", "zé@x", "ze@x", "\ud800", "\udfff@", "a", "aa", new string('x', 700))));

    public static readonly Gen<Profile> Person = Gen.Select(
        Gen.Select(s_email, s_age, OneOf<string?>("male", "female", "male", "female", "other", null), s_coordinates),
        s_interests,
        Gen.Select(Word("drink"), Word("smoke"), Word("sport"), Word("child")),
        Gen.Select(Word("faith"), Word("aim")),
        s_lastSeen,
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20]),
        s_preferences,
        (self, interests, habits, aims, lastSeen, status, preferences) => new Profile
        {
            Email = self.Item1,
            Age = self.Item2,
            Gender = self.Item3,
            Coordinates = self.Item4,
            Interests = interests,
            Drinking = habits.Item1,
            Smoking = habits.Item2,
            Exercise = habits.Item3,
            Children = habits.Item4,
            Religion = aims.Item1,
            LookingFor = aims.Item2,
            LastSeen = lastSeen,
            IsVisible = status.Item1 > 0,
            ActiveMatchEmail = status.Item2 > 0 ? null : "someone@oith.example",
            MatchPreferences = preferences,
        });

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<Coordinates?> Place(double lat, double lng) => Gen.Select(
        s_near, s_near, (north, east) => (Coordinates?)new Coordinates(Math.Clamp(lat + north, -90, 90), Wrap(lng + east)));

    private static double Wrap(double lng) => lng > 180 ? lng - 360 : lng < -180 ? lng + 360 : lng;

    // Mostly few words, so that people have them in common; now and then one of many, more than there are codes.
    private static Gen<string?> Word(string fact) => Gen.Frequency(
        (8, Gen.Int[0, 2].Select(i => (string?)$"{fact} {i}")),
        (1, Gen.Int[0, 25].Select(i => (string?)$"{fact} {i}")),
        (1, OneOf<string?>(null, "", $"{fact.ToUpperInvariant()} 1", "any")));

    private static Gen<string?> Wanted(string fact) => Gen.Frequency(
        (6, OneOf<string?>(null, "", "any", "ANY")),
        (2, Word(fact)));

    private static Gen<string[]> Accepted(string fact) => Gen.Frequency(
        (3, OneOf<string[]>([[]])),
        (2, Gen.Int[0, 2].Select(i => $"{fact} {i}").Array[1, 3]),
        (1, Gen.Select(Gen.Int[0, 25], Gen.Bool, (i, upper) => upper ? $"{fact} {i}".ToUpperInvariant() : $"{fact} {i}").Array[1, 4]),
        (1, OneOf<string[]>([[""]])));
}
