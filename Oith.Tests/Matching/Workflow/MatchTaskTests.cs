using System.Net;
using System.Text.Json.Nodes;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Workflow;

public sealed class MatchTaskTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";

    [Fact]
    public async Task Shards_Give_The_Person_That_Direct_Matching_Gives()
    {
        var now = TimeProvider.System.GetUtcNow();
        var people = new People(21).Make(600, now).Select(person => person with { LastSeen = now }).ToArray();
        await using var direct = await MatchingHost.StartAsync(cloud, people);
        await using var sharded = await MatchingHost.StartAsync(cloud, people);
        var shardedCount = 0;
        foreach (var seeker in people.Take(60))
        {
            var request = Request(seeker.Email);
            var expected = await direct.PostAsync("/events", With(request, "task", "matchDirect"));
            var plan = await sharded.PostAsync("/events", new JsonObject { ["task"] = "planShards", ["directThreshold"] = "20", ["input"] = request.DeepClone() });
            var planned = plan["requests"]![0]!;
            JsonNode outcome;
            if (planned["mode"]!.GetValue<string>() == "direct")
            {
                outcome = await sharded.PostAsync("/events", With(request, "task", "matchDirect"));
            }
            else
            {
                var results = new JsonArray();
                foreach (var shard in planned["shards"]!.AsArray())
                {
                    results.Add(await sharded.PostAsync(
                        "/events", new JsonObject { ["task"] = "matchShard", ["userEmail"] = seeker.Email, ["shard"] = shard!.DeepClone() }));
                }

                var aggregate = await sharded.PostAsync("/events", new JsonObject { ["task"] = "aggregate", ["results"] = results });
                var record = With(request, "task", "record");
                record["candidates"] = aggregate["candidates"]!.DeepClone();
                outcome = await sharded.PostAsync("/events", record);
                shardedCount++;
            }

            Assert.Equal(expected["match"]?.ToJsonString(), outcome["match"]?.ToJsonString());
            Assert.Equal(expected["matched"]!.GetValue<bool>(), outcome["matched"]!.GetValue<bool>());
        }

        Assert.True(shardedCount > 30, $"Only {shardedCount} of 60 requests were sharded.");
    }

    [Fact]
    public async Task Request_Keeps_Its_Answer_When_The_Task_Is_Repeated()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var (_, queued) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann });
        var task = new JsonObject { ["task"] = "matchDirect", ["requestId"] = queued!["requestId"]!.GetValue<string>(), ["userEmail"] = Ann };

        var first = await host.PostAsync("/events", task);
        var second = await host.PostAsync("/events", task);
        await host.PassAsync(Ann, "bob@example.com");
        var third = await host.PostAsync("/events", task);

        Assert.Equal("bob@example.com", first["match"]!["email"]!.GetValue<string>());
        Assert.Equal(first["match"]!.ToJsonString(), second["match"]!.ToJsonString());
        Assert.Equal(first["notification"]!.ToJsonString(), second["notification"]!.ToJsonString());
        // A user who has passed is told of that match no more, and gets no other one for the same request.
        Assert.Null(third["match"]);
        Assert.Null(third["notification"]);
        Assert.Null(await host.MatchOfAsync(Ann));
        var (_, request) = await host.SendAsync(HttpMethod.Get, $"/api/match/requests/{queued["requestId"]!.GetValue<string>()}");
        Assert.Equal("completed", request!["status"]!.GetValue<string>());
        Assert.Null(request["match"]);
    }

    [Fact]
    public async Task Request_Is_Failed_When_The_Queue_Gives_It_Up()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var (_, queued) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann });
        var id = queued!["requestId"]!.GetValue<string>();

        var early = await host.PostAsync("/events", new JsonObject { ["task"] = "recordFailure", ["requestId"] = id, ["receiveCount"] = 2 });
        var late = await host.PostAsync("/events", new JsonObject { ["task"] = "recordFailure", ["requestId"] = id, ["receiveCount"] = 3 });

        Assert.False(early["final"]!.GetValue<bool>());
        Assert.True(late["final"]!.GetValue<bool>());
        var (_, request) = await host.SendAsync(HttpMethod.Get, $"/api/match/requests/{id}");
        Assert.Equal("failed", request!["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Plan_Reads_The_Request_When_A_Pipe_Sends_It()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var request = Request(Ann);
        var message = new JsonObject
        {
            ["messageId"] = "1",
            ["body"] = request.ToJsonString(),
            ["attributes"] = new JsonObject { ["ApproximateReceiveCount"] = "2" },
        };

        var plan = await host.PostAsync("/events", new JsonObject { ["task"] = "planShards", ["input"] = new JsonArray(message) });

        Assert.True(plan["valid"]!.GetValue<bool>());
        var planned = plan["requests"]![0]!;
        Assert.Equal(request["requestId"]!.GetValue<string>(), planned["requestId"]!.GetValue<string>());
        Assert.Equal(2, planned["receiveCount"]!.GetValue<int>());
        Assert.Equal("direct", planned["mode"]!.GetValue<string>());
        Assert.NotEmpty(planned["traceparent"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""[{"body": "no json"}]""", "not JSON")]
    [InlineData("""[{"body": "{}"}]""", "requestId")]
    [InlineData("""[{"body": {"requestId": "5f0c4d9e-51f5-4f5c-a2a5-3bb8b0b4e6f0", "userEmail": "x"}}]""", "userEmail")]
    [InlineData("[]", "no messages")]
    [InlineData("\"text\"", "not a JSON object")]
    public async Task Plan_Says_What_Is_Wrong_When_The_Message_Is_Poison(string input, string problem)
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());

        var plan = await host.PostAsync("/events", new JsonObject { ["task"] = "planShards", ["input"] = JsonNode.Parse(input) });

        Assert.False(plan["valid"]!.GetValue<bool>());
        Assert.Contains(problem, plan["problem"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(plan["requests"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"task": "dance"}""", "UnknownTask", "'dance'")]
    [InlineData("""{"Records": []}""", "InvalidEvent", "no task")]
    [InlineData("""{"task": "matchDirect", "requestId": 17}""", "InvalidEvent", "requestId")]
    [InlineData("""{"task": "matchDirect", "requestId": "5f0c4d9e-51f5-4f5c-a2a5-3bb8b0b4e6f0"}""", "InvalidEvent", "userEmail")]
    [InlineData("""{"task": "aggregate", "results": [null]}""", "InvalidEvent", "results")]
    [InlineData("[]", "InvalidEvent", "no task")]
    public async Task Event_Fails_The_Invocation_When_It_Cannot_Be_Run(string json, string errorType, string part)
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());

        var (response, error) = await host.SendAsync(HttpMethod.Post, "/events", JsonNode.Parse(json));

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Equal(errorType, error!["errorType"]!.GetValue<string>());
        Assert.Contains(part, error["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("Forwarded", "for=203.0.113.7")]
    public async Task Events_Do_Not_Exist_When_They_Come_Through_A_Proxy(string header, string value)
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        host.Http.DefaultRequestHeaders.Add(header, value);

        var (response, _) = await host.SendAsync(HttpMethod.Post, "/events", new { task = "planPrecompute" });

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static JsonObject Request(string email) => new() { ["requestId"] = Guid.NewGuid().ToString(), ["userEmail"] = email };

    private static JsonObject With(JsonObject request, string name, string value)
    {
        var copy = request.DeepClone().AsObject();
        copy[name] = value;
        return copy;
    }
}
