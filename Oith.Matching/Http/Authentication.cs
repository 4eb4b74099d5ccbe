using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace Oith.Matching.Http;

/// <summary>
/// JWT bearer tokens, when configuration names who issues them: section <c>Authentication</c> with <c>Authority</c> (the issuer's
/// URL), <c>Audience</c> (default oith) and <c>RequireHttpsMetadata</c> (default true).
/// </summary>
internal static class Authentication
{
    private const string DefaultAudience = "oith";

    public static void AddMatchingAuthentication(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection("Authentication");
        var authority = section["Authority"];
        var isOn = !string.IsNullOrWhiteSpace(authority);
        services.AddSingleton(new Acting(isOn));
        if (!isOn)
        {
            return;
        }

        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.Authority = authority;
            options.RequireHttpsMetadata = section.GetValue("RequireHttpsMetadata", true);
            options.MapInboundClaims = false;
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidAudience = section["Audience"] ?? DefaultAudience,
                ValidateIssuer = true,
                ValidateAudience = true,
                ValidateLifetime = true,
                RequireExpirationTime = true,
                RequireSignedTokens = true,
                ClockSkew = TimeSpan.FromSeconds(30),
            };
        });
        services.AddAuthorizationBuilder().AddPolicy(
            Policy, policy => policy.RequireAuthenticatedUser().RequireClaim(Acting.EmailClaim));
    }

    private const string Policy = "own e-mail";

    /// <summary>Demands a token on every route of the group, when authentication is on.</summary>
    public static RouteGroupBuilder RequireToken(this RouteGroupBuilder group, bool isAuthenticationOn) =>
        isAuthenticationOn ? group.RequireAuthorization(Policy) : group;
}
