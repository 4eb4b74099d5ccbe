using System.Text.Json.Serialization;

namespace Oith.Matching.Profiles;

/// <summary>What a person accepts in a candidate. All of it is hard: a candidate fits all or does not fit.</summary>
public sealed record MatchPreferences
{
    public InterestedIn InterestedIn { get; init; } = InterestedIn.Everyone;

    /// <summary>Years; absent counts as <see cref="PreferenceRules.DefaultAgeMin"/>.</summary>
    public int? AgeMin { get; init; }

    /// <summary>Years; absent counts as <see cref="PreferenceRules.DefaultAgeMax"/>.</summary>
    public int? AgeMax { get; init; }

    /// <summary>Miles; absent counts as <see cref="PreferenceRules.DefaultMaxDistance"/>.</summary>
    public int? MaxDistance { get; init; }

    /// <summary>Accepted smoking habits; empty accepts any. Compared without regard to case.</summary>
    public IReadOnlyList<string> Smoking { get; init; } = [];

    /// <summary>Accepted drinking habits; empty accepts any. Compared without regard to case.</summary>
    public IReadOnlyList<string> Drinking { get; init; } = [];

    /// <summary>Absent, empty or <c>any</c> accepts every candidate; else the candidate's must be equal.</summary>
    public string? Religion { get; init; }

    /// <summary>Absent, empty or <c>any</c> accepts every candidate; else the candidate's must be equal.</summary>
    public string? Children { get; init; }
}

/// <summary>Whom a person wants to meet.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<InterestedIn>))]
public enum InterestedIn
{
    Everyone,
    Men,
    Women,
}
