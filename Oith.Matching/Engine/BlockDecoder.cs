using System.Runtime.InteropServices;
using System.Text.Json;
using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>The people of a block: all that decides about matches of them, and nothing else.</summary>
internal static class BlockDecoder
{
    /// <summary>Adds the block's people to <paramref name="people"/>.</summary>
    /// <param name="version">The one that it must have.</param>
    /// <param name="words">Of the process that wrote the block, then or later.</param>
    /// <returns>False when it is damaged, of another layout, cell or version, or does not go with the words.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> block, int cell, ulong version, VocabularyWords words, List<Profile> people)
    {
        if (!BlockHeader.TryRead(block, out var header) || header.Cell != cell || header.Version != version)
        {
            return false;
        }

        var hotBytes = block[BlockHeader.Size..];
        var cold = MemoryMarshal.Cast<byte, ColdBytes>(hotBytes.Slice(header.Count * PackedProfile.HotSize, header.Count * PackedProfile.ColdSize));
        var emails = block.Slice(BlockHeader.Size + header.Count * PackedProfile.Size, header.EmailBytes);
        var json = block[^header.WideBytes..];
        try
        {
            var wide = json.IsEmpty ? [] : JsonSerializer.Deserialize(json, BlockJson.Default.ListProfile)!;
            var nextWide = 0;
            for (var slot = 0; slot < header.Count; slot++)
            {
                var email = EmailArena.Decode(emails, out var size);
                emails = emails[size..];
                if (RecordId.IsWide(cold[slot].Id))
                {
                    people.Add(wide[nextWide++] with { Email = email });
                }
                else
                {
                    var hot = new HotBytes();
                    for (var plane = 0; plane < PackedProfile.HotSize; plane++)
                    {
                        hot[plane] = hotBytes[plane * header.Count + slot];
                    }

                    people.Add(Unpack(email, header.Cell, BucketKey.Group(header.Key), hot, cold[slot], words));
                }
            }

            return emails.IsEmpty && nextWide == wide.Count;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or IndexOutOfRangeException)
        {
            // Whole by its checksum, and yet not what its header says: somebody else's idea of this layout.
            return false;
        }
    }

    private static Profile Unpack(string email, int cell, int group, in HotBytes hot, in ColdBytes cold, VocabularyWords words) => new()
    {
        Email = email,
        Age = hot[Plane.Age],
        Gender = BucketKey.Gender(group),
        Coordinates = new Coordinates(
            (double)(CellId.SouthSteps(cell) + cold.LatSteps) / Coordinates.StepsPerDegree,
            (double)(CellId.WestSteps(cell) + cold.LngSteps) / Coordinates.StepsPerDegree),
        Interests = Interests(hot, words.Interests),
        Smoking = Word(words.Smoking, hot[Plane.SmokingAndDrinking] & 15),
        Drinking = Word(words.Drinking, hot[Plane.SmokingAndDrinking] >> 4),
        Exercise = Word(words.Exercise, hot[Plane.ExerciseAndChildren] & 15),
        Children = Word(words.Children, hot[Plane.ExerciseAndChildren] >> 4),
        Religion = Word(words.Religion, hot[Plane.ReligionAndLookingFor] & 15),
        LookingFor = Word(words.LookingFor, hot[Plane.ReligionAndLookingFor] >> 4),
        IsVisible = cold.LastSeen != SeenTime.Hidden,
        LastSeen = cold.LastSeen == SeenTime.Hidden ? default : SeenTime.Decode(cold.LastSeen),
        MatchPreferences = new MatchPreferences
        {
            InterestedIn = BucketKey.InterestedIn(group),
            AgeMin = hot[Plane.AgeMin],
            AgeMax = hot[Plane.AgeMax],
            MaxDistance = MaxDistanceCodes.Miles(cold.MaxDistanceCode),
            Smoking = List(words.SmokingLists, hot[Plane.AcceptedSmokingAndDrinking] & 15),
            Drinking = List(words.DrinkingLists, hot[Plane.AcceptedSmokingAndDrinking] >> 4),
            Religion = Word(words.Religion, hot[Plane.WantedReligionAndChildren] & 15),
            Children = Word(words.Children, hot[Plane.WantedReligionAndChildren] >> 4),
        },
    };

    private static string? Word(string[] words, int code) => code == WordCodes.Absent ? null : words[code - 1];

    private static string[] List(string[][] lists, int code) => code == AcceptedLists.Any ? [] : lists[code - 1];

    private static string[] Interests(in HotBytes hot, string[] words)
    {
        var interests = new List<string>(8);
        for (var bit = 0; bit < InterestCodes.MaxWords; bit++)
        {
            if ((hot[Plane.Interests + bit / 8] >> (bit % 8) & 1) != 0)
            {
                interests.Add(words[bit]);
            }
        }

        return [.. interests];
    }
}
