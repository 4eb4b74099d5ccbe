using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Oith.Matching.Candidates;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

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

    private static Dictionary<string, string?> SettingsFor(RedisServerProcess redis) => new()
    {
        ["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture),
    };
}
