using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Oith.Matching.Compatibility;
using Oith.Matching.Preferences;
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

    public const int Count = 21;

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

    private static readonly byte[][] s_interestTables = [.. Enumerable.Range(0, 16).Select(InterestTable)];
    private static readonly byte[][] s_ratioTables = [.. Enumerable.Range(0, InterestCodes.MaxCount + 1).Select(RatioTables)];

    private readonly byte[] _tables = new byte[SeekerTable.Count * SeekerTable.Size];

    public Profile Profile { get; private set; } = null!;

    public ref readonly byte Tables => ref MemoryMarshal.GetArrayDataReference(_tables);

    public byte Age { get; private set; }

    public byte AgeMin { get; private set; }

    /// <summary>AgeMax - AgeMin.</summary>
    public byte AgeSpan { get; private set; }

    public int MaxDistance { get; private set; }

    /// <summary>Bits of the groups that may fit.</summary>
    public int Groups { get; private set; }

    public uint SeenSince { get; private set; }

    public FastDistance From { get; private set; }

    /// <summary>The encoded e-mail, to know oneself by.</summary>
    public byte[] Email { get; } = new byte[EmailArena.MaxEncodedSize];

    public int EmailSize { get; private set; }

    /// <summary>Points that nobody exceeds, before the levels of a bucket's key are known.</summary>
    public int Bound { get; private set; }

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
        Age = Clamp(profile.Age ?? PreferenceRules.DefaultAge);
        AgeMin = Clamp(ageMin);
        AgeSpan = (byte)(Clamp(ageMax) - AgeMin);
        Groups = BucketKey.FittingGroups(profile.Gender, preferences.InterestedIn);
        SeenSince = SeenTime.Since(seenSince);
        From = new FastDistance(home);
        EmailSize = EmailArena.Encode(profile.Email, Email);

        AcceptedBy(SeekerTable.AcceptedSmoking, vocabulary.AcceptedSmoking, profile.Smoking);
        AcceptedBy(SeekerTable.AcceptedDrinking, vocabulary.AcceptedDrinking, profile.Drinking);
        Fact(SeekerTable.Smoking, vocabulary.Smoking, profile.Smoking);
        Accept(SeekerTable.Smoking, vocabulary.Smoking, preferences.Smoking);
        Fact(SeekerTable.Drinking, vocabulary.Drinking, profile.Drinking);
        Accept(SeekerTable.Drinking, vocabulary.Drinking, preferences.Drinking);
        Fact(SeekerTable.Exercise, vocabulary.Exercise, profile.Exercise);
        Fact(SeekerTable.Children, vocabulary.Children, profile.Children);
        Want(SeekerTable.Children, vocabulary.Children, preferences.Children);
        Fact(SeekerTable.Religion, vocabulary.Religion, profile.Religion);
        Want(SeekerTable.Religion, vocabulary.Religion, preferences.Religion);
        LookingFor(vocabulary.LookingFor, profile.LookingFor);
        WantedBy(SeekerTable.WantedReligion, vocabulary.Religion, profile.Religion);
        WantedBy(SeekerTable.WantedChildren, vocabulary.Children, profile.Children);
        Interests(vocabulary.Interests, profile.Interests);
        Double();

        Bound = CompatibilityScore.Base + (profile.Interests.Count > 0 ? CompatibilityScore.SharedInterests : 0);
        return true;
    }

    /// <summary>The most that a record of a bucket can reach; negative when none of them can fit.</summary>
    public int BoundOf(uint key, int depth)
    {
        if ((Groups >> BucketKey.Group(key) & 1) == 0)
        {
            return -1;
        }

        var bound = Bound;
        for (var level = 0; level < BucketKey.MaxDepth; level++)
        {
            if (level < depth)
            {
                var worth = _tables[BucketKey.TableOfLevel[level] * SeekerTable.Size + BucketKey.Code(key, level)];
                if (worth >= Rejects)
                {
                    return -1;
                }

                bound += worth;
            }
            else
            {
                bound += level == 0 ? CompatibilityScore.EqualLookingFor : CompatibilityScore.EqualHabit;
            }
        }

        return bound;
    }

    private static byte Clamp(int years) => (byte)Math.Clamp(years, 0, byte.MaxValue);

    private Span<byte> Table(int table) => _tables.AsSpan(table * SeekerTable.Size, SeekerTable.Entries);

    // The codes of records that came after this search began are ruled out: the search does not know them.
    private static void Reset(Span<byte> table, int known)
    {
        table[..(known + 1)].Clear();
        table[(known + 1)..].Fill(Rejects);
        table[WordCodes.Other] = 0;
    }

    // Equal words are worth points.
    private void Fact(int index, WordCodes words, string? mine)
    {
        var table = Table(index);
        Reset(table, words.Count);
        table[WordCodes.Other] = CompatibilityScore.EqualHabit;
        if (!string.IsNullOrEmpty(mine) && words.TryGet(mine, out var code))
        {
            table[code] = CompatibilityScore.EqualHabit;
        }
    }

    private void LookingFor(WordCodes words, string? mine)
    {
        var table = Table(SeekerTable.LookingFor);
        Reset(table, words.Count);
        table[WordCodes.Other] = CompatibilityScore.EqualLookingFor;
        if (string.IsNullOrEmpty(mine))
        {
            table[WordCodes.Absent] = CompatibilityScore.EqualLookingFor;
        }
        else if (words.TryGet(mine, out var code))
        {
            table[code] = CompatibilityScore.EqualLookingFor;
        }
    }

    // My list rules out the words that it has not.
    private void Accept(int index, WordCodes words, IReadOnlyList<string> accepted)
    {
        if (accepted.Count == 0)
        {
            return;
        }

        var table = Table(index);
        for (var code = 1; code <= words.Count; code++)
        {
            if (!IsAccepted(accepted, words[code]))
            {
                table[code] = Rejects;
            }
        }
    }

    private static bool IsAccepted(IReadOnlyList<string> accepted, string word)
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
    private void Want(int index, WordCodes words, string? wanted)
    {
        if (ProfilePacker.Wanted(wanted) is not { } word)
        {
            return;
        }

        var table = Table(index);
        var mine = words.TryGet(word, out var code) ? code : WordCodes.Other;
        for (var other = 0; other <= words.Count; other++)
        {
            if (other != mine)
            {
                table[other] = Rejects;
            }
        }
    }

    // The candidate's list rules me out when it has not my word.
    private void AcceptedBy(int index, AcceptedLists lists, string? mine)
    {
        var table = Table(index);
        Reset(table, lists.Count);
        if (string.IsNullOrEmpty(mine))
        {
            return;
        }

        var word = lists.Word(mine);
        for (var code = 1; code <= lists.Count; code++)
        {
            if (!lists.Accepts(code, word))
            {
                table[code] = Rejects;
            }
        }
    }

    // The candidate's wish rules me out when it is not my word.
    private void WantedBy(int index, WordCodes words, string? mine)
    {
        var table = Table(index);
        table.Fill(Rejects);
        table[WordCodes.Absent] = 0;
        table[WordCodes.Other] = 0;
        if (!string.IsNullOrEmpty(mine) && words.TryGet(mine, out var code))
        {
            table[code] = 0;
        }
    }

    private void Interests(InterestCodes codes, IReadOnlyList<string> interests)
    {
        var bits = 0u;
        var unknown = 0;
        for (var i = 0; i < interests.Count; i++)
        {
            if (codes.TryGet(interests[i], out var bit))
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
            s_interestTables[bits >> (4 * nibble) & 15].CopyTo(Table(SeekerTable.Interests + nibble));
        }

        var count = Math.Min(BitOperations.PopCount(bits) + unknown, InterestCodes.MaxCount);
        var ratio = s_ratioTables[count].AsSpan();
        ratio[..SeekerTable.Entries].CopyTo(Table(SeekerTable.RoundUp));
        ratio.Slice(SeekerTable.Entries, SeekerTable.Entries).CopyTo(Table(SeekerTable.ReciprocalLow));
        ratio[(2 * SeekerTable.Entries)..].CopyTo(Table(SeekerTable.ReciprocalHigh));
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

    private void Double()
    {
        ref var tables = ref MemoryMarshal.GetArrayDataReference(_tables);
        for (nuint at = 0; at < (nuint)_tables.Length; at += SeekerTable.Size)
        {
            Vector128.LoadUnsafe(ref tables, at).StoreUnsafe(ref tables, at + SeekerTable.Entries);
        }
    }

    private static byte[] InterestTable(int mine) =>
        [.. Enumerable.Range(0, 16).Select(nibble => (byte)(BitOperations.PopCount((uint)nibble) << 4 | BitOperations.PopCount((uint)(nibble & mine))))];

    // points = floor(25 shared / smaller + 1/2) = floor((50 shared + smaller) / (2 smaller)), the division as a multiplication by
    // ceil(65536 / (2 smaller)) and a shift: exact for counts up to 14, which a test tries one by one.
    private static byte[] RatioTables(int mine)
    {
        var tables = new byte[3 * SeekerTable.Entries];
        for (var theirs = 0; theirs < SeekerTable.Entries; theirs++)
        {
            var smaller = Math.Min(mine, theirs);
            var (roundUp, reciprocal) = smaller == 0 ? (0, 0)
                : theirs > InterestCodes.MaxCount ? (60, ushort.MaxValue) // cannot tell: more than all points, which the filter caps
                : (smaller, (65536 + 2 * smaller - 1) / (2 * smaller));
            tables[theirs] = (byte)roundUp;
            tables[SeekerTable.Entries + theirs] = (byte)reciprocal;
            tables[2 * SeekerTable.Entries + theirs] = (byte)(reciprocal >> 8);
        }

        return tables;
    }
}
