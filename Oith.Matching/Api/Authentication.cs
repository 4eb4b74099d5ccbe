using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Tokens;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Api;

/// <summary>
/// JWT bearer tokens, when configuration names their issuer: section <c>Authentication</c> with <c>Authority</c> (the issuer's
/// URL), <c>Audience</c> (default oith), <c>RequireHttpsMetadata</c> (default true) and <c>RequireVerifiedEmail</c> (default false: a token
/// without <c>email_verified</c> is accepted, one that has it and not as true never).
/// </summary>
internal static class Authentication
{
    private const string DefaultAudience = "oith";
    private const string Policy = "own e-mail";
    private const string Scheme = JwtBearerDefaults.AuthenticationScheme;

    // Asymmetric only: with a symmetric one, the issuer's public key would sign.
    private static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static void AddMatchingAuthentication(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection("Authentication");
        var authority = section["Authority"];
        var isOn = !string.IsNullOrWhiteSpace(authority);
        services.AddSingleton(new Acting(isOn, section.GetValue("RequireVerifiedEmail", false)));
        if (!isOn)
        {
            return;
        }

        var requireHttps = section.GetValue("RequireHttpsMetadata", true);
        var issuer = IssuerOf(authority!, requireHttps);
        services.AddSingleton(provider => new IssuerKeys(
            issuer,
            new HttpDocumentRetriever { RequireHttps = requireHttps },
            provider.GetRequiredService<MatchingMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<IssuerKeys>>()));
        services.AddHostedService(provider => provider.GetRequiredService<IssuerKeys>());
        services.AddHealthChecks().AddCheck<IssuerHealth>("issuer");
        services.AddAuthentication(Scheme).AddJwtBearer(options => Configure(options, section["Audience"] ?? DefaultAudience));
        services.AddOptions<JwtBearerOptions>(Scheme).Configure<IssuerKeys>((options, keys) => options.ConfigurationManager = keys);
        services.AddSingleton<BearerEvents>();
        services.AddAuthorizationBuilder().AddPolicy(
            Policy, policy => policy.RequireAuthenticatedUser().AddRequirements(new OwnEmail()));
        services.AddSingleton<Microsoft.AspNetCore.Authorization.IAuthorizationHandler, OwnEmailHandler>();
    }

    /// <summary>Demands a token on every route of the group, when authentication is on.</summary>
    public static RouteGroupBuilder RequireToken(this RouteGroupBuilder group, bool isAuthenticationOn) =>
        isAuthenticationOn ? group.RequireAuthorization(Policy) : group;

    private static Uri IssuerOf(string authority, bool requireHttps) =>
        Uri.TryCreate(authority.Trim(), UriKind.Absolute, out var issuer)
        && (issuer.Scheme == Uri.UriSchemeHttps || issuer.Scheme == Uri.UriSchemeHttp && !requireHttps)
            ? issuer
            : throw new InvalidOperationException(
                $"Authentication:Authority is '{authority}'; it must be the issuer's absolute https URL (http needs Authentication:RequireHttpsMetadata=false).");

    private static void Configure(JwtBearerOptions options, string audience)
    {
        options.EventsType = typeof(BearerEvents);
        options.MapInboundClaims = false;
        options.TokenHandlers.OfType<JsonWebTokenHandler>().Single().MaximumTokenSizeInBytes = TokenForm.Longest;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAudience = audience,
            ValidAlgorithms = s_algorithms,
            ValidateIssuer = true,
            ValidateAudience = true,
            ValidateLifetime = true,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = TimeSpan.FromSeconds(30),
        };
    }
}
