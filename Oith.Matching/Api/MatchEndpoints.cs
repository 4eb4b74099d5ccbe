using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Oith.Matching.Engine;
using Oith.Matching.Matches;

namespace Oith.Matching.Api;

/// <param name="UserEmail">Who asks.</param>
internal sealed record UserBody(string? UserEmail);

/// <param name="UserEmail">Who decides.</param>
/// <param name="MatchEmail">About whom.</param>
internal sealed record MatchBody(string? UserEmail, string? MatchEmail);

/// <summary>/api/match: next, accept, pass and status.</summary>
internal static class MatchEndpoints
{
    public static void MapMatches(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/match").WithTags("Match");
        group.MapPost("/next", NextAsync).WithName("NextMatch")
            .WithSummary("The match in the hand, or the best candidate, who then is")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status429TooManyRequests);
        group.MapPost("/accept", AcceptAsync).WithName("AcceptMatch")
            .WithSummary("Accepts the match in the hand; both accepting makes a connection")
            .ProducesProblem(StatusCodes.Status409Conflict);
        group.MapPost("/pass", PassAsync).WithName("PassMatch")
            .WithSummary("Passes the match in the hand, or ends the connection, for good")
            .ProducesProblem(StatusCodes.Status409Conflict);
        group.MapGet("/status", StatusAsync).WithName("MatchStatus")
            .WithSummary("The match in the hand; changes nothing")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Ok<MatchAnswer>, ProblemHttpResult>> NextAsync(
        UserBody body, HttpContext context, ClaimsPrincipal user, Acting acting, MatchRateLimit limit, NextMatch next, CancellationToken cancellationToken)
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

        return await next.AnswerAsync(new NextMatchRequest(email), cancellationToken) is { } answer
            ? TypedResults.Ok(answer)
            : Problems.UnknownUser(email);
    }

    private static async Task<Results<Ok<MatchAnswer>, ProblemHttpResult>> AcceptAsync(
        MatchBody body, ClaimsPrincipal user, Acting acting, MatchDecisions decisions, DecisionAnswer answers, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var (email, match) = Read(body, errors);
        return acting.Refuse(user, email, errors) is { } refusal
            ? refusal
            : answers.Of(await decisions.AcceptAsync(email, match, cancellationToken));
    }

    private static async Task<Results<Ok<MatchAnswer>, ProblemHttpResult>> PassAsync(
        MatchBody body, ClaimsPrincipal user, Acting acting, MatchDecisions decisions, DecisionAnswer answers, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var (email, match) = Read(body, errors);
        return acting.Refuse(user, email, errors) is { } refusal
            ? refusal
            : answers.Of(await decisions.PassAsync(email, match, cancellationToken));
    }

    private static async Task<Results<Ok<MatchAnswer>, ProblemHttpResult>> StatusAsync(
        [FromQuery] string? userEmail, ClaimsPrincipal user, Acting acting, NextMatch next, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var email = errors.Email(userEmail, "userEmail");
        if (acting.Refuse(user, email, errors) is { } refusal)
        {
            return refusal;
        }

        return await next.StatusAsync(email, cancellationToken) is { } answer ? TypedResults.Ok(answer) : Problems.UnknownUser(email);
    }

    private static (string Email, string Match) Read(MatchBody body, FieldErrors errors)
    {
        var email = errors.Email(body.UserEmail, "userEmail");
        var match = errors.Email(body.MatchEmail, "matchEmail");
        if (email.Length > 0 && email == match)
        {
            errors.Add("matchEmail", "must be somebody else");
        }

        return (email, match);
    }
}

/// <summary>Puts decisions into words.</summary>
internal sealed class DecisionAnswer(ICandidateIndex index)
{
    private static readonly MatchPerformance s_noSearch = MatchPerformance.Of("hand", default, TimeSpan.Zero);

    public Results<Ok<MatchAnswer>, ProblemHttpResult> Of(Decision decision) => decision.Outcome switch
    {
        DecisionOutcome.Waiting => Ok(decision, MatchDecisions.Waiting),
        DecisionOutcome.Connected => Ok(decision, MatchDecisions.Connected),
        DecisionOutcome.Passed => Ok(decision, "Passed. You will not be shown this person again."),
        _ => Problems.Conflict("That is not the match in the hand."),
    };

    private Ok<MatchAnswer> Ok(Decision decision, string message) => TypedResults.Ok(new MatchAnswer(
        decision is { Hand: { } hand, Candidate: { } candidate } ? MatchView.Of(hand, candidate) : null,
        message,
        new MatchStats(index.Count, 0, 0),
        s_noSearch));
}
