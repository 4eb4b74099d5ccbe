using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Options;
using Oith.LocalCloud.Redis;
using Oith.Matching;
using Oith.Matching.Candidates;
using Oith.Matching.Decks;
using Oith.Matching.Engine;
using Oith.Matching.Telemetry;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Http;

/// <summary>Each test breaks something, so each has a LocalCloud of its own.</summary>
public sealed class ResilienceTests : IAsyncLifetime
{
    private const string Ann = "ann@example.com";

    private readonly LocalCloudFixture _cloud = new();
    private bool _isGone;

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _isGone ? default : _cloud.DisposeAsync();

    [Fact]
    public async Task Next_Goes_On_When_Redis_Is_Away()
    {
        var redis = _cloud.Services.GetRequiredService<RedisServer>();
        await using var host = await MatchingHost.StartAsync(_cloud, NextMatchTests.Couple());
        Assert.Equal("Healthy", await HealthAsync(host));

        await redis.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal("bob@example.com", (await host.NextAsync(Ann))["match"]!["email"]!.GetValue<string>());
        await Eventually.TrueAsync(async () => await HealthAsync(host) == "Degraded");
        var stored = await host.SendAsync(HttpMethod.Put, "/api/profiles/dan@example.com", new { gender = "man", coordinates = new { lat = 40.7, lng = -74 } });
        Assert.Equal(HttpStatusCode.Created, stored.Response.StatusCode);

        await redis.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await HealthAsync(host) == "Healthy");
        await host.PassAsync(Ann, "bob@example.com");
        Assert.Equal("dan@example.com", (await host.NextAsync(Ann))["match"]!["email"]!.GetValue<string>());
    }

    [Fact]
    public async Task Cells_Come_From_The_Table_When_Redis_Is_Away_And_Are_Shared_When_It_Is_Back()
    {
        var redis = _cloud.Services.GetRequiredService<RedisServer>();
        await redis.StopAsync(TestContext.Current.CancellationToken);
        await using var host = await MatchingHost.StartAsync(_cloud, NextMatchTests.Couple());
        var meters = host.Application.Services.GetRequiredService<IMeterFactory>();
        using var lookups = new MetricCollector<long>(meters, MatchingMetrics.MeterName, "oith.engine.l2.lookups");

        var answer = await host.NextAsync(Ann);

        Assert.Equal("bob@example.com", answer["match"]!["email"]!.GetValue<string>());
        Assert.Equal(1, answer["performance"]!["l2Misses"]!.GetValue<int>());
        Assert.Equal("unreachable", Assert.Single(lookups.GetMeasurementSnapshot()).Tags["oith.result"]);
        Assert.Equal("Degraded", await HealthAsync(host));

        await redis.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await HealthAsync(host) == "Healthy");
        await Eventually.TrueAsync(async () =>
        {
            var store = host.Application.Services.GetRequiredService<CellStore>();
            var cell = host.Application.Services.GetRequiredService<PackedCandidateIndex>().HeldCells.Single().Id;
            return (await store.ReadAsync(cell, TestContext.Current.CancellationToken)).State == StoredCellState.Valid;
        });
        await host.StartServiceAsync();
        var other = await host.NextAsync("bob@example.com");
        Assert.Equal(Ann, other["match"]!["email"]!.GetValue<string>());
        Assert.Equal(1, other["performance"]!["l2Hits"]!.GetValue<int>());
    }

    [Fact]
    public async Task Decks_Are_Written_When_Redis_Comes_Back_Meanwhile()
    {
        var redis = _cloud.Services.GetRequiredService<RedisServer>();
        await using var host = await MatchingHost.StartAsync(_cloud, NextMatchTests.Couple());
        var decks = host.Application.Services.GetRequiredService<DeckStore>();
        await redis.StopAsync(TestContext.Current.CancellationToken);

        var written = decks.PutAsync(NextMatchTests.Couple()[0], [], TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await HealthAsync(host) == "Degraded");
        await redis.StartAsync(TestContext.Current.CancellationToken);

        Assert.True(await written);
    }

    [Fact]
    public async Task Instance_Learns_What_It_Missed_When_Redis_Is_Back()
    {
        var redis = _cloud.Services.GetRequiredService<RedisServer>();
        await using var host = await MatchingHost.StartAsync(_cloud, [NextMatchTests.Couple()[0]]);

        await redis.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await HealthAsync(host) == "Degraded");
        await host.PutAsync([NextMatchTests.Couple()[1]]);
        await redis.StartAsync(TestContext.Current.CancellationToken);

        await Eventually.TrueAsync(async () => (await host.NextAsync(Ann))["match"]?["email"]?.GetValue<string>() == "bob@example.com");
    }

    [Fact]
    public async Task Requests_Are_Told_To_Come_Back_When_DynamoDB_Is_Away()
    {
        await using var host = await MatchingHost.StartAsync(_cloud, NextMatchTests.Couple());
        await _cloud.DisposeAsync();
        _isGone = true;

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => host.SendAsync(HttpMethod.Get, $"/api/match/status?userEmail={Ann}")));

        Assert.All(answers, answer =>
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Response.StatusCode);
            Assert.NotNull(answer.Response.Headers.RetryAfter);
            Assert.Equal(503, answer.Body!["status"]!.GetValue<int>());
        });
        Assert.Equal("Unhealthy", await HealthAsync(host));
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/alive", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Next_Is_Refused_When_A_User_Asks_Too_Often()
    {
        await using var host = await MatchingHost.StartAsync(_cloud, NextMatchTests.Couple(), new() { ["MATCHING_RATE_LIMIT"] = "20" });
        for (var i = 0; i < 20; i++)
        {
            await host.NextAsync(Ann);
        }

        var (next, _) = await host.SendAsync(HttpMethod.Post, "/api/match/next", new { userEmail = "ANN@example.com" });
        var (request, _) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann });
        var (other, _) = await host.SendAsync(HttpMethod.Post, "/api/match/next", new { userEmail = "bob@example.com" });

        Assert.Equal(HttpStatusCode.TooManyRequests, next.StatusCode);
        Assert.InRange(next.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(HttpStatusCode.TooManyRequests, request.StatusCode);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task Requests_Are_Turned_Away_When_Too_Many_Are_At_Work()
    {
        await using var host = await MatchingHost.StartAsync(_cloud, NextMatchTests.Couple(), new() { ["MATCHING_CONCURRENCY"] = "1" });

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ =>
            host.SendAsync(HttpMethod.Get, $"/api/match/status?userEmail={Ann}")));

        var shed = answers.Where(answer => answer.Response.StatusCode == HttpStatusCode.ServiceUnavailable).ToArray();
        Assert.NotEmpty(shed);
        Assert.All(shed, answer => Assert.NotNull(answer.Response.Headers.RetryAfter));
        Assert.Contains(answers, answer => answer.Response.StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Calls_To_DynamoDB_Wait_For_Each_Other_When_Their_Bulkhead_Is_Full()
    {
        await using var host = await MatchingHost.StartAsync(_cloud, NextMatchTests.Couple(), new() { ["MATCHING_DYNAMODB_CALLS"] = "1" });

        var few = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => host.SendAsync(HttpMethod.Get, $"/api/match/status?userEmail={Ann}")));
        var many = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => host.SendAsync(HttpMethod.Get, $"/api/match/status?userEmail={Ann}")));

        Assert.All(few, answer => Assert.Equal(HttpStatusCode.OK, answer.Response.StatusCode));
        var rejected = many.Where(answer => answer.Response.StatusCode == HttpStatusCode.ServiceUnavailable).ToArray();
        Assert.NotEmpty(rejected);
        Assert.All(rejected, answer => Assert.NotNull(answer.Response.Headers.RetryAfter));
        Assert.Contains(many, answer => answer.Response.StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Events_Have_Places_Of_Their_Own_When_People_Take_All_Of_Theirs()
    {
        await using var host = await MatchingHost.StartAsync(_cloud, NextMatchTests.Couple(), new() { ["MATCHING_CONCURRENCY"] = "1" });

        var people = Enumerable.Range(0, 60).Select(_ => host.SendAsync(HttpMethod.Get, $"/api/match/status?userEmail={Ann}")).ToArray();
        for (var i = 0; i < 10; i++)
        {
            var (answer, _) = await host.SendAsync(HttpMethod.Post, "/events", new { task = "none" });
            Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
        }

        await Task.WhenAll(people);
    }

    [Fact]
    public async Task Service_Does_Not_Start_When_A_Setting_Is_Missing()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var application = MatchingApplication.Build(["--urls", "http://127.0.0.1:0", "--USERS_TABLE", "users"]);
            await application.StartAsync(TestContext.Current.CancellationToken);
        });

        Assert.Contains("MATCHES_TABLE is not set", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("USERS_TABLE is not set", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/openapi/v1.json", HttpStatusCode.OK)]
    [InlineData("/scalar", HttpStatusCode.OK)]
    [InlineData("/", HttpStatusCode.OK)]
    [InlineData("/nowhere", HttpStatusCode.NotFound)]
    public async Task Service_Shows_Its_Api_When_A_Person_Looks(string path, HttpStatusCode expected)
    {
        await using var host = await MatchingHost.StartAsync(_cloud, []);

        using var response = await host.Http.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(expected, response.StatusCode);
        if (path.EndsWith("json", StringComparison.Ordinal))
        {
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.All(
                ["/api/match/next", "/api/match/requests/{id}", "/api/profiles/{email}", "/api/blocks"],
                route => Assert.Contains(route, text, StringComparison.Ordinal));
            Assert.DoesNotContain("/events", text, StringComparison.Ordinal);
        }
    }

    private static async Task<string> HealthAsync(MatchingHost host)
    {
        using var response = await host.Http.GetAsync("/health", TestContext.Current.CancellationToken);
        // The status; the reasons are below it.
        return (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n')[0];
    }
}
