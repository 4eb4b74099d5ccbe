using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Oith.Matching;
using Oith.Matching.Candidates;
using Oith.Matching.Redis;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;
using StackExchange.Redis;

namespace Oith.Tests.Matching.Redis;

/// <summary>What the service asks of Redis, asked of redis-server itself instead of Garnet.</summary>
public sealed class RealRedisTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";

    [Fact]
    public async Task Decks_Are_Written_And_Read()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple(), SettingsFor(redis));
        var plan = await host.PostAsync("/events", new JsonObject { ["task"] = "planPrecompute" });
        foreach (var shard in plan["shards"]!.AsArray())
        {
            var task = shard!.DeepClone();
            task["task"] = "precomputeShard";
            await host.PostAsync("/events", task);
        }

        var answer = await host.NextAsync(Ann);

        Assert.Equal("deck", answer["performance"]!["source"]!.GetValue<string>());
    }

    [Fact]
    public async Task Changes_Are_Followed_On_When_Redis_Was_Only_Slow_And_Not_When_The_Connection_Was_Lost()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var redis = await RedisServerProcess.StartAsync();
        await using var host = await MatchingHost.StartAsync(cloud, [], SettingsFor(redis));
        var (here, there) = (NewFeed(host), NewFeed(host));
        Assert.True(await here.SeekAsync(cancellation) && await there.SeekAsync(cancellation));
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port},allowAdmin=true");

        var stamp = here.Stamps.Of(Ann);
        there.Announce(Ann);
        await admin.GetDatabase().ExecuteAsync("CLIENT", "PAUSE", "2000");
        Assert.Equal(FeedExchange.Unreachable, await here.ExchangeAsync(cancellation));
        var outcomes = new List<FeedExchange>();
        await Eventually.TrueAsync(async () =>
        {
            outcomes.Add(await there.ExchangeAsync(cancellation));
            outcomes.Add(await here.ExchangeAsync(cancellation));
            return here.Stamps.Of(Ann) > stamp;
        });
        Assert.DoesNotContain(FeedExchange.Lost, outcomes);

        await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "normal");
        await Eventually.TrueAsync(async () => await here.ExchangeAsync(cancellation) == FeedExchange.Lost);
        await Eventually.TrueAsync(() => here.SeekAsync(cancellation));
        await Eventually.TrueAsync(async () => await here.ExchangeAsync(cancellation) == FeedExchange.Done);
    }

    [Fact]
    public async Task A_Changed_Profile_Reaches_Another_Instance()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple(), SettingsFor(redis));
        var first = host.Application.Services.GetRequiredService<ICandidateIndex>();
        await host.NextAsync(Ann);
        await host.StartServiceAsync(SettingsFor(redis));
        var before = first.Count;

        // Goes to the instance that was started last.
        var (response, _) = await host.SendAsync(HttpMethod.Put, "/api/profiles/new@example.com", new
        {
            gender = "man",
            coordinates = new { lat = 40.7, lng = -74 },
            age = 30,
        });

        Assert.True(response.IsSuccessStatusCode);
        await Eventually.TrueAsync(() => Task.FromResult(first.Count == before + 1));
    }

    [Fact]
    public async Task Match_Requests_Are_Limited()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        var settings = SettingsFor(redis);
        settings["MATCHING_RATE_LIMIT"] = "2";
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple(), settings);
        await host.NextAsync(Ann);
        await host.NextAsync(Ann);

        var (response, _) = await host.SendAsync(HttpMethod.Post, "/api/match/next", new { userEmail = Ann });

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    private static ChangeFeed NewFeed(MatchingHost host) => new(
        host.Application.Services.GetRequiredService<RedisStore>(),
        host.Application.Services.GetRequiredService<IOptions<MatchingOptions>>(),
        TimeProvider.System);

    private static Dictionary<string, string?> SettingsFor(RedisServerProcess redis) => new()
    {
        ["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture),
    };
}
