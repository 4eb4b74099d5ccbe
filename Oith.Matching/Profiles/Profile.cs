using Oith.Matching.Geo;

namespace Oith.Matching.Profiles;

/// <summary>What the service knows of a person. Absent facts are null; what an absence means is said by the rule that reads it.</summary>
public sealed record Profile
{
    /// <summary>The key, in lower case.</summary>
    public required string Email { get; init; }

    public string? FirstName { get; init; }

    /// <summary>Years, 18…120; absent counts as <see cref="PreferenceRules.DefaultAge"/>.</summary>
    public int? Age { get; init; }

    /// <summary><c>male</c>, <c>female</c> or another word, in lower case; another word fits only those interested in everyone.</summary>
    public string? Gender { get; init; }

    /// <summary>Absent: too far from everyone.</summary>
    public Coordinates? Coordinates { get; init; }

    public IReadOnlyList<string> Interests { get; init; } = [];

    public string? Drinking { get; init; }

    public string? Smoking { get; init; }

    public string? Exercise { get; init; }

    public string? Children { get; init; }

    public string? Religion { get; init; }

    public string? LookingFor { get; init; }

    /// <summary>URLs or keys of photos, the first is the portrait.</summary>
    public IReadOnlyList<string> Photos { get; init; } = [];

    public string? Bio { get; init; }

    public DateTimeOffset LastSeen { get; init; }

    public bool IsVisible { get; init; } = true;

    /// <summary>The person this one is connected with, null when in no active connection.</summary>
    public string? ActiveMatchEmail { get; init; }

    /// <summary>
    /// False when the person neither blocks anybody nor is blocked, so that nobody need look; it does not count who blocked them before
    /// there was a profile, which is found out when a match is presented.
    /// </summary>
    public bool HasBlocks { get; init; }

    public MatchPreferences MatchPreferences { get; init; } = new();

    /// <summary>Counts the writes of this profile from 1; 0 for one that is not stored.</summary>
    public long Version { get; init; }
}
