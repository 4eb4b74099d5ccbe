using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols;
using Oith.Matching.Api;
using Oith.Matching.Telemetry;
using Oith.Stack;
using Oith.StressTest.Fuzz;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Http;

/// <summary>The issuer of tokens cannot be reached: every request with a token was answered as if the token were bad.</summary>
public sealed class IssuerOutageTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";

    [Fact]
    public async Task Requests_With_A_Token_Are_Told_To_Come_Back_Until_The_Issuer_Answers()
    {
        var port = LocalPort.FindFree();
        var authority = $"http://127.0.0.1:{port}";
        await using var host = await MatchingHost.StartAsync(
            cloud, NextMatchTests.Couple(), new() { ["Authentication:Authority"] = authority, ["Authentication:RequireHttpsMetadata"] = "false" });

        var (status, retryAfter) = await AskAsync(host, "e30.e30.AAAA");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.InRange(retryAfter!.Value.TotalSeconds, 1, 60);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(host, token: null)).Status);
        var health = await HealthAsync(host);
        Assert.StartsWith("Unhealthy", health, StringComparison.Ordinal);
        Assert.Contains(authority, health, StringComparison.Ordinal);

        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken, port);
        await Eventually.TrueAsync(async () => (await AskAsync(host, issuer.Token(Ann))).Status == HttpStatusCode.OK);
        await Eventually.TrueAsync(async () => await HealthAsync(host) == "Healthy");
    }

    [Fact]
    public async Task Known_Keys_Stay_In_Use_And_Unknown_Ones_Are_No_Proof_Of_A_Bad_Token_While_The_Issuer_Is_Away()
    {
        var port = LocalPort.FindFree();
        var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken, port);
        await using var host = await MatchingHost.StartAsync(
            cloud, NextMatchTests.Couple(), new() { ["Authentication:Authority"] = issuer.Authority, ["Authentication:RequireHttpsMetadata"] = "false" });
        var (authority, known) = (issuer.Authority, issuer.Token(Ann));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(host, known)).Status);
        await issuer.DisposeAsync();

        // What a token with an unknown key causes, without the seconds that have to pass since the last attempt.
        await host.Application.Services.GetRequiredService<IssuerKeys>().LoadAsync();

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(host, known)).Status);
        Assert.StartsWith("Degraded", await HealthAsync(host), StringComparison.Ordinal);
        await using var other = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        var unknown = other.Sign(
            """{"alg":"RS256","kid":"new"}""",
            $$"""{"iss":"{{authority}}","aud":"oith","exp":{{TimeProvider.System.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds()}},"email":"{{Ann}}"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await AskAsync(host, unknown)).Status);
    }

    [Fact]
    public async Task First_Token_By_A_Key_That_The_Issuer_Has_Just_Changed_To_Is_Accepted()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await MatchingHost.StartAsync(
            cloud, NextMatchTests.Couple(), new() { ["Authentication:Authority"] = issuer.Authority, ["Authentication:RequireHttpsMetadata"] = "false" });
        var old = issuer.Token(Ann);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(host, old)).Status);

        issuer.ChangeKey();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AskAsync(host, issuer.Token(Ann))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(host, old)).Status);
    }

    [Fact]
    public async Task Invented_Key_Ids_Ask_The_Issuer_Once_In_Five_Seconds()
    {
        var documents = new Documents { IsUp = true };
        var time = new FakeTimeProvider();
        using var keys = new IssuerKeys(
            new Uri("https://issuer.example"),
            documents,
            new MatchingMetrics(cloud.Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()),
            time,
            new FakeLogger<IssuerKeys>());
        var cancellationToken = TestContext.Current.CancellationToken;
        await keys.LoadAsync();

        await keys.RefreshUnlessKnownAsync("key", cancellationToken);
        Assert.Equal(1, Loads());
        for (var i = 0; i < 100; i++)
        {
            await keys.RefreshUnlessKnownAsync($"invented-{i}", cancellationToken);
        }

        Assert.Equal(2, Loads());
        time.Advance(TimeSpan.FromSeconds(5));
        await keys.RefreshUnlessKnownAsync("invented", cancellationToken);
        Assert.Equal(3, Loads());

        int Loads() => documents.Asked.Count(address => address.EndsWith("/openid-configuration", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Outage_Is_Logged_Once_And_Each_Attempt_Is_Counted()
    {
        var documents = new Documents();
        var meters = cloud.Services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        using var loads = new MetricCollector<long>(meters, MatchingMetrics.MeterName, "oith.authentication.issuer.loads");
        var logger = new FakeLogger<IssuerKeys>();
        using var keys = new IssuerKeys(new Uri("https://issuer.example/realm/"), documents, new MatchingMetrics(meters), TimeProvider.System, logger);

        await keys.LoadAsync();
        await keys.LoadAsync();
        documents.IsUp = true;
        await keys.LoadAsync();
        await keys.LoadAsync();

        Assert.True(keys.AreKnown);
        Assert.Equal(["failed", "failed", "ok", "ok"], loads.GetMeasurementSnapshot().Select(load => load.Tags["oith.result"]));
        Assert.Equal([LogLevel.Error, LogLevel.Information], logger.Collector.GetSnapshot().Select(record => record.Level));
        Assert.Contains("https://issuer.example/realm/", logger.Collector.GetSnapshot()[0].Message, StringComparison.Ordinal);
        Assert.Equal("https://issuer.example/realm/.well-known/openid-configuration", documents.Asked[0]);
    }

    [Theory]
    [InlineData("issuer.example")]
    [InlineData("http://issuer.example")]
    [InlineData("file:///etc/passwd")]
    public async Task Service_Does_Not_Start_When_The_Authority_Is_No_Https_Address(string authority)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => MatchingHost.StartAsync(cloud, [], new() { ["Authentication:Authority"] = authority }));

        Assert.Contains(authority, error.Message, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter)> AskAsync(MatchingHost host, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/profiles/{Ann}");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var response = await host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, response.Headers.RetryAfter?.Delta);
    }

    private static async Task<string> HealthAsync(MatchingHost host)
    {
        using var response = await host.Http.GetAsync("/health", TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Documents : IDocumentRetriever
    {
        public bool IsUp { get; set; }

        public List<string> Asked { get; } = [];

        public Task<string> GetDocumentAsync(string address, CancellationToken cancel)
        {
            Asked.Add(address);
            return !IsUp ? throw new IOException("No route to host.")
                : Task.FromResult(address.EndsWith("/keys", StringComparison.Ordinal)
                    ? """{"keys":[{"kty":"RSA","use":"sig","kid":"key","n":"sXch","e":"AQAB"}]}"""
                    : """{"issuer":"https://issuer.example/realm","jwks_uri":"https://issuer.example/keys"}""");
        }
    }
}
