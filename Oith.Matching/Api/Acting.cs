using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Oith.Matching.Api;

/// <summary>Decides for which user a request may act: with authentication on, for the e-mail of its token only.</summary>
/// <param name="isVerificationRequired">Whether a token without <c>email_verified</c> is refused too.</param>
internal sealed class Acting(bool isAuthenticationOn, bool isVerificationRequired)
{
    public const string EmailClaim = "email";
    public const string VerifiedClaim = "email_verified";

    public bool IsAuthenticationOn => isAuthenticationOn;

    public bool MayActFor(ClaimsPrincipal user, string email) => !isAuthenticationOn || EmailOf(user) == email;

    /// <summary>The e-mail that the token proves; null when it names none, several, or one that the issuer has not verified.</summary>
    public string? EmailOf(ClaimsPrincipal user) =>
        IsVerified([.. user.FindAll(VerifiedClaim)])
        && user.FindAll(EmailClaim).ToArray() is [{ ValueType: ClaimValueTypes.String } claim]
        && EmailAddress.TryNormalize(claim.Value, out var email) ? email : null;

    /// <returns>400 for bad fields, 403 for the e-mail of another user, null when neither.</returns>
    public ProblemHttpResult? Refuse(ClaimsPrincipal user, string email, FieldErrors errors) =>
        errors.Any ? Problems.Invalid(errors)
        : MayActFor(user, email) ? null
        : Problems.Forbidden("The token belongs to another e-mail.");

    // Some issuers write the boolean as a string; one that never writes it is trusted to have verified what it signs, unless configured otherwise.
    private bool IsVerified(Claim[] claims) => claims switch
    {
        [] => !isVerificationRequired,
        [var claim] => string.Equals(claim.Value, bool.TrueString, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
