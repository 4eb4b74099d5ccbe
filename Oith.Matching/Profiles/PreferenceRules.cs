using Oith.Matching.Geo;

namespace Oith.Matching.Profiles;

/// <summary>The plain reading of the matching rules; the matching engine must answer exactly as these do.</summary>
public static class PreferenceRules
{
    public const int DefaultAge = 25;
    public const int DefaultAgeMin = 18;
    public const int DefaultAgeMax = 99;

    /// <summary>Miles.</summary>
    public const int DefaultMaxDistance = 100;

    /// <summary>A candidate who was last seen longer ago is shown to no seeker.</summary>
    public static readonly TimeSpan ActiveWithin = TimeSpan.FromDays(14);

    public const string Male = "male";
    public const string Female = "female";

    /// <summary>True when each fits the other's preferences.</summary>
    public static bool IsReciprocal(Profile seeker, Profile candidate) =>
        Distance(seeker, candidate) is { } distance
        && Fits(seeker.MatchPreferences, candidate, distance)
        && Fits(candidate.MatchPreferences, seeker, distance);

    /// <summary>Miles, rounded half up; null when either has no coordinates, or some that are on no map: too far.</summary>
    public static int? Distance(Profile one, Profile other) =>
        one.Coordinates is { IsOnEarth: true } from && other.Coordinates is { IsOnEarth: true } to ? Haversine.RoundedMiles(from, to) : null;

    /// <summary>True when <paramref name="candidate"/>, <paramref name="distance"/> miles away, fits <paramref name="preferences"/>.</summary>
    public static bool Fits(MatchPreferences preferences, Profile candidate, int distance)
    {
        var age = candidate.Age ?? DefaultAge;
        return IsWantedGender(preferences.InterestedIn, candidate.Gender)
            && age >= (preferences.AgeMin ?? DefaultAgeMin)
            && age <= (preferences.AgeMax ?? DefaultAgeMax)
            && distance <= (preferences.MaxDistance ?? DefaultMaxDistance)
            && IsAccepted(preferences.Smoking, candidate.Smoking)
            && IsAccepted(preferences.Drinking, candidate.Drinking)
            && IsEqualOrAny(preferences.Religion, candidate.Religion)
            && IsEqualOrAny(preferences.Children, candidate.Children);
    }

    private static bool IsWantedGender(InterestedIn wanted, string? gender) => wanted switch
    {
        InterestedIn.Men => gender == Male,
        InterestedIn.Women => gender == Female,
        _ => true,
    };

    private static bool IsAccepted(IReadOnlyList<string> accepted, string? stated) =>
        accepted.Count == 0 || string.IsNullOrEmpty(stated) || accepted.Contains(stated, StringComparer.OrdinalIgnoreCase);

    private static bool IsEqualOrAny(string? wanted, string? stated) =>
        string.IsNullOrEmpty(wanted) || wanted.Equals("any", StringComparison.OrdinalIgnoreCase) || wanted == stated;
}
