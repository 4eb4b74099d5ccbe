using Oith.Matching.Candidates;
using Oith.Matching.Storage;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Matches;

/// <summary>One in the hand: returns the user's match in hand until it ends, else presents the best candidate.</summary>
internal sealed class NextMatch(
    SeekerReader seekers, HandReader hands, CandidatePresenter presenter, CandidateSearcher searcher, MatchingMetrics metrics, TimeProvider time)
{
    private const string FromHand = "hand";
    private const int Rounds = 6;

    /// <returns>Null when there is no such user.</returns>
    /// <exception cref="ContentionException">The seeker's match kept changing, or the queued request was completed by another attempt.</exception>
    public async Task<MatchAnswer?> AnswerAsync(NextMatchRequest request, CancellationToken cancellationToken)
    {
        using var activity = MatchingActivities.Source.StartActivity("match next");
        var start = time.GetTimestamp();
        var effort = new PresentationEffort(request);
        var known = request.Seeker;
        for (var round = 0; round < Rounds; round++)
        {
            if (known is null && await hands.FindCachedAsync(request.Email, cancellationToken) is { } cached)
            {
                activity?.SetTag("oith.source", FromHand);
                return Held(effort, start, cached);
            }

            var seeker = known ?? await seekers.ReadAsync(request.Email, cancellationToken);
            known = null;
            if (seeker.Hand is { } hand && await hands.ReadAsync(hand, cancellationToken) is { } held)
            {
                activity?.SetTag("oith.source", FromHand);
                return Held(effort, start, held);
            }

            if (seeker.Profile is not { } profile)
            {
                return null;
            }

            var presentation = await presenter.PresentBestAsync(profile, effort, cancellationToken);
            activity?.SetTag("oith.source", effort.Source);
            switch (presentation?.Outcome)
            {
                case null:
                    return Answer(effort, start, effort.Source, null, "Nobody new fits right now. Try again later or widen your preferences.");
                case PresentationOutcome.RequestAnswered:
                    throw new ContentionException();
                case PresentationOutcome.Presented:
                    return Answer(effort, start, effort.Source, MatchView.Of(presentation.Value.Hand!, presentation.Value.Candidate!), null);
            }
        }

        throw new ContentionException();
    }

    /// <summary>True when the match was presented for this answer, and was not in the hand before.</summary>
    public static bool IsPresented(MatchAnswer answer) => answer is { Match: not null, Performance.Source: not FromHand };

    /// <summary>Returns the match in hand as it is, and changes nothing; Match is null when the hand is empty.</summary>
    /// <returns>Null when there is no such user.</returns>
    public async Task<MatchAnswer?> StatusAsync(string email, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var effort = new PresentationEffort(new NextMatchRequest(email));
        var status = await hands.FindAsync(email, cancellationToken);
        return !status.UserExists ? null
            : status.Match is { } match ? Held(effort, start, match)
            : Answer(effort, start, FromHand, null, status.Message);
    }

    private MatchAnswer Held(PresentationEffort effort, long start, MatchView view) => Answer(effort, start, FromHand, view, MessageFor(view.State));

    private static string? MessageFor(MatchState state) => state switch
    {
        MatchState.Accepted => MatchDecisions.Waiting,
        MatchState.Connected => MatchDecisions.Connected,
        _ => null,
    };

    private MatchAnswer Answer(PresentationEffort effort, long start, string source, MatchView? match, string? message)
    {
        var elapsed = time.GetElapsedTime(start);
        metrics.Matched(source, match is not null, effort.Cost.Scanned, elapsed);
        return new MatchAnswer(
            match,
            message,
            new MatchStats(searcher.Pool, effort.Excluded, effort.Considered),
            MatchPerformance.Of(source, effort.Cost, elapsed));
    }
}
