using Oith.Matching.Candidates;
using Oith.Matching.Decks;
using Oith.Matching.Engine;
using Oith.Matching.Exclusions;
using Oith.Matching.Profiles;
using Oith.Matching.Requests;
using Oith.Matching.Storage;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Matches;

/// <summary>
/// One in the hand: answers with the match that a person holds, as long as it lasts, else presents the best candidate. Where the
/// candidates come from (a deck, a search here, shards searched elsewhere) decides about the cost, never about the answer.
/// </summary>
internal sealed class NextMatch(
    DynamoDBStore store,
    SeekerReader seekers,
    MatchStore matches,
    ProfileStore profiles,
    HistoryStore history,
    ExclusionCache exclusions,
    Matchmaking matchmaking,
    MatchDecisions decisions,
    DeckStore decks,
    HandCache cache,
    CandidateSearcher searcher,
    MatchingMetrics metrics,
    TimeProvider time)
{
    private const string FromHand = "hand";
    private const string FromDeck = "deck";
    private const string Direct = "direct";
    private const int Rounds = 6;

    // The first candidate is nearly always the one; when several were not, many more are fetched at once.
    private const int FewTries = 12;
    private const int FewCandidates = 4;
    private const int ManyCandidates = 64;

    /// <param name="proposed">Candidates found elsewhere, best first; null to look for them here.</param>
    /// <param name="source">Where <paramref name="proposed"/> was found.</param>
    /// <param name="known">The person as just read; null to read here.</param>
    /// <param name="request">What a match that is presented now answers; null when nobody waits.</param>
    /// <returns>Null when there is no such person.</returns>
    /// <exception cref="ContentionException">The person's match kept changing, or somebody else answered the request.</exception>
    public async Task<MatchAnswer?> AnswerAsync(
        string email, IReadOnlyList<Candidate>? proposed, string? source, SeekerSnapshot? known, MatchRequest? request, CancellationToken cancellationToken)
    {
        using var activity = MatchingActivities.Source.StartActivity("match next");
        var search = new Search(proposed, source, request, time.GetTimestamp());
        for (var round = 0; round < Rounds; round++)
        {
            if (known is null && await KnownHandAsync(email, cancellationToken) is { } cached)
            {
                activity?.SetTag("oith.source", FromHand);
                return Held(search, cached);
            }

            var seeker = known ?? await seekers.ReadAsync(email, cancellationToken);
            known = null;
            if (seeker.Hand is { } hand && await HandAsync(hand, search, cancellationToken) is { } held)
            {
                activity?.SetTag("oith.source", FromHand);
                return held;
            }

            if (seeker.Profile is not { } profile)
            {
                return null;
            }

            var presentation = await PresentBestAsync(profile, search, cancellationToken);
            activity?.SetTag("oith.source", search.Source);
            switch (presentation?.Outcome)
            {
                case null:
                    return Answer(search, search.Source, null, "Nobody new fits right now. Try again later or widen your preferences.");
                case PresentationOutcome.RequestAnswered:
                    throw new ContentionException();
                case PresentationOutcome.Presented:
                    return Answer(search, search.Source, MatchView.Of(presentation.Value.Hand!, presentation.Value.Candidate!), null);
            }
        }

        throw new ContentionException();
    }

    /// <summary>True when the match was presented for this answer, and was not in the hand before.</summary>
    public static bool IsPresented(MatchAnswer answer) => answer is { Match: not null, Performance.Source: not FromHand };

    /// <summary>The match in the hand as it is, changing nothing; Match is null when the hand is empty.</summary>
    /// <returns>Null when there is no such person.</returns>
    public async Task<MatchAnswer?> StatusAsync(string email, CancellationToken cancellationToken)
    {
        var search = new Search(null, null, null, time.GetTimestamp());
        var hand = await matches.FindAsync(email, cancellationToken);
        if (hand is null)
        {
            return await profiles.FindAsync(email, cancellationToken) is null
                ? null
                : Answer(search, FromHand, null, "No match in the hand.");
        }

        if (hand.IsExpired(time.GetUtcNow()))
        {
            return Answer(search, FromHand, null, "The last match has expired.");
        }

        if (cache.Find(hand) is { } known)
        {
            return Held(search, known);
        }

        var match = cache.Stamp(hand.MatchEmail);
        if (await profiles.FindAsync(hand.MatchEmail, cancellationToken) is not { } candidate)
        {
            return Answer(search, FromHand, null, "The last match is no longer here.");
        }

        var view = MatchView.Of(hand, candidate);
        if (IsLasting(hand, candidate))
        {
            cache.Keep(hand, view, match);
        }

        return Held(search, view);
    }

    // The hand alone is read where the rest is known, which is what most users who look again at their match need.
    private async ValueTask<MatchView?> KnownHandAsync(string email, CancellationToken cancellationToken) =>
        cache.Knows(email) && await matches.FindAsync(email, cancellationToken) is { } hand && !hand.IsExpired(time.GetUtcNow())
            ? cache.Find(hand)
            : null;

    /// <returns>Null when the match is over, and the hand empty now.</returns>
    private async Task<MatchAnswer?> HandAsync(MatchInHand hand, Search search, CancellationToken cancellationToken)
    {
        if (hand.IsExpired(time.GetUtcNow()))
        {
            await matchmaking.ReleaseAsync(hand, HistoryReason.AutoPassed, cancellationToken);
            return null;
        }

        if (cache.Find(hand) is { } known)
        {
            return Held(search, known);
        }

        var match = cache.Stamp(hand.MatchEmail);
        if (hand.State == MatchState.Accepted)
        {
            return await WaitingAsync(hand, search, match, cancellationToken);
        }

        var candidate = await profiles.FindAsync(hand.MatchEmail, cancellationToken);
        if (hand.State == MatchState.Connected)
        {
            await decisions.AnnounceAsync(hand, cancellationToken);
            return candidate is null ? null : Held(search, MatchView.Of(hand, candidate));
        }

        if (candidate is null || !IsLasting(hand, candidate))
        {
            await matchmaking.ReleaseAsync(hand, reason: null, cancellationToken);
            return null;
        }

        var view = MatchView.Of(hand, candidate);
        cache.Keep(hand, view, match);
        return Held(search, view);
    }

    // The seeker accepted: either the other has accepted meanwhile (and a crash came before the connection), or turned away, or time passes.
    private async Task<MatchAnswer?> WaitingAsync(
        MatchInHand hand, Search search, HandStamp match, CancellationToken cancellationToken)
    {
        var items = await store.FindTogetherAsync(
            [profiles.KeyOf(hand.MatchEmail), history.KeyOf(hand.MatchEmail, hand.UserEmail), matches.KeyOf(hand.MatchEmail)], cancellationToken);
        var candidate = ProfileStore.Read(items[0]);
        if (items[1] is not null)
        {
            await matchmaking.ReleaseAsync(hand, HistoryReason.PassedBy, cancellationToken);
            return null;
        }

        if (MatchStore.Read(items[2]) is { } other && other.IsAcceptedOf(hand.UserEmail))
        {
            await decisions.AcceptAsync(hand.UserEmail, hand.MatchEmail, cancellationToken);
            return candidate is not null && await matches.FindAsync(hand.UserEmail, cancellationToken) is { } now && now.MatchEmail == hand.MatchEmail
                ? Held(search, MatchView.Of(now, candidate))
                : null;
        }

        if (candidate is not { IsVisible: true, ActiveMatchEmail: null })
        {
            await matchmaking.ReleaseAsync(hand, reason: null, cancellationToken);
            return null;
        }

        var view = MatchView.Of(hand, candidate);
        cache.Keep(hand, view, match);
        return Held(search, view);
    }

    // What a change of either of the two must precede before it ends; an accepted match may end by a change that only WaitingAsync looks for.
    private static bool IsLasting(MatchInHand hand, Profile candidate) => hand.State switch
    {
        MatchState.Undecided => candidate is { IsVisible: true, ActiveMatchEmail: null },
        MatchState.Connected => !hand.Unannounced,
        _ => false,
    };

    private MatchAnswer Held(Search search, MatchView view) => Answer(search, FromHand, view, MessageFor(view.State));

    /// <returns>Null when nobody fits.</returns>
    private async Task<Presentation?> PresentBestAsync(Profile seeker, Search search, CancellationToken cancellationToken)
    {
        var excluding = exclusions.ReadAsync(seeker, cancellationToken);
        var deck = search.Proposed is null ? await decks.FindAsync(seeker, cancellationToken) : null;
        var excluded = await excluding;
        search.Excluded = excluded.Count;
        excluded.UnionWith(search.Gone);
        if ((search.Proposed ?? deck) is { } list)
        {
            search.Source = search.ProposedSource ?? FromDeck;
            if (await PresentFirstAsync(seeker, list, excluded, search, cancellationToken) is { } presentation)
            {
                return presentation;
            }
        }

        search.Source = Direct;
        while (true)
        {
            var found = await searcher.FindTopAsync(
                seeker, excluded, search.Considered < FewTries ? FewCandidates : ManyCandidates, cancellationToken);
            search.Cost += found.Cost;
            if (found.Top.Length == 0)
            {
                return null;
            }

            if (await PresentFirstAsync(seeker, found.Top, excluded, search, cancellationToken) is { } presentation)
            {
                return presentation;
            }
        }
    }

    /// <returns>Null when all of them are gone.</returns>
    private async Task<Presentation?> PresentFirstAsync(
        Profile seeker, IReadOnlyList<Candidate> candidates, HashSet<string> excluded, Search search, CancellationToken cancellationToken)
    {
        foreach (var candidate in candidates)
        {
            if (!excluded.Add(candidate.Email))
            {
                continue;
            }

            search.Considered++;
            var match = cache.Stamp(candidate.Email);
            var presentation = await matchmaking.PresentAsync(seeker, candidate.Email, search.Request, cancellationToken);
            if (presentation.Outcome == PresentationOutcome.Presented)
            {
                cache.Keep(presentation.Hand!, MatchView.Of(presentation.Hand!, presentation.Candidate!), match);
            }

            if (presentation.Outcome is not (PresentationOutcome.CandidateChanged or PresentationOutcome.Excluded))
            {
                return presentation;
            }

            search.Gone.Add(candidate.Email);
        }

        return null;
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
        metrics.Matched(source, match is not null, search.Cost.Scanned, elapsed);
        return new MatchAnswer(
            match,
            message,
            new MatchStats(searcher.Pool, search.Excluded, search.Considered),
            MatchPerformance.Of(source, search.Cost, elapsed));
    }

    /// <summary>What one request knows and has spent so far.</summary>
    private sealed class Search(
        IReadOnlyList<Candidate>? proposed, string? proposedSource, MatchRequest? request, long start)
    {
        public IReadOnlyList<Candidate>? Proposed => proposed;

        public string? ProposedSource => proposedSource;

        public MatchRequest? Request => request;

        public long Start => start;

        public HashSet<string> Gone { get; } = new(StringComparer.Ordinal);

        public string Source { get; set; } = Direct;

        public int Excluded { get; set; }

        public int Considered { get; set; }

        public SearchCost Cost { get; set; }
    }
}
