using System.Buffers.Binary;
using Oith.Matching.Compatibility;
using Oith.Matching.Preferences;

namespace Oith.Matching.Engine;

/// <summary>
/// What the records of a bucket have in common, 4 bits each from the low end: the group (gender and interestedIn), then as far
/// as the bucket's depth goes lookingFor, age in bands, children, drinking, exercise, smoking and religion: what has few words first,
/// so that a division leaves no crumbs. Bits 32 to 34 say the depth where one is told.
/// </summary>
internal static class BucketKey
{
    public const int Bits = 4;
    public const int MaxDepth = 7;

    private const int DepthShift = Bits * (MaxDepth + 1);

    /// <summary>The tables of a seeker that say what the code of each level is worth.</summary>
    public static ReadOnlySpan<byte> TableOfLevel =>
    [
        SeekerTable.LookingFor, SeekerTable.AgeBand, SeekerTable.Children, SeekerTable.Drinking, SeekerTable.Exercise, SeekerTable.Smoking, SeekerTable.Religion,
    ];

    /// <summary>The most that the code of each level can be worth.</summary>
    public static ReadOnlySpan<byte> MostOfLevel =>
    [
        CompatibilityScore.EqualLookingFor, 0, CompatibilityScore.EqualHabit, CompatibilityScore.EqualHabit, CompatibilityScore.EqualHabit,
        CompatibilityScore.EqualHabit, CompatibilityScore.EqualHabit,
    ];

    public static uint Of(int group, in HotBytes hot) => (uint)group
        | (uint)(hot[Plane.ReligionAndLookingFor] >> 4) << Bits
        | (uint)AgeBand.Of(hot[Plane.Age]) << (2 * Bits)
        | (uint)(hot[Plane.ExerciseAndChildren] >> 4) << (3 * Bits)
        | (uint)(hot[Plane.SmokingAndDrinking] >> 4) << (4 * Bits)
        | (uint)(hot[Plane.ExerciseAndChildren] & 15) << (5 * Bits)
        | (uint)(hot[Plane.SmokingAndDrinking] & 15) << (6 * Bits)
        | (uint)(hot[Plane.ReligionAndLookingFor] & 15) << (7 * Bits);

    public static uint Mask(int depth) => (uint)((1UL << (Bits * (depth + 1))) - 1);

    /// <summary>Puts the keys that have their first nibbles in common beside each other.</summary>
    public static uint Order(uint key)
    {
        var bytes = BinaryPrimitives.ReverseEndianness(key);
        return (bytes & 0x0F0F0F0F) << Bits | bytes >> Bits & 0x0F0F0F0F;
    }

    public static ulong WithDepth(uint key, int depth) => key | (ulong)depth << DepthShift;

    public static int Depth(ulong keyWithDepth) => (int)(keyWithDepth >> DepthShift);

    public static int Group(ulong key) => (int)(key & 15);

    /// <summary>The code of a level, 0 for lookingFor.</summary>
    public static int Code(ulong key, int level) => (int)(key >> (Bits * (level + 1)) & 15);

    public static int Group(string? gender, InterestedIn interestedIn) => GenderCode(gender) * 3 + Wanted(interestedIn);

    /// <summary>A gender of the group, as the rules see it: all but men and women are alike to them.</summary>
    public static string? Gender(int group) => (group / 3) switch
    {
        1 => PreferenceRules.Male,
        2 => PreferenceRules.Female,
        _ => null,
    };

    public static InterestedIn InterestedIn(int group) => (group % 3) switch
    {
        1 => Preferences.InterestedIn.Men,
        2 => Preferences.InterestedIn.Women,
        _ => Preferences.InterestedIn.Everyone,
    };

    /// <summary>The groups that fit a seeker's gender and wish, one bit each.</summary>
    public static int FittingGroups(string? gender, InterestedIn interestedIn)
    {
        var groups = 0;
        for (var group = 0; group < 9; group++)
        {
            if (IsWanted(Wanted(interestedIn), group / 3) && IsWanted(group % 3, GenderCode(gender)))
            {
                groups |= 1 << group;
            }
        }

        return groups;
    }

    private static bool IsWanted(int wanted, int gender) => wanted == 0 || wanted == gender;

    private static int GenderCode(string? gender) => gender switch
    {
        PreferenceRules.Male => 1,
        PreferenceRules.Female => 2,
        _ => 0,
    };

    private static int Wanted(InterestedIn interestedIn) => interestedIn switch
    {
        Preferences.InterestedIn.Men => 1,
        Preferences.InterestedIn.Women => 2,
        _ => 0,
    };
}

/// <summary>Ages in eight bands, narrow where most people are: a bucket of one band has nobody for a seeker who wants others.</summary>
internal static class AgeBand
{
    public const int Count = 8;

    private static ReadOnlySpan<byte> Oldest => [21, 24, 27, 30, 34, 39, 49, byte.MaxValue];

    public static int Of(byte age)
    {
        var band = 0;
        while (age > Oldest[band])
        {
            band++;
        }

        return band;
    }
}
