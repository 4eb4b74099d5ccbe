using System.Text.Json.Serialization;
using Oith.Matching.Profiles;

namespace Oith.Matching.Matches;

/// <summary>The one match that a person holds. <see cref="MatchEmail"/> may be held by others at the same time, and may hold somebody else.</summary>
/// <param name="PresentedAt">Tells one presentation from another of the same person.</param>
/// <param name="ExpiresAt">When an undecided match is passed by itself; for a connected one it has no meaning.</param>
/// <param name="Compatibility">0…100, when it was presented.</param>
/// <param name="Distance">Miles, when it was presented.</param>
/// <param name="Unannounced">True while the notifications of a connection may not have been sent.</param>
internal sealed record MatchInHand(
    string UserEmail,
    string MatchEmail,
    MatchState State,
    DateTimeOffset PresentedAt,
    DateTimeOffset ExpiresAt,
    int Compatibility,
    int Distance,
    bool Unannounced = false)
{
    /// <summary>How long a match waits for a decision, and an accepted one for the other's.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public bool IsExpired(DateTimeOffset now) => State != MatchState.Connected && ExpiresAt <= now;

    /// <summary>True when this is <paramref name="email"/>, accepted or connected.</summary>
    public bool IsAcceptedOf(string email) => MatchEmail == email && State != MatchState.Undecided;
}

/// <summary>What became of a match so far.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<MatchState>))]
public enum MatchState
{
    /// <summary>Presented; the person has not answered.</summary>
    Undecided,

    /// <summary>The person accepted and waits for the other.</summary>
    Accepted,

    /// <summary>Both accepted.</summary>
    Connected,
}
