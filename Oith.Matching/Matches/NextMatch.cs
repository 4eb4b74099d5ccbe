using Oith.Matching.Candidates;
using Oith.Matching.Decks;
using Oith.Matching.Exclusions;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Matches;

/// <summary>
/// One in the hand: answers with the match that a person holds, as long as it lasts, else presents the best candidate. Where the
/// candidates come from (a deck, a search here, shards searched elsewhere) decides about the cost, never about the answer.
/// </summary>
internal sealed class NextMatch(
    MatchStore matches,
    ProfileStore profiles,
    HistoryStore history,
    ExclusionReader exclusions,
    Matchmaking matchmaking,
    MatchDecisions decisions,
    DeckStore decks,
    CandidateSearcher searcher,
    MatchingMetrics metrics,
    TimeProvider time)
{
    private const string FromHand = "hand";
    private const string FromDeck = "deck";
    private const string Direct = "direct";
    private const int Rounds = 6;
    private const int TriesPerList = 12;

    /// <param name="proposed">Candidates found elsewhere, best first; null to look for them here.</param>
    /// <param name="source">Where <paramref name="proposed"/> was found.</param>
    /// <returns>Null when there is no such person.</returns>
    /// <exception cref="ContentionException">The person's match kept changing.</exception>
    public async Task<MatchAnswer?> AnswerAsync(
        string email, IReadOnlyList<Candidate>? proposed, string? source, CancellationToken cancellationToken)
    {
        using var activity = MatchingActivities.Source.StartActivity("match next");
        var search = new Search(email, proposed, source, time.GetTimestamp());
        for (var round = 0; round < Rounds; round++)
        {
            if (await HandAsync(search, cancellationToken) is { } held)
            {
                activity?.SetTag("oith.source", FromHand);
                return held;
            }

            if (await profiles.FindAsync(email, cancellationToken) is not { } seeker)
            {
                return null;
            }

            var presentation = await PresentBestAsync(seeker, search, cancellationToken);
            switch (presentation.Outcome)
            {
                case PresentationOutcome.Presented:
                    activity?.SetTag("oith.source", search.Source);
                    return Answer(search, search.Source, MatchView.Of(presentation.Hand!, presentation.Candidate!), null);
                case PresentationOutcome.CandidateGone:
                    activity?.SetTag("oith.source", search.Source);
                    return Answer(search, search.Source, null, "Nobody new fits right now. Try again later or widen your preferences.");
            }
        }

        throw new ContentionException();
    }

    /// <summary>The match in the hand as it is, changing nothing; Match is null when the hand is empty.</summary>
    /// <returns>Null when there is no such person.</returns>
    public async Task<MatchAnswer?> StatusAsync(string email, CancellationToken cancellationToken)
    {
        var search = new Search(email, null, null, time.GetTimestamp());
        var hand = await matches.GlanceAsync(email, cancellationToken);
        if (hand is null)
        {
            return await profiles.GlanceAsync(email, cancellationToken) is null
                ? null
                : Answer(search, FromHand, null, "No match in the hand.");
        }

        if (hand.IsExpired(time.GetUtcNow()))
        {
            return Answer(search, FromHand, null, "The last match has expired.");
        }

        var candidate = await profiles.GlanceAsync(hand.MatchEmail, cancellationToken);
        return candidate is null
            ? Answer(search, FromHand, null, "The last match is no longer here.")
            : Answer(search, FromHand, MatchView.Of(hand, candidate), MessageFor(hand.State));
    }

    private async Task<MatchAnswer?> HandAsync(Search search, CancellationToken cancellationToken)
    {
        if (await matches.FindAsync(search.Email, cancellationToken) is not { } hand)
        {
            return null;
        }

        if (hand.IsExpired(time.GetUtcNow()))
        {
            await matchmaking.ReleaseAsync(hand, HistoryReason.AutoPassed, cancellationToken);
            return null;
        }

        if (hand.State == MatchState.Accepted)
        {
            return await WaitingAsync(hand, search, cancellationToken);
        }

        var candidate = await profiles.GlanceAsync(hand.MatchEmail, cancellationToken);
        if (hand.State == MatchState.Connected)
        {
            await decisions.AnnounceAsync(hand, cancellationToken);
            return candidate is null ? null : Answer(search, FromHand, MatchView.Of(hand, candidate), MessageFor(hand.State));
        }

        if (candidate is { IsVisible: true, ActiveMatchEmail: null })
        {
            return Answer(search, FromHand, MatchView.Of(hand, candidate), null);
        }

        await matchmaking.ReleaseAsync(hand, reason: null, cancellationToken);
        return null;
    }

    // The seeker accepted: either the other has accepted meanwhile (and a crash came before the connection), or turned away, or time passes.
    private async Task<MatchAnswer?> WaitingAsync(MatchInHand hand, Search search, CancellationToken cancellationToken)
    {
        var reading = profiles.FindAsync(hand.MatchEmail, cancellationToken);
        var turnedAway = history.ContainsAsync(hand.MatchEmail, hand.UserEmail, cancellationToken);
        var others = matches.FindAsync(hand.MatchEmail, cancellationToken);
        await Task.WhenAll(reading, turnedAway, others);
        var candidate = await reading;
        if (await turnedAway)
        {
            await matchmaking.ReleaseAsync(hand, HistoryReason.PassedBy, cancellationToken);
            return null;
        }

        if (await others is { } other && other.IsAcceptedOf(hand.UserEmail))
        {
            await decisions.AcceptAsync(hand.UserEmail, hand.MatchEmail, cancellationToken);
            hand = await matches.FindAsync(hand.UserEmail, cancellationToken) ?? hand;
            return candidate is null ? null : Answer(search, FromHand, MatchView.Of(hand, candidate), MessageFor(hand.State));
        }

        if (candidate is not { IsVisible: true, ActiveMatchEmail: null })
        {
            await matchmaking.ReleaseAsync(hand, reason: null, cancellationToken);
            return null;
        }

        return Answer(search, FromHand, MatchView.Of(hand, candidate), MessageFor(hand.State));
    }

    private async Task<Presentation> PresentBestAsync(Profile seeker, Search search, CancellationToken cancellationToken)
    {
        var excluding = exclusions.ReadAsync(seeker.Email, cancellationToken);
        var deck = search.Proposed is null ? await decks.FindAsync(seeker, cancellationToken) : null;
        var excluded = await excluding;
        search.Excluded = excluded.Count;
        excluded.UnionWith(search.Gone);
        if ((search.Proposed ?? deck) is { } list)
        {
            search.Source = search.ProposedSource ?? FromDeck;
            var presentation = await PresentFirstAsync(seeker, list, excluded, search, cancellationToken);
            if (presentation.Outcome != PresentationOutcome.CandidateGone)
            {
                return presentation;
            }
        }

        search.Source = Direct;
        while (true)
        {
            var found = searcher.FindTop(seeker, excluded, search.Considered < TriesPerList ? 4 : 64, out var cost);
            search.Scanned += cost.Scanned;
            search.Cells += cost.Cells;
            if (found.Length == 0)
            {
                return new Presentation(PresentationOutcome.CandidateGone);
            }

            var presentation = await PresentFirstAsync(seeker, found, excluded, search, cancellationToken);
            if (presentation.Outcome != PresentationOutcome.CandidateGone)
            {
                return presentation;
            }
        }
    }

    private async Task<Presentation> PresentFirstAsync(
        Profile seeker, IReadOnlyList<Candidate> candidates, HashSet<string> excluded, Search search, CancellationToken cancellationToken)
    {
        foreach (var candidate in candidates)
        {
            if (!excluded.Add(candidate.Email))
            {
                continue;
            }

            search.Considered++;
            var presentation = await matchmaking.PresentAsync(seeker, candidate.Email, cancellationToken);
            if (presentation.Outcome != PresentationOutcome.CandidateGone)
            {
                return presentation;
            }

            search.Gone.Add(candidate.Email);
        }

        return new Presentation(PresentationOutcome.CandidateGone);
    }

    private static string? MessageFor(MatchState state) => state switch
    {
        MatchState.Accepted => MatchDecisions.Waiting,
        MatchState.Connected => MatchDecisions.Connected,
        _ => null,
    };

    private MatchAnswer Answer(Search search, string source, MatchView? match, string? message)
    {
        var elapsed = time.GetElapsedTime(search.Start);
        metrics.Matched(source, match is not null, search.Scanned, elapsed);
        return new MatchAnswer(
            match,
            message,
            new MatchStats(searcher.Pool, search.Excluded, search.Considered),
            new MatchPerformance(source, search.Scanned, search.Cells, Math.Round(elapsed.TotalMilliseconds, 3)));
    }

    /// <summary>What one request knows and has spent so far.</summary>
    private sealed class Search(string email, IReadOnlyList<Candidate>? proposed, string? proposedSource, long start)
    {
        public string Email => email;

        public IReadOnlyList<Candidate>? Proposed => proposed;

        public string? ProposedSource => proposedSource;

        public long Start => start;

        public HashSet<string> Gone { get; } = new(StringComparer.Ordinal);

        public string Source { get; set; } = Direct;

        public int Excluded { get; set; }

        public int Considered { get; set; }

        public int Scanned { get; set; }

        public int Cells { get; set; }
    }
}
