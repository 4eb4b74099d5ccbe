using Oith.Matching.Candidates;
using Oith.Matching.Decks;
using Oith.Matching.Engine;
using Oith.Matching.Exclusions;
using Oith.Matching.Profiles;

namespace Oith.Matching.Matches;

/// <summary>
/// Presents the best candidate to a seeker with an empty hand. Where the candidates come from (a proposal, the deck, a search here) decides
/// about the cost, never about the result.
/// </summary>
internal sealed class CandidatePresenter(
    ExclusionCache exclusions, DeckStore decks, CandidateSearcher searcher, Matchmaking matchmaking, HandCache cache)
{
    private const string FromDeck = "deck";

    // The first candidate is nearly always presented; after several that were not, many more are fetched at once.
    private const int FewTries = 12;
    private const int FewCandidates = 4;
    private const int ManyCandidates = 64;

    /// <summary>Presents the best candidate that the store still allows, from a proposal, the deck or a search.</summary>
    /// <returns>Null when no candidate fits.</returns>
    public async Task<Presentation?> PresentBestAsync(Profile seeker, PresentationEffort effort, CancellationToken cancellationToken)
    {
        var excluding = exclusions.ReadAsync(seeker, cancellationToken);
        var deck = effort.Request.Proposal is null ? await decks.FindAsync(seeker, cancellationToken) : null;
        var excluded = await excluding;
        effort.Excluded = excluded.Count;
        excluded.UnionWith(effort.Gone);
        if ((effort.Request.Proposal?.Candidates ?? deck) is { } list)
        {
            effort.Source = effort.Request.Proposal?.Source ?? FromDeck;
            if (await PresentFirstAsync(seeker, list, excluded, effort, cancellationToken) is { } presentation)
            {
                return presentation;
            }
        }

        effort.Source = PresentationEffort.Direct;
        while (true)
        {
            var found = await searcher.FindTopAsync(
                seeker, excluded, effort.Considered < FewTries ? FewCandidates : ManyCandidates, cancellationToken);
            effort.Cost += found.Cost;
            if (found.Top.Length == 0)
            {
                return null;
            }

            if (await PresentFirstAsync(seeker, found.Top, excluded, effort, cancellationToken) is { } presentation)
            {
                return presentation;
            }
        }
    }

    /// <returns>Null when none of them can be presented.</returns>
    private async Task<Presentation?> PresentFirstAsync(
        Profile seeker, IReadOnlyList<Candidate> candidates, HashSet<string> excluded, PresentationEffort effort, CancellationToken cancellationToken)
    {
        foreach (var candidate in candidates)
        {
            if (!excluded.Add(candidate.Email))
            {
                continue;
            }

            effort.Considered++;
            var match = cache.Stamp(candidate.Email);
            var presentation = await matchmaking.PresentAsync(seeker, candidate.Email, effort.Request.Queued, cancellationToken);
            if (presentation.Outcome == PresentationOutcome.Presented)
            {
                cache.Keep(presentation.Hand!, MatchView.Of(presentation.Hand!, presentation.Candidate!), match);
            }

            if (presentation.Outcome is not (PresentationOutcome.CandidateChanged or PresentationOutcome.Excluded))
            {
                return presentation;
            }

            effort.Gone.Add(candidate.Email);
        }

        return null;
    }
}

/// <summary>What one request has spent so far, over all its rounds.</summary>
internal sealed class PresentationEffort(NextMatchRequest request)
{
    public const string Direct = "direct";

    public NextMatchRequest Request => request;

    /// <summary>Candidates that cannot be presented.</summary>
    public HashSet<string> Gone { get; } = new(StringComparer.Ordinal);

    public string Source { get; set; } = Direct;

    public int Excluded { get; set; }

    public int Considered { get; set; }

    public SearchCost Cost { get; set; }
}
