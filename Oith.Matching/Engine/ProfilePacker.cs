using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>Packs profiles, and gives codes to words as they come. For the writer alone; searches read <see cref="Vocabulary"/>.</summary>
internal sealed class ProfilePacker
{
    private const int MaxAge = 254;

    private Vocabulary _vocabulary = new();
    private bool _isWide;

    public Vocabulary Vocabulary => Volatile.Read(ref _vocabulary);

    /// <summary>Packs all but the e-mail: the id of the cold bytes has no address, only <see cref="RecordId.Wide"/> where it applies.</summary>
    public PackedProfile Pack(Profile profile)
    {
        _isWide = false;
        var preferences = profile.MatchPreferences;
        var hot = new HotBytes();
        hot[Plane.Age] = Age(profile.Age ?? PreferenceRules.DefaultAge);
        hot[Plane.AgeMin] = Age(preferences.AgeMin ?? PreferenceRules.DefaultAgeMin);
        hot[Plane.AgeMax] = Age(preferences.AgeMax ?? PreferenceRules.DefaultAgeMax);

        var smoking = Word(profile.Smoking, _vocabulary.Smoking.Words, static (vocabulary, words) => vocabulary with { Smoking = vocabulary.Smoking.With(words) });
        var drinking = Word(profile.Drinking, _vocabulary.Drinking.Words, static (vocabulary, words) => vocabulary with { Drinking = vocabulary.Drinking.With(words) });
        var exercise = Word(profile.Exercise, _vocabulary.Exercise, static (vocabulary, words) => vocabulary with { Exercise = words });
        var children = Word(profile.Children, _vocabulary.Children, static (vocabulary, words) => vocabulary with { Children = words });
        var religion = Word(profile.Religion, _vocabulary.Religion, static (vocabulary, words) => vocabulary with { Religion = words });
        var lookingFor = Word(profile.LookingFor, _vocabulary.LookingFor, static (vocabulary, words) => vocabulary with { LookingFor = words });
        hot[Plane.SmokingAndDrinking] = (byte)(smoking | drinking << 4);
        hot[Plane.ExerciseAndChildren] = (byte)(exercise | children << 4);
        hot[Plane.ReligionAndLookingFor] = (byte)(religion | lookingFor << 4);

        var acceptedSmoking = List(preferences.Smoking, _vocabulary.Smoking.Lists, static (vocabulary, lists) => vocabulary with { Smoking = vocabulary.Smoking.With(lists) });
        var acceptedDrinking = List(preferences.Drinking, _vocabulary.Drinking.Lists, static (vocabulary, lists) => vocabulary with { Drinking = vocabulary.Drinking.With(lists) });
        hot[Plane.AcceptedSmokingAndDrinking] = (byte)(acceptedSmoking | acceptedDrinking << 4);
        var wantedReligion = Word(Wanted(preferences.Religion), _vocabulary.Religion, static (vocabulary, words) => vocabulary with { Religion = words });
        var wantedChildren = Word(Wanted(preferences.Children), _vocabulary.Children, static (vocabulary, words) => vocabulary with { Children = words });
        hot[Plane.WantedReligionAndChildren] = (byte)(wantedReligion | wantedChildren << 4);

        var interests = Interests(profile.Interests);
        for (var i = 0; i < sizeof(uint); i++)
        {
            hot[Plane.Interests + i] = (byte)(interests >> (8 * i));
        }

        var group = BucketKey.Group(profile.Gender, preferences.InterestedIn);
        var cell = CellOf(profile);
        int latSteps = 0, lngSteps = 0;
        if (cell != CellId.Nowhere)
        {
            latSteps = Steps(profile.Coordinates!.Value.Lat) - CellId.SouthSteps(cell);
            lngSteps = Steps(profile.Coordinates.Value.Lng) - CellId.WestSteps(cell);
        }

        var lastSeen = LastSeen(profile);
        var maxDistance = MaxDistanceCodes.Encode(preferences.MaxDistance ?? PreferenceRules.DefaultMaxDistance);
        _isWide |= maxDistance == MaxDistanceCodes.Other;
        var cold = new ColdBytes(latSteps, lngSteps, lastSeen, maxDistance, _isWide ? RecordId.Wide : 0);
        return new PackedProfile(cell, BucketKey.Of(group, hot), hot, cold);
    }

    /// <summary>Where the person lives; <see cref="CellId.Nowhere"/> when that is on no map.</summary>
    public static int CellOf(Profile profile) => profile.Coordinates is { IsOnEarth: true } home
        ? CellId.Of(Steps(home.Lat), Steps(home.Lng))
        : CellId.Nowhere;

    public static int Steps(double degrees) => (int)Math.Round(degrees * Coordinates.StepsPerDegree);

    /// <summary>The word that a candidate must have; null for any.</summary>
    public static string? Wanted(string? word) =>
        string.IsNullOrEmpty(word) || word.Equals("any", StringComparison.OrdinalIgnoreCase) ? null : word;

    private byte Age(int years)
    {
        _isWide |= years is < 0 or > MaxAge;
        return (byte)Math.Clamp(years, 0, byte.MaxValue);
    }

    private uint LastSeen(Profile profile)
    {
        if (!profile.IsVisible || profile.ActiveMatchEmail is not null)
        {
            return SeenTime.Hidden;
        }

        if (SeenTime.TryEncode(profile.LastSeen, out var code))
        {
            return code;
        }

        // Whenever that was, it shall pass here and be held against the rules.
        _isWide = true;
        return SeenTime.Other;
    }

    private int Word(string? word, WordCodes words, Func<Vocabulary, WordCodes, Vocabulary> with)
    {
        if (string.IsNullOrEmpty(word))
        {
            return WordCodes.Absent;
        }

        if (words.Find(word) is var code and not WordCodes.Absent)
        {
            return code;
        }

        if (words.Count == WordCodes.MaxWords)
        {
            _isWide = true;
            return WordCodes.Other;
        }

        Volatile.Write(ref _vocabulary, with(_vocabulary, words.With(word)));
        return words.Count + 1;
    }

    private int List(IReadOnlyList<string> list, AcceptedLists lists, Func<Vocabulary, AcceptedLists, Vocabulary> with)
    {
        if (list.Count == 0)
        {
            return AcceptedLists.Any;
        }

        var (after, code) = lists.Add(list);
        if (!ReferenceEquals(after, lists))
        {
            Volatile.Write(ref _vocabulary, with(_vocabulary, after));
        }

        _isWide |= code == AcceptedLists.Other;
        return code;
    }

    private uint Interests(IReadOnlyList<string> interests)
    {
        var bits = 0u;
        for (var i = 0; i < interests.Count; i++)
        {
            var bit = _vocabulary.Interests.Find(interests[i]);
            if (bit < 0)
            {
                if (_vocabulary.Interests.IsFull)
                {
                    _isWide = true;
                    return InterestCodes.Other;
                }

                bit = _vocabulary.Interests.Count;
                Volatile.Write(ref _vocabulary, _vocabulary with { Interests = _vocabulary.Interests.With(interests[i]) });
            }

            bits |= 1u << bit;
        }

        if (System.Numerics.BitOperations.PopCount(bits) > InterestCodes.MaxCount)
        {
            _isWide = true;
            return InterestCodes.Other;
        }

        return bits;
    }
}
