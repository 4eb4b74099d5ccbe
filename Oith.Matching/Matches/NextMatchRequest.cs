using Oith.Matching.Engine;
using Oith.Matching.Requests;

namespace Oith.Matching.Matches;

/// <summary>A seeker's request for a match in hand.</summary>
/// <param name="Email">The seeker.</param>
/// <param name="Seeker">The seeker as just read; null to read the seeker.</param>
/// <param name="Proposal">Candidates that were found elsewhere; null to use the deck or to search.</param>
/// <param name="Queued">The queued request that a presented match completes; null for a request that was not queued.</param>
internal sealed record NextMatchRequest(string Email, SeekerSnapshot? Seeker = null, Proposal? Proposal = null, MatchRequest? Queued = null);

/// <summary>Candidates that were found outside of the request.</summary>
/// <param name="Candidates">Best first.</param>
/// <param name="Source">Where they were found, as the response and the metrics name it.</param>
internal sealed record Proposal(IReadOnlyList<Candidate> Candidates, string Source);
