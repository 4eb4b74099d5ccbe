using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Http;

public sealed class AuthenticationTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";
    private const string Bob = "bob@example.com";

    private static readonly (HttpMethod Method, string Path, object? Body)[] s_routes =
    [
        (HttpMethod.Post, "/api/match/next", new { userEmail = Ann }),
        (HttpMethod.Post, "/api/match/accept", new { userEmail = Ann, matchEmail = Bob }),
        (HttpMethod.Post, "/api/match/pass", new { userEmail = Ann, matchEmail = Bob }),
        (HttpMethod.Get, "/api/match/status?userEmail=ann@example.com", null),
        (HttpMethod.Post, "/api/match/requests", new { userEmail = Ann }),
        (HttpMethod.Get, "/api/profiles/ann@example.com", null),
        (HttpMethod.Put, "/api/profiles/ann@example.com", new { age = 30 }),
        (HttpMethod.Delete, "/api/profiles/ann@example.com", null),
        (HttpMethod.Post, "/api/blocks", new { blockerEmail = Ann, blockedEmail = Bob }),
        (HttpMethod.Delete, "/api/blocks", new { blockerEmail = Ann, blockedEmail = Bob }),
    ];

    [Fact]
    public async Task Every_Route_Refuses_A_Token_When_It_Is_Not_The_Users_Own()
    {
        await using var issuer = await IdentityProvider.StartAsync();
        await using var host = await StartAsync(issuer);
        using var stranger = RSA.Create(2048);
        (string? Token, HttpStatusCode Expected)[] tokens =
        [
            (null, HttpStatusCode.Unauthorized),
            ("nonsense", HttpStatusCode.Unauthorized),
            (issuer.Token(Ann, lifetime: TimeSpan.FromMinutes(-5)), HttpStatusCode.Unauthorized),
            (issuer.Token(Ann, audience: "others"), HttpStatusCode.Unauthorized),
            (issuer.Token(Ann, issuer: "http://elsewhere.example"), HttpStatusCode.Unauthorized),
            (issuer.Token(Ann, signature: stranger), HttpStatusCode.Unauthorized),
            (issuer.Token(email: null), HttpStatusCode.Forbidden),
            (issuer.Token(Bob), HttpStatusCode.Forbidden),
        ];

        foreach (var (method, path, body) in s_routes)
        {
            foreach (var (token, expected) in tokens)
            {
                Assert.Equal((path, expected), (path, await StatusAsync(host, method, path, body, token)));
            }
        }
    }

    [Fact]
    public async Task Every_Route_Answers_When_The_Token_Is_The_Users_Own()
    {
        await using var issuer = await IdentityProvider.StartAsync();
        await using var host = await StartAsync(issuer);

        foreach (var (method, path, body) in s_routes.Where(route => route.Method != HttpMethod.Delete))
        {
            Assert.InRange((int)await StatusAsync(host, method, path, body, issuer.Token("Ann@Example.com")), 200, 204);
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, HttpMethod.Get, "/alive", null, token: null));
    }

    [Fact]
    public async Task Request_Of_Another_User_Is_Unknown_When_Its_Id_Is_Guessed()
    {
        await using var issuer = await IdentityProvider.StartAsync();
        await using var host = await StartAsync(issuer);
        var id = Guid.NewGuid();
        await StatusAsync(host, HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId = id }, issuer.Token(Ann));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, HttpMethod.Get, $"/api/match/requests/{id}", null, issuer.Token(Ann)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(host, HttpMethod.Get, $"/api/match/requests/{id}", null, issuer.Token(Bob)));
    }

    private Task<MatchingHost> StartAsync(IdentityProvider issuer) => MatchingHost.StartAsync(
        cloud,
        NextMatchTests.Couple(),
        new() { ["Authentication:Authority"] = issuer.Authority, ["Authentication:RequireHttpsMetadata"] = "false" });

    private static async Task<HttpStatusCode> StatusAsync(MatchingHost host, HttpMethod method, string path, object? body, string? token)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var response = await host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
