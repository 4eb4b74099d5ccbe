using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Oith.Matching.Compatibility;
using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>The tables of a seeker: what each code in a plane is worth.</summary>
internal static class SeekerTable
{
    public const int AcceptedSmoking = 0;
    public const int AcceptedDrinking = 1;
    public const int Smoking = 2;
    public const int Drinking = 3;
    public const int Exercise = 4;
    public const int Children = 5;
    public const int Religion = 6;
    public const int LookingFor = 7;
    public const int WantedReligion = 8;
    public const int WantedChildren = 9;

    /// <summary>Two for each of the four bytes of interests, low nibble first: the high nibble counts bits, the low one shared bits.</summary>
    public const int Interests = 10;

    /// <summary>What is added to 50 x shared so that the division rounds half up, by the candidate's count.</summary>
    public const int RoundUp = 18;

    /// <summary>Low and high byte of what is multiplied with for 1 / (2 x smaller count), by the candidate's count.</summary>
    public const int ReciprocalLow = 19;
    public const int ReciprocalHigh = 20;

    /// <summary>Rules out the bands of age that are not wanted; only buckets are looked up in it.</summary>
    public const int AgeBand = 21;

    public const int Count = 22;

    /// <summary>Bytes of a table: 16 entries, twice, as a 256-bit shuffle looks each half up by itself.</summary>
    public const int Size = 32;

    public const int Entries = 16;
}

/// <summary>
/// A search's side of the comparison, compiled into tables of 16 bytes that a shuffle looks codes up in. An entry is the points
/// that a code is worth; <see cref="Rejects"/> is added where the code rules the candidate out.
/// </summary>
internal sealed class Seeker
{
    public const byte Rejects = 0x80;

    private const int Best = 100;

    private static readonly Vector128<byte>[] s_interests = [.. Enumerable.Range(0, 16).Select(InterestTable)];
    private static readonly Ratio[] s_ratios = [.. Enumerable.Range(0, InterestCodes.MaxCount + 1).Select(RatioTables)];
    private static readonly Vector128<byte> s_wantsNothing = CodeTable.Known(0);

    private readonly byte[] _tables = new byte[SeekerTable.Count * SeekerTable.Size];

    private byte[] _leastShared = [];
    private readonly SoughtCodes[] _codes = new SoughtCodes[BucketKey.MaxDepth + 1];

    public Profile Profile { get; private set; } = null!;

    public ref readonly byte Tables => ref MemoryMarshal.GetArrayDataReference(_tables);

    public byte Age { get; private set; }

    /// <summary>An age below zero, own or wanted: of the records, whose ages begin there, only wide ones can fit.</summary>
    public bool IsBelowScale { get; private set; }

    public byte AgeMin { get; private set; }

    /// <summary>AgeMax - AgeMin.</summary>
    public byte AgeSpan { get; private set; }

    public int MaxDistance { get; private set; }

    /// <summary>Bits of the groups that may fit.</summary>
    public int Groups { get; private set; }

    /// <summary>The seeker's own group.</summary>
    public int Group { get; private set; }

    public bool FitsOwnWish { get; private set; }

    /// <summary>Points that nobody exceeds, before the key of a bucket is known.</summary>
    public int Bound { get; private set; }

    /// <summary>Those of them that shared interests are worth.</summary>
    public int MostOfInterests { get; private set; }

    /// <summary>
    /// A table for each number of points up to <see cref="MostOfInterests"/>: how many interests a candidate must share, by the candidate's count.
    /// </summary>
    public ref readonly byte LeastShared => ref MemoryMarshal.GetArrayDataReference(_leastShared);

    public uint SeenSince { get; private set; }

    public FastDistance From { get; private set; }

    /// <summary>The encoded e-mail, to know oneself by.</summary>
    public byte[] Email { get; } = new byte[EmailArena.MaxEncodedSize];

    public int EmailSize { get; private set; }

    /// <summary>False when nobody can fit.</summary>
    public bool Prepare(Profile profile, Vocabulary vocabulary, DateTimeOffset seenSince)
    {
        var preferences = profile.MatchPreferences;
        var ageMin = preferences.AgeMin ?? PreferenceRules.DefaultAgeMin;
        var ageMax = preferences.AgeMax ?? PreferenceRules.DefaultAgeMax;
        MaxDistance = preferences.MaxDistance ?? PreferenceRules.DefaultMaxDistance;
        if (profile.Coordinates is not { IsOnEarth: true } home || ageMin > ageMax || MaxDistance < 0)
        {
            return false;
        }

        Profile = profile;
        var age = profile.Age ?? PreferenceRules.DefaultAge;
        IsBelowScale = age < 0 || ageMax < 0;
        Age = Clamp(age);
        AgeMin = Clamp(ageMin);
        AgeSpan = (byte)(Clamp(ageMax) - AgeMin);
        Groups = BucketKey.FittingGroups(profile.Gender, preferences.InterestedIn);
        Group = BucketKey.Group(profile.Gender, preferences.InterestedIn);
        FitsOwnWish = (Groups >> Group & 1) != 0;
        SeenSince = SeenTime.Since(seenSince);
        From = new FastDistance(home);
        EmailSize = EmailArena.Encode(profile.Email, Email);

        Habit(SeekerTable.Smoking, SeekerTable.AcceptedSmoking, vocabulary.Smoking, profile.Smoking, preferences.Smoking);
        Habit(SeekerTable.Drinking, SeekerTable.AcceptedDrinking, vocabulary.Drinking, profile.Drinking, preferences.Drinking);
        Fact(SeekerTable.Exercise, vocabulary.Exercise, profile.Exercise, CompatibilityScore.EqualHabit);
        var code = Fact(SeekerTable.Children, vocabulary.Children, profile.Children, CompatibilityScore.EqualHabit);
        Want(SeekerTable.Children, vocabulary.Children, preferences.Children);
        WantedBy(SeekerTable.WantedChildren, code);
        code = Fact(SeekerTable.Religion, vocabulary.Religion, profile.Religion, CompatibilityScore.EqualHabit);
        Want(SeekerTable.Religion, vocabulary.Religion, preferences.Religion);
        WantedBy(SeekerTable.WantedReligion, code);
        Fact(SeekerTable.LookingFor, vocabulary.LookingFor, profile.LookingFor, CompatibilityScore.EqualLookingFor);
        if (string.IsNullOrEmpty(profile.LookingFor))
        {
            Set(SeekerTable.LookingFor, WordCodes.Absent, CompatibilityScore.EqualLookingFor);
        }

        Interests(vocabulary.Interests, profile.Interests);
        var youngest = AgeBand.Of(AgeMin);
        var oldest = AgeBand.Of((byte)(AgeMin + AgeSpan));
        for (var band = 0; band < AgeBand.Count; band++)
        {
            _tables[SeekerTable.AgeBand * SeekerTable.Size + band] = band < youngest || band > oldest ? Rejects : (byte)0;
        }

        MostOfInterests = profile.Interests.Count > 0 ? CompatibilityScore.SharedInterests : 0;
        Bound = Best - CompatibilityScore.SharedInterests + MostOfInterests;
        PrepareCodes();
        return true;
    }

    /// <summary>The most that records can reach whose keys begin alike, up to a level.</summary>
    /// <param name="bound">The most without the level; <see cref="Bound"/> before the first.</param>
    /// <param name="known">How many parts of the key were held against the seeker already: 0 before the group, 1 before lookingFor.</param>
    /// <returns>Negative when none of them can fit.</returns>
    public int BoundOf(int bound, uint key, int known)
    {
        if (known == 0)
        {
            return (Groups >> BucketKey.Group(key) & 1) == 0 ? -1 : bound;
        }

        var level = known - 1;
        var worth = _tables[BucketKey.TableOfLevel[level] * SeekerTable.Size + BucketKey.Code(key, level)];
        return worth >= Rejects ? -1 : bound + worth - BucketKey.MostOfLevel[level];
    }

    /// <summary>What the summaries of blocks are held against in buckets of a depth.</summary>
    public ref readonly SoughtCodes CodesBelow(int depth) => ref _codes[depth];

    // From the deepest level up: a depth's next but one level is the next one of the depth below.
    private void PrepareCodes()
    {
        var below = new SoughtCodes(ushort.MaxValue, ushort.MaxValue, 0);
        for (var level = BucketKey.MaxDepth; level >= 0; level--)
        {
            var at = level < BucketKey.MaxDepth ? Sought(level) : below;
            _codes[level] = new SoughtCodes(at.Fitting | below.Fitting << 16, at.Best | below.Best << 16, at.Worth | below.Worth << 16);
            below = at;
        }
    }

    private SoughtCodes Sought(int level)
    {
        var worth = Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_tables), (nuint)(BucketKey.TableOfLevel[level] * SeekerTable.Size));
        var most = BucketKey.MostOfLevel[level];
        return new SoughtCodes(
            Vector128.LessThan(worth, Vector128.Create(Rejects)).ExtractMostSignificantBits(),
            Vector128.Equals(worth, Vector128.Create(most)).ExtractMostSignificantBits(),
            most);
    }

    private static byte Clamp(int years) => (byte)Math.Clamp(years, 0, byte.MaxValue);

    // Each table twice, as a 256-bit shuffle looks each half up by itself.
    private void Set(int table, Vector128<byte> entries)
    {
        ref var tables = ref MemoryMarshal.GetArrayDataReference(_tables);
        entries.StoreUnsafe(ref tables, (nuint)(table * SeekerTable.Size));
        entries.StoreUnsafe(ref tables, (nuint)(table * SeekerTable.Size + SeekerTable.Entries));
    }

    private void Set(int table, int code, byte worth)
    {
        _tables[table * SeekerTable.Size + code] = worth;
        _tables[table * SeekerTable.Size + SeekerTable.Entries + code] = worth;
    }

    // Equal words are worth points.
    private int Fact(int table, WordCodes words, string? mine, byte worth)
    {
        Set(table, words.Known);
        Set(table, WordCodes.Other, worth);
        var code = string.IsNullOrEmpty(mine) ? WordCodes.Absent : words.Find(mine);
        if (code != WordCodes.Absent)
        {
            Set(table, code, worth);
        }

        return code;
    }

    // My list rules out the words that it has not; the candidate's rules me out when it has not mine.
    private void Habit(int table, int acceptedTable, HabitCodes codes, string? mine, IReadOnlyList<string> accepted)
    {
        var code = Fact(table, codes.Words, mine, CompatibilityScore.EqualHabit);
        Set(acceptedTable, codes.AcceptedBy(mine, code));
        for (var other = 1; accepted.Count > 0 && other <= codes.Words.Count; other++)
        {
            if (!Has(accepted, codes.Words[other]))
            {
                Set(table, other, Rejects);
            }
        }
    }

    private static bool Has(IReadOnlyList<string> accepted, string word)
    {
        for (var i = 0; i < accepted.Count; i++)
        {
            if (word.Equals(accepted[i], StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // My wish rules out every other word, and those who state none.
    private void Want(int table, WordCodes words, string? wanted)
    {
        if (ProfilePacker.Wanted(wanted) is not { } word)
        {
            return;
        }

        var mine = words.Find(word);
        for (var other = 0; other <= words.Count; other++)
        {
            if (other != mine || mine == WordCodes.Absent)
            {
                Set(table, other, Rejects);
            }
        }
    }

    // The candidate's wish rules me out when it is not my word.
    private void WantedBy(int table, int mine)
    {
        Set(table, s_wantsNothing);
        Set(table, mine, 0);
    }

    private void Interests(InterestCodes codes, IReadOnlyList<string> interests)
    {
        var bits = 0u;
        var unknown = 0;
        for (var i = 0; i < interests.Count; i++)
        {
            var bit = codes.Find(interests[i]);
            if (bit >= 0)
            {
                bits |= 1u << bit;
            }
            else if (!Contains(interests, i, interests[i]))
            {
                unknown++;
            }
        }

        for (var nibble = 0; nibble < 8; nibble++)
        {
            Set(SeekerTable.Interests + nibble, s_interests[bits >> (4 * nibble) & 15]);
        }

        var ratio = s_ratios[Math.Min(BitOperations.PopCount(bits) + unknown, InterestCodes.MaxCount)];
        Set(SeekerTable.RoundUp, ratio.RoundUp);
        Set(SeekerTable.ReciprocalLow, ratio.ReciprocalLow);
        Set(SeekerTable.ReciprocalHigh, ratio.ReciprocalHigh);
        _leastShared = ratio.LeastShared;
    }

    private static bool Contains(IReadOnlyList<string> list, int count, string word)
    {
        for (var i = 0; i < count; i++)
        {
            if (list[i] == word)
            {
                return true;
            }
        }

        return false;
    }

    private static Vector128<byte> InterestTable(int mine) => Vector128.Create<byte>(
        [.. Enumerable.Range(0, 16).Select(nibble => (byte)(BitOperations.PopCount((uint)nibble) << 4 | BitOperations.PopCount((uint)(nibble & mine))))]);

    // points = floor(25 shared / smaller + 1/2) = floor((50 shared + smaller) / (2 smaller)), the division as a multiplication by
    // ceil(65536 / (2 smaller)) and a shift: exact for counts up to 14, which a test tries one by one.
    private static Ratio RatioTables(int mine)
    {
        Span<byte> roundUps = stackalloc byte[SeekerTable.Entries];
        Span<byte> lows = stackalloc byte[SeekerTable.Entries];
        Span<byte> highs = stackalloc byte[SeekerTable.Entries];
        for (var theirs = 0; theirs < SeekerTable.Entries; theirs++)
        {
            var smaller = Math.Min(mine, theirs);
            var (roundUp, reciprocal) = smaller == 0 ? (0, 0)
                : theirs > InterestCodes.MaxCount ? (60, ushort.MaxValue) // cannot tell: more than all points, which the filter caps
                : (smaller, (65536 + 2 * smaller - 1) / (2 * smaller));
            (roundUps[theirs], lows[theirs], highs[theirs]) = ((byte)roundUp, (byte)reciprocal, (byte)(reciprocal >> 8));
        }

        return new Ratio(Vector128.Create<byte>(roundUps), Vector128.Create<byte>(lows), Vector128.Create<byte>(highs), LeastSharedTables(roundUps, lows, highs));
    }

    private static byte[] LeastSharedTables(ReadOnlySpan<byte> roundUps, ReadOnlySpan<byte> lows, ReadOnlySpan<byte> highs)
    {
        var tables = new byte[(CompatibilityScore.SharedInterests + 1) * SeekerTable.Size];
        for (var points = 0; points <= CompatibilityScore.SharedInterests; points++)
        {
            for (var theirs = 0; theirs < SeekerTable.Entries; theirs++)
            {
                // More than there can be, where all that there are are not enough.
                var shared = 0;
                while (shared <= InterestCodes.MaxWords
                    && (2 * CompatibilityScore.SharedInterests * shared + roundUps[theirs]) * (lows[theirs] | highs[theirs] << 8) >> 16 < points)
                {
                    shared++;
                }

                var at = points * SeekerTable.Size + theirs;
                tables[at] = tables[at + SeekerTable.Entries] = (byte)shared;
            }
        }

        return tables;
    }

    private sealed record Ratio(Vector128<byte> RoundUp, Vector128<byte> ReciprocalLow, Vector128<byte> ReciprocalHigh, byte[] LeastShared);
}
