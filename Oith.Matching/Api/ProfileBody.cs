using System.Text.Json;
using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Matching.Api;

/// <summary>A profile as it is put: all that the person states; what is absent is not stated. See <see cref="ProfileView"/> for what is answered.</summary>
internal sealed record ProfileBody
{
    public string? Email { get; init; }

    public string? FirstName { get; init; }

    /// <summary>Years, 18…120.</summary>
    public int? Age { get; init; }

    /// <summary>male (man, men), female (woman, women) or another word.</summary>
    public string? Gender { get; init; }

    public PlaceBody? Coordinates { get; init; }

    public IReadOnlyList<string?>? Interests { get; init; }

    public string? Drinking { get; init; }

    public string? Smoking { get; init; }

    public string? Exercise { get; init; }

    public string? Children { get; init; }

    public string? Religion { get; init; }

    public string? LookingFor { get; init; }

    public IReadOnlyList<string?>? Photos { get; init; }

    public string? Bio { get; init; }

    /// <summary>False hides the person from everyone. Absent: true.</summary>
    public bool? IsVisible { get; init; }

    public PreferencesBody? MatchPreferences { get; init; }

    /// <summary>Answered only; ignored here, so that what was read may be put back.</summary>
    public JsonElement? Geohash { get; init; }

    /// <inheritdoc cref="Geohash"/>
    public JsonElement? LastSeen { get; init; }

    /// <inheritdoc cref="Geohash"/>
    public JsonElement? ActiveMatchEmail { get; init; }
}

/// <param name="Lat">Degrees, -90…90.</param>
/// <param name="Lng">Degrees, -180…180.</param>
internal sealed record PlaceBody(double? Lat, double? Lng);

internal sealed record PreferencesBody
{
    /// <summary>men, women or everyone. Absent: everyone.</summary>
    public string? InterestedIn { get; init; }

    /// <summary>Years, 18…120.</summary>
    public int? AgeMin { get; init; }

    /// <summary>Years, 18…120, not below ageMin.</summary>
    public int? AgeMax { get; init; }

    /// <summary>Miles, 1…13000.</summary>
    public int? MaxDistance { get; init; }

    public IReadOnlyList<string?>? Smoking { get; init; }

    public IReadOnlyList<string?>? Drinking { get; init; }

    public string? Religion { get; init; }

    public string? Children { get; init; }
}

/// <summary>Holds a <see cref="ProfileBody"/> against the limits and makes a profile of it.</summary>
internal static class ProfileReader
{
    public const int YoungestAge = 18;
    public const int OldestAge = 120;

    /// <summary>Half the way around the earth and a little more.</summary>
    public const int FarthestDistance = 13_000;

    private const int LongestWord = 64;
    private const int LongestName = 100;
    private const int LongestBio = 2000;
    private const int LongestPhoto = 512;
    private const int MostInterests = 50;
    private const int MostPhotos = 20;
    private const int MostHabits = 10;

    /// <returns>The profile, of use only when there are no <paramref name="errors"/>.</returns>
    public static Profile Read(ProfileBody body, string email, DateTimeOffset now, FieldErrors errors)
    {
        if (body.Email is not null && (!EmailAddress.TryNormalize(body.Email, out var stated) || stated != email))
        {
            errors.Add("email", "must be the e-mail of the address, or absent");
        }

        var preferences = body.MatchPreferences ?? new PreferencesBody();
        return new Profile
        {
            Email = email,
            FirstName = Text(body.FirstName, "firstName", LongestName, errors),
            Age = Number(body.Age, "age", YoungestAge, OldestAge, errors),
            Gender = Gender(body.Gender, errors),
            Coordinates = Place(body.Coordinates, errors),
            Interests = Texts(body.Interests, "interests", MostInterests, LongestWord, errors),
            Drinking = Text(body.Drinking, "drinking", LongestWord, errors),
            Smoking = Text(body.Smoking, "smoking", LongestWord, errors),
            Exercise = Text(body.Exercise, "exercise", LongestWord, errors),
            Children = Text(body.Children, "children", LongestWord, errors),
            Religion = Text(body.Religion, "religion", LongestWord, errors),
            LookingFor = Text(body.LookingFor, "lookingFor", LongestWord, errors),
            Photos = Texts(body.Photos, "photos", MostPhotos, LongestPhoto, errors),
            Bio = Text(body.Bio, "bio", LongestBio, errors),
            LastSeen = now,
            IsVisible = body.IsVisible ?? true,
            MatchPreferences = Preferences(preferences, errors),
        };
    }

    private static MatchPreferences Preferences(PreferencesBody body, FieldErrors errors)
    {
        if (body.AgeMin > body.AgeMax)
        {
            errors.Add("matchPreferences.ageMax", "must not be below ageMin");
        }

        return new MatchPreferences
        {
            InterestedIn = Interest(body.InterestedIn, errors),
            AgeMin = Number(body.AgeMin, "matchPreferences.ageMin", YoungestAge, OldestAge, errors),
            AgeMax = Number(body.AgeMax, "matchPreferences.ageMax", YoungestAge, OldestAge, errors),
            MaxDistance = Number(body.MaxDistance, "matchPreferences.maxDistance", 1, FarthestDistance, errors),
            Smoking = Texts(body.Smoking, "matchPreferences.smoking", MostHabits, LongestWord, errors),
            Drinking = Texts(body.Drinking, "matchPreferences.drinking", MostHabits, LongestWord, errors),
            Religion = Text(body.Religion, "matchPreferences.religion", LongestWord, errors),
            Children = Text(body.Children, "matchPreferences.children", LongestWord, errors),
        };
    }

    private static string? Gender(string? text, FieldErrors errors) =>
        Text(text, "gender", LongestWord, errors)?.ToLowerInvariant() switch
        {
            "male" or "man" or "men" => PreferenceRules.Male,
            "female" or "woman" or "women" => PreferenceRules.Female,
            var other => other,
        };

    private static InterestedIn Interest(string? text, FieldErrors errors)
    {
        switch (text?.Trim().ToLowerInvariant())
        {
            case null or "" or "everyone":
                return InterestedIn.Everyone;
            case "men":
                return InterestedIn.Men;
            case "women":
                return InterestedIn.Women;
            default:
                errors.Add("matchPreferences.interestedIn", "must be men, women or everyone");
                return default;
        }
    }

    private static Coordinates? Place(PlaceBody? place, FieldErrors errors)
    {
        if (place is null)
        {
            return null;
        }

        if (place is not { Lat: >= -90 and <= 90, Lng: >= -180 and <= 180 })
        {
            errors.Add("coordinates", "must have a lat of -90…90 and a lng of -180…180");
            return null;
        }

        return new Coordinates(place.Lat.Value, place.Lng.Value);
    }

    private static int? Number(int? value, string field, int least, int most, FieldErrors errors)
    {
        if (value < least || value > most)
        {
            errors.Add(field, $"must be {least}…{most}");
        }

        return value;
    }

    private static string? Text(string? value, string field, int longest, FieldErrors errors)
    {
        var text = value?.Trim();
        if (text?.Length > longest)
        {
            errors.Add(field, $"must have at most {longest} characters");
        }

        return string.IsNullOrEmpty(text) ? null : text;
    }

    private static string[] Texts(IReadOnlyList<string?>? values, string field, int most, int longest, FieldErrors errors)
    {
        if (values is null)
        {
            return [];
        }

        if (values.Count > most)
        {
            errors.Add(field, $"must have at most {most} entries");
            return [];
        }

        var texts = new List<string>(values.Count);
        for (var i = 0; i < values.Count; i++)
        {
            if (Text(values[i], $"{field}[{i}]", longest, errors) is not { } text)
            {
                errors.Add($"{field}[{i}]", "must not be empty");
            }
            else if (!texts.Contains(text))
            {
                texts.Add(text);
            }
        }

        return [.. texts];
    }
}
