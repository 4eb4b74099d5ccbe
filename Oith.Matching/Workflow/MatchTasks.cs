using Oith.Matching.Candidates;
using Oith.Matching.Engine;
using Oith.Matching.Exclusions;
using Oith.Matching.Matches;
using Oith.Matching.Notifications;
using Oith.Matching.Requests;
using Oith.Matching.Storage;

namespace Oith.Matching.Workflow;

/// <summary>The tasks of distributed-matching. Each may be repeated: a request that was answered keeps its answer.</summary>
internal sealed class MatchTasks(
    NextMatch next,
    SeekerReader seekers,
    MatchRequestStore requests,
    MatchRequestReader reader,
    Matchmaking matchmaking,
    ProfileStore profiles,
    ExclusionCache exclusions,
    CandidateSearcher searcher,
    TimeProvider time)
{
    /// <summary>Candidates that a shard hands on: more than one, because the first may be gone when it is presented.</summary>
    private const int ShardTop = 16;

    private const int DefaultDirectThreshold = 50_000;
    private const int MostShards = 40;

    /// <summary>Receives after which the queue moves a message to the dead letters.</summary>
    private const int MostReceives = 3;

    public async Task<Plan> PlanAsync(PlanInput input, CancellationToken cancellationToken)
    {
        if (!RequestReader.TryRead(input.Input, out var read, out var problem))
        {
            return new Plan(false, problem, []);
        }

        var people = await seekers.ReadAllAsync(read.Select(request => request.UserEmail), cancellationToken);
        var planned = new List<PlannedRequest>(read.Count);
        foreach (var request in read)
        {
            var shards = await ShardsAsync(people[request.UserEmail], input.DirectThreshold ?? DefaultDirectThreshold, cancellationToken);
            planned.Add(new PlannedRequest(
                request.RequestId,
                request.UserEmail,
                request.Traceparent,
                request.ReceiveCount,
                shards.Count > 0 ? PlannedRequest.Sharded : PlannedRequest.Direct,
                shards));
        }

        return new Plan(true, "", planned);
    }

    /// <summary>Answers the request as <c>next</c> would.</summary>
    public Task<Outcome> MatchDirectAsync(RequestInput input, CancellationToken cancellationToken) =>
        CompleteAsync(input.RequestId, input.UserEmail, proposed: null, cancellationToken);

    /// <summary>The best candidates of one shard.</summary>
    public async Task<ShardResult> MatchShardAsync(ShardInput input, CancellationToken cancellationToken)
    {
        if (await profiles.FindAsync(input.UserEmail, cancellationToken) is not { } seeker)
        {
            return new ShardResult([], 0, 0);
        }

        var excluded = await exclusions.ReadAsync(seeker, cancellationToken);
        await searcher.ReadyAsync(cancellationToken);
        var cells = searcher.Cells(seeker).Select(cell => cell.Cell).Where(input.Shard.Contains).ToHashSet(StringComparer.Ordinal);
        var found = await searcher.FindTopAsync(seeker, excluded, ShardTop, cancellationToken, cells);
        return new ShardResult(found.Top, found.Cost.Scanned, found.Cost.Cells);
    }

    /// <summary>The best candidates of all shards, in the one order that there is.</summary>
    public static ShardResult Aggregate(AggregateInput input) => new(
        [.. input.Results.SelectMany(result => result.Candidates).Order().Take(ShardTop)],
        input.Results.Sum(result => result.Scanned),
        input.Results.Sum(result => result.Cells));

    /// <summary>Presents the first candidate that still fits and completes the request.</summary>
    public Task<Outcome> RecordAsync(RecordInput input, CancellationToken cancellationToken) =>
        CompleteAsync(input.RequestId, input.UserEmail, input.Candidates, cancellationToken);

    /// <summary>After the last attempt the request is told to have failed; before it, the queue tries again.</summary>
    public async Task<FailureResult> RecordFailureAsync(FailureInput input, CancellationToken cancellationToken)
    {
        var final = input.ReceiveCount >= MostReceives;
        if (final)
        {
            await requests.FailAsync(input.RequestId, "The request could not be answered.", cancellationToken);
        }

        return new FailureResult(final);
    }

    private async Task<List<CellRange>> ShardsAsync(SeekerSnapshot person, int threshold, CancellationToken cancellationToken)
    {
        // A hand that is not empty is the answer, and who is not there needs no search.
        if (person.Profile is not { } seeker || (person.Hand is { } hand && !hand.IsExpired(time.GetUtcNow())))
        {
            return [];
        }

        await searcher.ReadyAsync(cancellationToken);
        var cells = searcher.Cells(seeker);
        var people = cells.Sum(cell => (long)cell.Count);
        return people <= threshold ? [] : ShardPlanner.Cut(cells, (int)Math.Min(MostShards, people / Math.Max(1, threshold) + 1));
    }

    private async Task<Outcome> CompleteAsync(
        Guid requestId, string email, IReadOnlyList<Candidate>? proposed, CancellationToken cancellationToken)
    {
        var (seeker, request) = await seekers.GlanceAsync(email, requestId, cancellationToken);
        request = request?.UserEmail == email ? request : null;
        if (request is { Status: MatchRequestStatus.Completed })
        {
            return OutcomeOf(requestId, email, (await reader.ViewAsync(request, cancellationToken)).Match, "record");
        }

        var answer = await next.AnswerAsync(
            new NextMatchRequest(email, seeker, proposed is null ? null : new Proposal(proposed, PlannedRequest.Sharded), request), cancellationToken);
        var match = answer?.Match is { } view ? new MatchRequestResult(view.Email, view.Compatibility, view.Distance) : null;
        if (request is not null)
        {
            await RecordAsync(request, answer, match, cancellationToken);
        }

        return OutcomeOf(requestId, email, match, answer?.Performance.Source ?? "none");
    }

    /// <exception cref="ContentionException">The match in hand was decided about before it was recorded: the next attempt answers with what is true then.</exception>
    private async Task RecordAsync(MatchRequest request, MatchAnswer? answer, MatchRequestResult? match, CancellationToken cancellationToken)
    {
        if (match is null)
        {
            await requests.CompleteAsync(request.RequestId, request.UserEmail, cancellationToken);
        }
        else if (!NextMatch.IsPresented(answer!) && !await matchmaking.AnswerAsync(request, match, cancellationToken))
        {
            throw new ContentionException();
        }
    }

    private static Outcome OutcomeOf(Guid requestId, string email, MatchRequestResult? match, string source) => new(
        requestId,
        email,
        match is not null,
        match,
        source,
        match is null ? null : new Notification(Notification.IdOf(Notification.Match, requestId.ToString("D")), Notification.Match, email, match.Email));
}
