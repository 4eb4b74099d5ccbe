using System.Security.Claims;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Oith.Matching.Changes;
using Oith.Matching.Decks;
using Oith.Matching.Erasure;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;

namespace Oith.Matching.Api;

/// <summary>A profile as it is answered, to the person it belongs to.</summary>
/// <param name="Geohash">Prefix of four characters; follows from the coordinates.</param>
/// <param name="ActiveMatchEmail">The person this one is connected with.</param>
public sealed record ProfileView(
    string Email,
    string? FirstName,
    int? Age,
    string? Gender,
    PlaceView? Coordinates,
    string? Geohash,
    IReadOnlyList<string> Interests,
    string? Drinking,
    string? Smoking,
    string? Exercise,
    string? Children,
    string? Religion,
    string? LookingFor,
    IReadOnlyList<string> Photos,
    string? Bio,
    DateTimeOffset LastSeen,
    bool IsVisible,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ActiveMatchEmail,
    MatchPreferences MatchPreferences)
{
    internal static ProfileView Of(Profile profile) => new(
        profile.Email,
        profile.FirstName,
        profile.Age,
        profile.Gender,
        profile.Coordinates is { } point ? new PlaceView(point.Lat, point.Lng) : null,
        profile.Coordinates is { } place ? Geo.Geohash.Encode(place) : null,
        profile.Interests,
        profile.Drinking,
        profile.Smoking,
        profile.Exercise,
        profile.Children,
        profile.Religion,
        profile.LookingFor,
        profile.Photos,
        profile.Bio,
        profile.LastSeen,
        profile.IsVisible,
        profile.ActiveMatchEmail,
        profile.MatchPreferences);
}

/// <param name="Lat">Degrees.</param>
/// <param name="Lng">Degrees.</param>
public sealed record PlaceView(double Lat, double Lng);

/// <summary>/api/profiles/{email}.</summary>
internal static class ProfileEndpoints
{
    public static void MapProfiles(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/profiles").WithTags("Profiles");
        group.MapGet("/{email}", GetAsync).WithName("GetProfile").WithSummary("A person's own profile")
            .ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPut("/{email}", PutAsync).WithName("PutProfile").WithSummary("Creates or replaces a profile")
            .ProducesProblem(StatusCodes.Status409Conflict);
        group.MapDelete("/{email}", DeleteAsync).WithName("DeleteProfile").WithSummary("Erases every trace of a person");
    }

    private static async Task<Results<Ok<ProfileView>, ProblemHttpResult>> GetAsync(
        string email, ClaimsPrincipal user, Acting acting, ProfileStore profiles, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var own = errors.Email(email, "email");
        if (acting.Refuse(user, own, errors) is { } refusal)
        {
            return refusal;
        }

        return await profiles.FindAsync(own, cancellationToken) is { } profile
            ? TypedResults.Ok(ProfileView.Of(profile))
            : Problems.UnknownUser(own);
    }

    private static async Task<Results<Ok<ProfileView>, Created<ProfileView>, ProblemHttpResult>> PutAsync(
        string email,
        ProfileBody body,
        ClaimsPrincipal user,
        Acting acting,
        ProfileStore profiles,
        DeckStore decks,
        ChangeFeed changes,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var own = errors.Email(email, "email");
        var profile = ProfileReader.Read(body, own, time.GetUtcNow(), errors);
        if (acting.Refuse(user, own, errors) is { } refusal)
        {
            return refusal;
        }

        if (await profiles.PutAsync(profile, cancellationToken) is not { } stored)
        {
            return Problems.Conflict("The former profile of that e-mail is being erased.");
        }

        changes.Announce(stored);
        await decks.RemoveAsync(own, cancellationToken);
        var view = ProfileView.Of(stored);
        return stored.Version == 1 ? TypedResults.Created($"/api/profiles/{Uri.EscapeDataString(own)}", view) : TypedResults.Ok(view);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        string email, ClaimsPrincipal user, Acting acting, ProfileEraser eraser, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        var own = errors.Email(email, "email");
        if (acting.Refuse(user, own, errors) is { } refusal)
        {
            return refusal;
        }

        await eraser.EraseAsync(own, cancellationToken);
        return TypedResults.NoContent();
    }
}
