using System.Globalization;
using System.Text.Json;
using Oith.Matching.Profiles;
using Oith.Stack.Population;

namespace Oith.StressTest.Load;

/// <summary>Profiles as they are put: the person of the population, whose biography tells which version of it this is.</summary>
internal sealed class ProfileBodies(SyntheticPopulation population, TimeProvider time)
{
    private const string Mark = "Version ";

    /// <returns>The body of PUT /api/profiles/{email}.</returns>
    public byte[] Of(int number, int revision)
    {
        var person = population.Person(number, time.GetUtcNow());
        using var buffer = new MemoryStream(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("firstName", person.FirstName);
            if (person.Age is { } age)
            {
                json.WriteNumber("age", age);
            }

            json.WriteString("gender", person.Gender);
            if (person.Coordinates is { } place)
            {
                json.WriteStartObject("coordinates");
                json.WriteNumber("lat", place.Lat);
                json.WriteNumber("lng", place.Lng);
                json.WriteEndObject();
            }

            WriteTexts(json, "interests", person.Interests);
            WriteText(json, "drinking", person.Drinking);
            WriteText(json, "smoking", person.Smoking);
            WriteText(json, "exercise", person.Exercise);
            WriteText(json, "children", person.Children);
            WriteText(json, "religion", person.Religion);
            WriteText(json, "lookingFor", person.LookingFor);
            WriteTexts(json, "photos", person.Photos);
            json.WriteString("bio", Biography(revision));
            json.WriteBoolean("isVisible", person.IsVisible);
            WritePreferences(json, person.MatchPreferences);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    public static string Biography(int revision) => string.Create(CultureInfo.InvariantCulture, $"{Mark}{revision}");

    /// <summary>The version that a stored biography tells; 0 for one that was never put by the tool.</summary>
    public static int RevisionOf(string? biography) =>
        biography?.StartsWith(Mark, StringComparison.Ordinal) == true
        && int.TryParse(biography.AsSpan(Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : 0;

    private static void WritePreferences(Utf8JsonWriter json, MatchPreferences preferences)
    {
        json.WriteStartObject("matchPreferences");
        json.WriteString("interestedIn", preferences.InterestedIn switch
        {
            InterestedIn.Men => "men",
            InterestedIn.Women => "women",
            _ => "everyone",
        });
        WriteNumber(json, "ageMin", preferences.AgeMin);
        WriteNumber(json, "ageMax", preferences.AgeMax);
        WriteNumber(json, "maxDistance", preferences.MaxDistance);
        WriteTexts(json, "smoking", preferences.Smoking);
        WriteTexts(json, "drinking", preferences.Drinking);
        WriteText(json, "religion", preferences.Religion);
        WriteText(json, "children", preferences.Children);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
