namespace Oith.Matching.Engine;

/// <summary>All codes at one moment. A search keeps the one it began with; codes are only ever added.</summary>
internal sealed record Vocabulary
{
    public HabitCodes Smoking { get; init; } = HabitCodes.Empty;

    public HabitCodes Drinking { get; init; } = HabitCodes.Empty;

    public WordCodes Exercise { get; init; } = WordCodes.Empty;

    public WordCodes Children { get; init; } = WordCodes.Empty;

    public WordCodes Religion { get; init; } = WordCodes.Empty;

    public WordCodes LookingFor { get; init; } = WordCodes.Empty;

    public InterestCodes Interests { get; init; } = InterestCodes.Empty;
}
