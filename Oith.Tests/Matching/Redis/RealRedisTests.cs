using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Oith.Matching.Changes;
using Oith.Matching.Engine;
using Oith.Matching.Redis;
using Oith.Matching.Settings;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;
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

    /// <summary>The user of the template, confined to the service's keys: everything that the service does must work, and nothing else.</summary>
    [Fact]
    public async Task Service_Needs_No_More_Of_Redis_Than_The_Template_Gives_Its_User()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port},allowAdmin=true");
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple(), SettingsFor(redis));
        var access = ResolvedTemplate.Load("infrastructure", "development").Properties("RedisUser")["AccessString"]!.ToString()
            .Replace(":development:", $":{host.Environment}:", StringComparison.Ordinal);
        await admin.GetDatabase().ExecuteAsync("ACL", ["SETUSER", "oith-matching", "reset", ">secret", .. access.Split(' ')]);
        var settings = SettingsFor(redis);
        settings["REDIS_USERNAME"] = "oith-matching";
        settings["REDIS_PASSWORD"] = "secret";
        await host.StartServiceAsync(settings);

        // Cells, changes, decks, rate limit, erasure.
        await host.PutAsync([NextMatchTests.Person("cat@example.com", "male")]);
        await host.SendAsync(HttpMethod.Put, "/api/profiles/dan@example.com", new { gender = "male", age = 30, coordinates = new { lat = 40.7, lng = -74 } });
        await host.NextAsync(Ann);
        foreach (var shard in (await host.PostAsync("/events", new JsonObject { ["task"] = "planPrecompute" }))["shards"]!.AsArray())
        {
            var task = shard!.DeepClone();
            task["task"] = "precomputeShard";
            await host.PostAsync("/events", task);
        }

        await host.PassAsync(Ann, (await host.NextAsync(Ann))["match"]!["email"]!.GetValue<string>());
        await host.SendAsync(HttpMethod.Delete, "/api/profiles/dan@example.com");

        var refusals = (RedisResult[]?)await admin.GetDatabase().ExecuteAsync("ACL", "LOG");
        // What the client library asks for at the start and does without.
        string?[] optional = ["config|get", "info", "sentinel|masters", "client|setinfo"];
        Assert.All(refusals!.Select(entry => (string?)entry.ToDictionary()["object"]), refused => Assert.Contains(refused, optional));
        Assert.True(host.Application.Services.GetRequiredService<RedisStore>().IsReachable);
        await using var user = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port},user=oith-matching,password=secret,tiebreaker=,configChannel=");
        foreach (var key in new[] { "other", "oith:production:deck:ann@example.com" })
        {
            await Assert.ThrowsAsync<RedisServerException>(() => user.GetDatabase().StringGetAsync(key));
        }
    }

    private static ChangeFeed NewFeed(MatchingHost host) => new(
        host.Application.Services.GetRequiredService<RedisStore>(),
        host.Application.Services.GetRequiredService<IOptions<MatchingOptions>>(),
        TimeProvider.System);

    private static Dictionary<string, string?> SettingsFor(RedisServerProcess redis) => new()
    {
        ["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture),
        ["REDIS_PASSWORD"] = null,
    };
}
