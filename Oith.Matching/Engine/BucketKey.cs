using System.Numerics;
using Oith.Matching.Compatibility;
using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>
/// What the records of a bucket have in common, 4 bits each from the high end: the group (gender and interestedIn), then as far
/// as the bucket's depth goes lookingFor, age in bands, children, drinking, exercise, smoking and religion: what has few words first,
/// so that a division leaves no crumbs. Keys that have their first levels in common are thus neighbours when sorted.
/// </summary>
internal static class BucketKey
{
    public const int Bits = 4;
    public const int MaxDepth = 7;

    private const int DepthBits = 3;
    private const int GroupShift = Bits * MaxDepth;

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

    public static uint Of(int group, in HotBytes hot) => (uint)group << GroupShift
        | (uint)(hot[Plane.ReligionAndLookingFor] >> 4) << Shift(0)
        | (uint)AgeBand.Of(hot[Plane.Age]) << Shift(1)
        | (uint)(hot[Plane.ExerciseAndChildren] >> 4) << Shift(2)
        | (uint)(hot[Plane.SmokingAndDrinking] >> 4) << Shift(3)
        | (uint)(hot[Plane.ExerciseAndChildren] & 15) << Shift(4)
        | (uint)(hot[Plane.SmokingAndDrinking] & 15) << Shift(5)
        | (uint)(hot[Plane.ReligionAndLookingFor] & 15) << Shift(6);

    /// <summary>The bits of the group and of as many levels as the depth says.</summary>
    public static uint Mask(int depth) => uint.MaxValue << (GroupShift - Bits * depth);

    /// <summary>Sorted as the keys are.</summary>
    public static ulong WithDepth(uint key, int depth) => (ulong)key << DepthBits | (uint)depth;

    public static uint WithoutDepth(ulong keyWithDepth) => (uint)(keyWithDepth >> DepthBits);

    public static int Depth(ulong keyWithDepth) => (int)keyWithDepth & ((1 << DepthBits) - 1);

    public static int Group(uint key) => (int)(key >> GroupShift);

    /// <summary>The code of a level, 0 for lookingFor.</summary>
    public static int Code(uint key, int level) => (int)(key >> Shift(level) & 15);

    /// <summary>As <see cref="Code"/>; 0 below the last level, where all are alike.</summary>
    public static int CodeOrNone(uint key, int level) => level < MaxDepth ? Code(key, level) : 0;

    /// <summary>How much two keys begin alike with: 0 when not even the group, 1 when the group, then one more for each level.</summary>
    public static int Common(uint key, uint other) => BitOperations.LeadingZeroCount(key ^ other) / Bits;

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
        1 => Profiles.InterestedIn.Men,
        2 => Profiles.InterestedIn.Women,
        _ => Profiles.InterestedIn.Everyone,
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

    private static int Shift(int level) => GroupShift - Bits * (level + 1);

    private static bool IsWanted(int wanted, int gender) => wanted == 0 || wanted == gender;

    private static int GenderCode(string? gender) => gender switch
    {
        PreferenceRules.Male => 1,
        PreferenceRules.Female => 2,
        _ => 0,
    };

    private static int Wanted(InterestedIn interestedIn) => interestedIn switch
    {
        Profiles.InterestedIn.Men => 1,
        Profiles.InterestedIn.Women => 2,
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
