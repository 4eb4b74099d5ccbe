namespace Oith.Matching.Engine;

/// <summary>All codes at one moment. A search keeps the one it began with; codes are only ever added.</summary>
internal sealed record Vocabulary
{
    public WordCodes Smoking { get; init; } = WordCodes.Empty;

    public WordCodes Drinking { get; init; } = WordCodes.Empty;

    public WordCodes Exercise { get; init; } = WordCodes.Empty;

    public WordCodes Children { get; init; } = WordCodes.Empty;

    public WordCodes Religion { get; init; } = WordCodes.Empty;

    public WordCodes LookingFor { get; init; } = WordCodes.Empty;

    public AcceptedLists AcceptedSmoking { get; init; } = AcceptedLists.Empty;

    public AcceptedLists AcceptedDrinking { get; init; } = AcceptedLists.Empty;

    public InterestCodes Interests { get; init; } = InterestCodes.Empty;
}
