using Oith.Matching.Profiles;

namespace Oith.Matching.Compatibility;

/// <summary>How well two people go together, once their preferences accept each other.</summary>
public static class CompatibilityScore
{
    public const int Base = 50;
    public const int SharedInterests = 25;
    public const int EqualHabit = 3;
    public const int EqualLookingFor = 10;

    /// <returns>0…100, rounded half up; the same seen from either side.</returns>
    public static int Of(Profile one, Profile other)
    {
        double score = Base;
        var ones = one.Interests.ToHashSet(StringComparer.Ordinal);
        var others = other.Interests.ToHashSet(StringComparer.Ordinal);
        var smaller = Math.Min(ones.Count, others.Count);
        if (smaller > 0)
        {
            // Multiplied before it is divided, so that an exact half stays an exact half.
            score += (double)(SharedInterests * ones.Count(others.Contains)) / smaller;
        }

        score += EqualHabit * (
            Equal(one.Drinking, other.Drinking) + Equal(one.Smoking, other.Smoking) + Equal(one.Exercise, other.Exercise)
            + Equal(one.Children, other.Children) + Equal(one.Religion, other.Religion));
        if ((one.LookingFor ?? "") == (other.LookingFor ?? ""))
        {
            score += EqualLookingFor;
        }

        return (int)Math.Clamp(Math.Floor(score + 0.5), 0, 100);
    }

    // What neither states is not something they have in common.
    private static int Equal(string? one, string? other) => !string.IsNullOrEmpty(one) && one == other ? 1 : 0;
}
