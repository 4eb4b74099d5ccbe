using System.Security.Claims;
using Amazon.Runtime;
using Microsoft.AspNetCore.Http.HttpResults;
using Oith.Matching.Matches;
using Oith.Matching.Requests;
using Oith.Matching.Storage;

namespace Oith.Matching.Api;

/// <param name="UserEmail">Who asks.</param>
/// <param name="RequestId">Chosen by a client that wants to repeat the request safely; absent: the service chooses.</param>
internal sealed record MatchRequestBody(string? UserEmail, Guid? RequestId);

/// <summary>/api/match/requests: matches that are looked for in the background.</summary>
internal static class MatchRequestEndpoints
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);

    public static void MapMatchRequests(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/match/requests").WithTags("Match requests");
        group.MapPost("", PostAsync).WithName("QueueMatchRequest")
            .WithSummary("Queues a match request; its state is at the answer's Location, to be asked for when Retry-After is over")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
        group.MapGet("/{id}", GetAsync).WithName("GetMatchRequest")
            .WithSummary("What became of a match request: queued, completed or failed")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Accepted<MatchRequest>, ProblemHttpResult>> PostAsync(
        MatchRequestBody body,
        HttpContext context,
        ClaimsPrincipal user,
        Acting acting,
        MatchRateLimit limit,
        MatchRequestStore requests,
        MatchRequestReader reader,
        MatchRequestQueue queue,
        ProfileStore profiles,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var email = errors.Email(body.UserEmail, "userEmail");
        if (acting.Refuse(user, email, errors) is { } refusal)
        {
            return refusal;
        }

        if (await limit.TakeAsync(email, cancellationToken) is { } wait)
        {
            return Problems.TooManyRequests(context, wait);
        }

        var id = body.RequestId ?? Guid.NewGuid();
        // Of the precision that it is stored in.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var request = new MatchRequest(id, email, MatchRequestStatus.Queued, now, Match: null, Message: null);
        var isNew = await requests.CreateAsync(request, cancellationToken);
        if (!isNew)
        {
            if (await requests.FindAsync(id, cancellationToken) is not { } earlier)
            {
                return await profiles.FindAsync(email, cancellationToken) is null
                    ? Problems.UnknownUser(email)
                    : Problems.Unavailable(context, TimeSpan.FromSeconds(1), "The request could not be recorded.");
            }

            if (earlier.UserEmail != email)
            {
                return Problems.Conflict("There is another request of that id.");
            }

            // One that waits is sent once more: if the first attempt came only as far as the record, this completes it, else the queue drops it.
            request = await reader.ViewAsync(earlier, cancellationToken);
        }

        if (request.Status == MatchRequestStatus.Queued)
        {
            try
            {
                await queue.SendAsync(request, cancellationToken);
            }
            catch (Exception exception) when (DynamoDBStore.IsOutage(exception) || exception is AmazonClientException or AmazonServiceException)
            {
                // Its message is not in the queue, so it must not be found waiting; that of an earlier attempt may be. Without the caller's token: the
                // caller may have left.
                if (isNew)
                {
                    await requests.RemoveAsync(id, CancellationToken.None);
                }

                return Problems.Unavailable(context, TimeSpan.FromSeconds(1), "The queue of match requests is not available.");
            }
        }

        RetryLater(context, request, now);
        return TypedResults.Accepted($"/api/match/requests/{id:D}", request);
    }

    private static async Task<Results<Ok<MatchRequest>, ProblemHttpResult>> GetAsync(
        string id,
        HttpContext context,
        ClaimsPrincipal user,
        Acting acting,
        MatchRequestReader requests,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var requestId))
        {
            var errors = new FieldErrors();
            errors.Add("id", "must be a UUID");
            return Problems.Invalid(errors);
        }

        // Somebody else's request is as unknown as none: its id alone must tell nothing.
        if (await requests.FindAsync(requestId, cancellationToken) is not { } request || !acting.MayActFor(user, request.UserEmail))
        {
            return Problems.NotFound("There is no such request, or it is older than two days.");
        }

        RetryLater(context, request, time.GetUtcNow());
        return TypedResults.Ok(request);
    }

    // Asking costs more the more people wait, and makes them wait longer: who has waited for long may as well wait on.
    private static void RetryLater(HttpContext context, MatchRequest request, DateTimeOffset now)
    {
        if (request.Status == MatchRequestStatus.Queued)
        {
            var waited = now - request.CreatedAt;
            Problems.RetryAfter(context.Response, waited < s_longestWait ? waited : s_longestWait);
        }
    }
}
