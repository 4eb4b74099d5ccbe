using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Oith.Matching.Blocks;
using Oith.Matching.Exclusions;
using Oith.Matching.Matches;

namespace Oith.Matching.Api;

/// <param name="BlockerEmail">Who blocks.</param>
/// <param name="BlockedEmail">Whom.</param>
internal sealed record BlockBody(string? BlockerEmail, string? BlockedEmail);

/// <summary>/api/blocks: two people who are never shown to each other.</summary>
internal static class BlockEndpoints
{
    public static void MapBlocks(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/blocks").WithTags("Blocks");
        group.MapPost("", PostAsync).WithName("Block")
            .WithSummary("Blocks somebody and ends whatever the two have with each other")
            .ProducesProblem(StatusCodes.Status404NotFound);
        group.MapDelete("", DeleteAsync).WithName("Unblock").WithSummary("Takes a block back");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PostAsync(
        BlockBody body, ClaimsPrincipal user, Acting acting, Matchmaking matchmaking, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var (blocker, blocked) = Read(body, errors);
        if (acting.Refuse(user, blocker, errors) is { } refusal)
        {
            return refusal;
        }

        return await matchmaking.BlockAsync(blocker, blocked, cancellationToken) ? TypedResults.NoContent() : Problems.UnknownUser(blocker);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        [FromBody] BlockBody body, ClaimsPrincipal user, Acting acting, BlockStore blocks, ExclusionCache exclusions, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var (blocker, blocked) = Read(body, errors);
        if (acting.Refuse(user, blocker, errors) is { } refusal)
        {
            return refusal;
        }

        await blocks.RemoveAsync(blocker, blocked, cancellationToken);
        exclusions.Forget(blocker, blocked);
        return TypedResults.NoContent();
    }

    private static (string Blocker, string Blocked) Read(BlockBody body, FieldErrors errors)
    {
        var blocker = errors.Email(body.BlockerEmail, "blockerEmail");
        var blocked = errors.Email(body.BlockedEmail, "blockedEmail");
        if (blocker.Length > 0 && blocker == blocked)
        {
            errors.Add("blockedEmail", "must be somebody else");
        }

        return (blocker, blocked);
    }
}
