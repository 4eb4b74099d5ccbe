using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Oith.Matching.Http;

/// <summary>Who may act for whom: with authentication on, a token for its own e-mail only.</summary>
internal sealed class Acting(bool isAuthenticationOn)
{
    public const string EmailClaim = "email";

    public bool IsAuthenticationOn => isAuthenticationOn;

    public bool MayActFor(ClaimsPrincipal user, string email) =>
        !isAuthenticationOn || (EmailAddress.TryNormalize(user.FindFirst(EmailClaim)?.Value, out var own) && own == email);

    /// <returns>400 for bad fields, 403 for somebody else's e-mail, null when neither.</returns>
    public ProblemHttpResult? Refuse(ClaimsPrincipal user, string email, FieldErrors errors) =>
        errors.Any ? Problems.Invalid(errors)
        : MayActFor(user, email) ? null
        : Problems.Forbidden("The token belongs to another e-mail.");
}
