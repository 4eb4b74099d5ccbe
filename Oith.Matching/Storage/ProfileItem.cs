using Amazon.DynamoDBv2.Model;
using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Matching.Storage;

/// <summary>
/// A profile as an item of the users table:
/// <c>{email: "a@example.com", gender: "female", geohash: "dr5r", coordinates: {lat: 40.7, lng: -74}, lastSeen: 1793534400000, …}</c>.
/// Absent facts have no attribute.
/// </summary>
public static class ProfileItem
{
    internal const string Email = "email";
    internal const string Geohash = "geohash";
    internal const string LastSeen = "lastSeen";
    internal const string IsVisible = "isVisible";
    internal const string ActiveMatchEmail = "activeMatchEmail";
    internal const string HasBlocks = "hasBlocks";
    internal const string Version = "version";

    /// <summary>Present while the person's traces are being erased; such an item is nobody's profile any more.</summary>
    internal const string Erasing = "erasing";

    /// <summary>Where people live whose traces are being erased: in no cell, but all together, so that they are found.</summary>
    internal const string ErasingCell = "erasing";

    internal static readonly string[] Facts =
    [
        "firstName", "age", "gender", "coordinates", Geohash, "interests", "drinking", "smoking", "exercise", "children", "religion",
        "lookingFor", "photos", "bio", LastSeen, IsVisible, "matchPreferences",
    ];

    internal static Dictionary<string, AttributeValue> Key(string email) => new() { [Email] = Attributes.Text(email) };

    /// <summary>The item to store for the profile, with its geohash.</summary>
    public static Dictionary<string, AttributeValue> From(Profile profile)
    {
        var item = Key(profile.Email);
        AddText(item, "firstName", profile.FirstName);
        AddNumber(item, "age", profile.Age);
        AddText(item, "gender", profile.Gender);
        if (profile.Coordinates is { } point)
        {
            item["coordinates"] = new AttributeValue
            {
                M = new() { ["lat"] = Attributes.Number(point.Lat), ["lng"] = Attributes.Number(point.Lng) },
            };
            item[Geohash] = Attributes.Text(Geo.Geohash.Encode(point));
        }

        AddTexts(item, "interests", profile.Interests);
        AddText(item, "drinking", profile.Drinking);
        AddText(item, "smoking", profile.Smoking);
        AddText(item, "exercise", profile.Exercise);
        AddText(item, "children", profile.Children);
        AddText(item, "religion", profile.Religion);
        AddText(item, "lookingFor", profile.LookingFor);
        AddTexts(item, "photos", profile.Photos);
        AddText(item, "bio", profile.Bio);
        item[LastSeen] = Attributes.Time(profile.LastSeen);
        item[IsVisible] = Attributes.Flag(profile.IsVisible);
        AddText(item, ActiveMatchEmail, profile.ActiveMatchEmail);
        if (profile.HasBlocks)
        {
            item[HasBlocks] = Attributes.Flag(true);
        }

        item["matchPreferences"] = new AttributeValue { M = FromPreferences(profile.MatchPreferences) };
        item[Version] = Attributes.Number(Math.Max(1, profile.Version));
        return item;
    }

    /// <summary>The profile in an item of the users table.</summary>
    public static Profile Read(Dictionary<string, AttributeValue> item) => new()
    {
        Email = item[Email].S,
        FirstName = item.TextOf("firstName"),
        Age = (int?)item.NumberOf("age"),
        Gender = item.TextOf("gender"),
        Coordinates = item.GetValueOrDefault("coordinates")?.M is { Count: > 0 } point && point.DoubleOf("lat") is { } lat && point.DoubleOf("lng") is { } lng
            ? new Coordinates(lat, lng)
            : null,
        Interests = item.TextsOf("interests"),
        Drinking = item.TextOf("drinking"),
        Smoking = item.TextOf("smoking"),
        Exercise = item.TextOf("exercise"),
        Children = item.TextOf("children"),
        Religion = item.TextOf("religion"),
        LookingFor = item.TextOf("lookingFor"),
        Photos = item.TextsOf("photos"),
        Bio = item.TextOf("bio"),
        LastSeen = item.TimeOf(LastSeen) ?? default,
        IsVisible = item.FlagOf(IsVisible) ?? true,
        ActiveMatchEmail = item.TextOf(ActiveMatchEmail),
        HasBlocks = item.FlagOf(HasBlocks) ?? false,
        MatchPreferences = item.GetValueOrDefault("matchPreferences")?.M is { } preferences ? ReadPreferences(preferences) : new(),
        Version = item.NumberOf(Version) ?? 0,
    };

    internal static bool IsErasing(Dictionary<string, AttributeValue> item) => item.ContainsKey(Erasing);

    private static Dictionary<string, AttributeValue> FromPreferences(MatchPreferences preferences)
    {
        var map = new Dictionary<string, AttributeValue> { ["interestedIn"] = Attributes.Text(NameOf(preferences.InterestedIn)) };
        AddNumber(map, "ageMin", preferences.AgeMin);
        AddNumber(map, "ageMax", preferences.AgeMax);
        AddNumber(map, "maxDistance", preferences.MaxDistance);
        AddTexts(map, "smoking", preferences.Smoking);
        AddTexts(map, "drinking", preferences.Drinking);
        AddText(map, "religion", preferences.Religion);
        AddText(map, "children", preferences.Children);
        return map;
    }

    private static MatchPreferences ReadPreferences(Dictionary<string, AttributeValue> map) => new()
    {
        InterestedIn = map.TextOf("interestedIn") switch
        {
            "men" => InterestedIn.Men,
            "women" => InterestedIn.Women,
            _ => InterestedIn.Everyone,
        },
        AgeMin = (int?)map.NumberOf("ageMin"),
        AgeMax = (int?)map.NumberOf("ageMax"),
        MaxDistance = (int?)map.NumberOf("maxDistance"),
        Smoking = map.TextsOf("smoking"),
        Drinking = map.TextsOf("drinking"),
        Religion = map.TextOf("religion"),
        Children = map.TextOf("children"),
    };

    internal static string NameOf(InterestedIn interest) => interest switch
    {
        InterestedIn.Men => "men",
        InterestedIn.Women => "women",
        _ => "everyone",
    };

    private static void AddText(Dictionary<string, AttributeValue> item, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            item[name] = Attributes.Text(value);
        }
    }

    private static void AddNumber(Dictionary<string, AttributeValue> item, string name, int? value)
    {
        if (value is { } number)
        {
            item[name] = Attributes.Number(number);
        }
    }

    private static void AddTexts(Dictionary<string, AttributeValue> item, string name, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            item[name] = Attributes.Texts(values);
        }
    }
}
