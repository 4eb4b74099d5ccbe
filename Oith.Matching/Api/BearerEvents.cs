using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.IdentityModel.Tokens;

namespace Oith.Matching.Api;

/// <summary>Refuses tokens of a bad form before they are validated, and answers 503 instead of 401 while the issuer's keys are not known.</summary>
internal sealed class BearerEvents(IssuerKeys keys) : JwtBearerEvents
{
    private const string Prefix = "Bearer ";

    public override async Task MessageReceived(MessageReceivedContext context)
    {
        var headers = context.Request.Headers.Authorization;
        if (headers.Count == 0)
        {
            return;
        }

        if (headers is not [{ } header])
        {
            context.Fail("There is more than one Authorization header.");
            return;
        }

        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var token = header[Prefix.Length..].Trim(' ');
        if (TokenForm.FaultOf(token, out var keyId) is { } fault)
        {
            context.Fail(fault);
        }
        else if (await keys.TryGetAsync(context.HttpContext.RequestAborted) is null)
        {
            context.Fail(new IssuerUnavailableException(keys.Authority));
        }
        else if (keyId is not null)
        {
            await keys.RefreshUnlessKnownAsync(keyId, context.HttpContext.RequestAborted);
        }
    }

    /// <summary>A token by an unknown key: bad, or by a key that the issuer has published since it was last reached.</summary>
    public override Task AuthenticationFailed(AuthenticationFailedContext context)
    {
        if (context.Exception is SecurityTokenSignatureKeyNotFoundException && keys.IsFailing)
        {
            context.Fail(new IssuerUnavailableException(keys.Authority));
        }

        return Task.CompletedTask;
    }

    public override Task Challenge(JwtBearerChallengeContext context)
    {
        if (context.AuthenticateFailure is not IssuerUnavailableException unavailable)
        {
            return Task.CompletedTask;
        }

        context.HandleResponse();
        return Problems.Unavailable(context.HttpContext, IssuerKeys.RetryInterval, unavailable.Message).ExecuteAsync(context.HttpContext);
    }
}

/// <summary>The token names an e-mail that the issuer does not call unverified.</summary>
internal sealed class OwnEmail : IAuthorizationRequirement;

/// <inheritdoc cref="OwnEmail"/>
internal sealed class OwnEmailHandler(Acting acting) : AuthorizationHandler<OwnEmail>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, OwnEmail requirement)
    {
        if (acting.EmailOf(context.User) is not null)
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}

/// <summary>Unhealthy without the issuer's keys; degraded while only those of the last success are known.</summary>
internal sealed class IssuerHealth(IssuerKeys keys) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            !keys.IsFailing ? HealthCheckResult.Healthy()
            : keys.AreKnown ? HealthCheckResult.Degraded($"The issuer of tokens {keys.Authority} cannot be reached; its last known keys are in use.")
            : HealthCheckResult.Unhealthy($"The issuer of tokens {keys.Authority} cannot be reached."));
}
