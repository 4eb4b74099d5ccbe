using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Oith.StressTest.Fuzz;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Http;

public sealed class AuthenticationTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";
    private const string Bob = "bob@example.com";

    private static readonly Guid s_request = new("5f0c4d9e-51f5-4f5c-a2a5-3bb8b0b4e6f0");

    // How to ask each route for Ann's data; a route that is not here fails the tests, so that a new one cannot be forgotten.
    private static readonly Dictionary<string, (string Path, object? Body)> s_requests = new()
    {
        ["POST /api/match/next"] = ("/api/match/next", new { userEmail = Ann }),
        ["POST /api/match/accept"] = ("/api/match/accept", new { userEmail = Ann, matchEmail = Bob }),
        ["POST /api/match/pass"] = ("/api/match/pass", new { userEmail = Ann, matchEmail = Bob }),
        ["GET /api/match/status"] = ("/api/match/status?userEmail=ann@example.com", null),
        ["POST /api/match/requests"] = ("/api/match/requests", new { userEmail = Ann, requestId = s_request }),
        ["GET /api/match/requests/{id}"] = ($"/api/match/requests/{s_request}", null),
        ["GET /api/profiles/{email}"] = ("/api/profiles/ann@example.com", null),
        ["PUT /api/profiles/{email}"] = ("/api/profiles/ann@example.com", new { age = 30 }),
        ["DELETE /api/profiles/{email}"] = ("/api/profiles/ann@example.com", null),
        ["POST /api/blocks"] = ("/api/blocks", new { blockerEmail = Ann, blockedEmail = Bob }),
        ["DELETE /api/blocks"] = ("/api/blocks", new { blockerEmail = Ann, blockedEmail = Bob }),
    };

    // What anybody may ask: health, the description of the API, and events, which are refused to whoever is not on this machine.
    private static readonly string[] s_open = ["* /health", "* /alive", "GET /", "POST /events", "GET /openapi", "GET /scalar"];

    [Fact]
    public async Task Every_Route_Refuses_A_Token_When_It_Is_Not_The_Users_Own()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
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

        await StatusAsync(host, "POST /api/match/requests", issuer.Token(Ann));
        foreach (var route in Routes(host))
        {
            foreach (var (token, expected) in tokens)
            {
                // Somebody else's request is as unknown as none.
                var right = expected == HttpStatusCode.Forbidden && token == tokens[^1].Token && route == "GET /api/match/requests/{id}"
                    ? HttpStatusCode.NotFound
                    : expected;
                Assert.Equal((route, right), (route, await StatusAsync(host, route, token)));
            }
        }
    }

    [Fact]
    public async Task Every_Route_Is_Known_To_These_Tests()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await StartAsync(issuer);

        Assert.Equal(s_requests.Keys.Order(), Routes(host).Order());
        Assert.All(
            AllRoutes(host).Except(s_requests.Keys),
            route => Assert.Contains(s_open, open => route == open || route.StartsWith($"{open}/", StringComparison.Ordinal) && open.Length > "GET /".Length));
    }

    [Fact]
    public async Task Every_Route_Answers_When_The_Token_Is_The_Users_Own()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await StartAsync(issuer);

        foreach (var route in s_requests.Keys.Where(route => !route.StartsWith("DELETE", StringComparison.Ordinal)))
        {
            Assert.InRange((int)await StatusAsync(host, route, issuer.Token("Ann@Example.com")), 200, 204);
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, HttpMethod.Get, "/alive", null, token: null));
    }

    [Fact]
    public async Task Request_Of_Another_User_Is_Unknown_When_Its_Id_Is_Guessed()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await StartAsync(issuer);
        var id = Guid.NewGuid();
        await StatusAsync(host, HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId = id }, issuer.Token(Ann));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, HttpMethod.Get, $"/api/match/requests/{id}", null, issuer.Token(Ann)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(host, HttpMethod.Get, $"/api/match/requests/{id}", null, issuer.Token(Bob)));
    }

    private static Task<HttpStatusCode> StatusAsync(MatchingHost host, string route, string? token)
    {
        var (path, body) = s_requests[route];
        return StatusAsync(host, new HttpMethod(route.Split(' ')[0]), path, body, token);
    }

    private static IEnumerable<string> Routes(MatchingHost host) => AllRoutes(host).Where(route => route.Contains(" /api/", StringComparison.Ordinal));

    // "POST /api/match/next", from what the service really answers to.
    private static IEnumerable<string> AllRoutes(MatchingHost host) =>
        from endpoint in host.Application.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["*"]
        select $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}";

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
