using Oith.Matching.Preferences;

namespace Oith.Matching.Engine;

/// <summary>
/// What the records of a bucket have in common, 4 bits each from the low end: the group (gender and interestedIn), then as far
/// as the bucket's depth goes lookingFor, children, drinking, exercise, smoking and religion: what has few words first, so that a
/// division leaves no crumbs. Bits 28 to 30 say the depth where one is told.
/// </summary>
internal static class BucketKey
{
    public const int Bits = 4;
    public const int MaxDepth = 6;

    private const int DepthShift = Bits * (MaxDepth + 1);

    /// <summary>The tables of a seeker that say what the code of each level is worth.</summary>
    public static ReadOnlySpan<byte> TableOfLevel =>
    [
        SeekerTable.LookingFor, SeekerTable.Children, SeekerTable.Drinking, SeekerTable.Exercise, SeekerTable.Smoking, SeekerTable.Religion,
    ];

    public static uint Of(int group, in HotBytes hot) => (uint)group
        | (uint)(hot[Plane.ReligionAndLookingFor] >> 4) << Bits
        | (uint)(hot[Plane.ExerciseAndChildren] >> 4) << (2 * Bits)
        | (uint)(hot[Plane.SmokingAndDrinking] >> 4) << (3 * Bits)
        | (uint)(hot[Plane.ExerciseAndChildren] & 15) << (4 * Bits)
        | (uint)(hot[Plane.SmokingAndDrinking] & 15) << (5 * Bits)
        | (uint)(hot[Plane.ReligionAndLookingFor] & 15) << (6 * Bits);

    public static uint Mask(int depth) => (1u << (Bits * (depth + 1))) - 1;

    public static uint WithDepth(uint key, int depth) => key | (uint)depth << DepthShift;

    public static int Depth(uint keyWithDepth) => (int)(keyWithDepth >> DepthShift);

    public static int Group(uint key) => (int)(key & 15);

    /// <summary>The code of a level, 0 for lookingFor.</summary>
    public static int Code(uint key, int level) => (int)(key >> (Bits * (level + 1)) & 15);

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
