using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Oith.StressTest.Fuzz;

/// <summary>An OpenID Connect issuer on a free port that signs whatever it is asked to.</summary>
internal sealed class IdentityProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private RSA _rsa = RSA.Create(2048);
    private string _keyId = "key";

    private IdentityProvider(WebApplication app) => _app = app;

    public string Authority => _app.Urls.First();

    /// <summary>The published key, as its JSON on the wire holds it.</summary>
    public RSAParameters PublicKey => _rsa.ExportParameters(includePrivateParameters: false);

    /// <param name="port">0 takes any free port.</param>
    public static async Task<IdentityProvider> StartAsync(CancellationToken cancellationToken, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var provider = new IdentityProvider(app);
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new Dictionary<string, string>
        {
            ["issuer"] = provider.Authority,
            ["jwks_uri"] = $"{provider.Authority}/keys",
        }));
        app.MapGet("/keys", () =>
        {
            var key = provider.PublicKey;
            return Results.Json(new
            {
                keys = new[]
                {
                    new { kty = "RSA", use = "sig", kid = provider._keyId, n = Base64UrlEncoder.Encode(key.Modulus), e = Base64UrlEncoder.Encode(key.Exponent) },
                },
            });
        });
        await app.StartAsync(cancellationToken);
        return provider;
    }

    /// <summary>Publishes a new key in place of the old, under another id, and signs with it from now on.</summary>
    public void ChangeKey()
    {
        _rsa.Dispose();
        _rsa = RSA.Create(2048);
        _keyId += "'";
    }

    /// <param name="email">The claim; null leaves it out.</param>
    /// <param name="signature">Null signs with the published key.</param>
    public string Token(string? email, string audience = "oith", TimeSpan? lifetime = null, RSA? signature = null, string? issuer = null)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Authority,
            Audience = audience,
            IssuedAt = now.AddHours(-2),
            NotBefore = now.AddHours(-2),
            Expires = now + (lifetime ?? TimeSpan.FromMinutes(5)),
            Claims = email is null ? [] : new Dictionary<string, object> { ["email"] = email },
            SigningCredentials = new SigningCredentials(
                new RsaSecurityKey(signature ?? _rsa) { KeyId = _keyId }, SecurityAlgorithms.RsaSha256),
        };
        return new JsonWebTokenHandler().CreateToken(descriptor);
    }

    /// <summary>A token of exactly this header and payload, signed with the published key (RS256).</summary>
    public string Sign(string header, string payload)
    {
        var text = $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(payload)}";
        var signature = _rsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{text}.{Base64UrlEncoder.Encode(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _rsa.Dispose();
    }
}
