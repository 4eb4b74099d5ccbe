using System.Text.Json.Serialization;
using Oith.Matching.Candidates;
using Oith.Matching.Profiles;

namespace Oith.Matching.Matches;

/// <summary>The answer to everything under /api/match.</summary>
/// <param name="Match">The match in the hand; null when the hand is empty.</param>
/// <param name="Message">What there is to say about it, for people.</param>
public sealed record MatchAnswer(
    MatchView? Match,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message,
    MatchStats Stats,
    MatchPerformance Performance);

/// <summary>The person in the hand, as the one who holds the match sees them.</summary>
/// <param name="Compatibility">0…100.</param>
/// <param name="Distance">Miles.</param>
/// <param name="State">undecided, accepted (waiting for the other) or connected.</param>
/// <param name="ExpiresAt">When it is passed by itself; null once connected.</param>
public sealed record MatchView(
    string Email,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FirstName,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Age,
    int Compatibility,
    int Distance,
    MatchState State,
    DateTimeOffset PresentedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ExpiresAt,
    IReadOnlyList<string> Interests,
    IReadOnlyList<string> Photos,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Bio,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? LookingFor)
{
    internal static MatchView Of(MatchInHand hand, Profile candidate) => new(
        candidate.Email,
        candidate.FirstName,
        candidate.Age,
        hand.Compatibility,
        hand.Distance,
        hand.State,
        hand.PresentedAt,
        hand.State == MatchState.Connected ? null : hand.ExpiresAt,
        candidate.Interests,
        candidate.Photos,
        candidate.Bio,
        candidate.LookingFor);
}

/// <param name="Pool">People whom the instance that answers holds in memory.</param>
/// <param name="Excluded">People not shown to this one again: history and blocks.</param>
/// <param name="Considered">Candidates held against the stored truth before one was presented.</param>
public sealed record MatchStats(int Pool, int Excluded, int Considered);

/// <param name="Source">hand (the match was there already), deck, direct or sharded.</param>
/// <param name="Scanned">Candidates looked at one by one.</param>
/// <param name="Cells">Geohash cells touched.</param>
/// <param name="DurationMs">Milliseconds spent on the answer.</param>
/// <param name="L1Hits">Cells that were in the memory of the instance.</param>
/// <param name="L2Hits">Cells that were loaded from Redis for this answer.</param>
/// <param name="L2Misses">Cells that had to be read from the table for this answer.</param>
public sealed record MatchPerformance(string Source, int Scanned, int Cells, double DurationMs, int L1Hits, int L2Hits, int L2Misses)
{
    internal static MatchPerformance Of(string source, SearchCost cost, TimeSpan elapsed) => new(
        source, cost.Scanned, cost.Cells, Math.Round(elapsed.TotalMilliseconds, 3), cost.L1Hits, cost.L2Hits, cost.L2Misses);
}
