using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.EventBridge;

/// <summary>Archives and replays of buses, and events that a target's transformer cannot make.</summary>
public sealed class EventBridgeArchiveTests : IAsyncLifetime
{
    private const string Bus = "arn:aws:events:us-east-1:000000000000:event-bus/default";
    private const string Archive = "arn:aws:events:us-east-1:000000000000:archive/kept";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private WebApplication _cloud = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cloud = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 }, _time);
        foreach (var queue in new[] { "one", "two" })
        {
            await CallAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = queue });
            await CallAsync("events", "PutRule", new JsonObject { ["Name"] = queue, ["EventPattern"] = """{"source":["oith"]}""" });
            await TargetAsync(queue, []);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _cloud.StopAsync(CancellationToken.None);
        await _cloud.DisposeAsync();
    }

    [Fact]
    public async Task Archive_Keeps_Matching_Events_And_A_Replay_Sends_Them_To_The_Rules_It_Names()
    {
        await CallAsync("events", "CreateArchive", new JsonObject
        {
            ["ArchiveName"] = "kept",
            ["EventSourceArn"] = Bus,
            ["EventPattern"] = """{"detail":{"keep":[true]}}""",
            ["RetentionDays"] = 1,
        });
        await PutEventAsync("""{"keep":true,"n":1}""");
        await PutEventAsync("""{"keep":false,"n":2}""");
        Assert.Equal(["1", "2"], (await ReceiveAsync("one", 2)).Select(message => message["detail"]!["n"]!.ToString()).Order());
        await ReceiveAsync("two", 2);

        var described = await CallAsync("events", "DescribeArchive", new JsonObject { ["ArchiveName"] = "kept" });
        Assert.Equal(("ENABLED", 1), (described["State"]!.ToString(), described["EventCount"]!.GetValue<int>()));
        Assert.True(described["SizeBytes"]!.GetValue<int>() > 0);

        var started = await CallAsync("events", "StartReplay", Replay("again", """["arn:aws:events:us-east-1:000000000000:rule/one"]"""));
        Assert.Equal("STARTING", started["State"]!.ToString());
        var replayed = Assert.Single(await ReceiveAsync("one", 1));
        Assert.Equal(("1", "again"), (replayed["detail"]!["n"]!.ToString(), replayed["replay-name"]!.ToString()));
        Assert.Empty(await TryReceiveAsync("two"));
        var replay = await CallAsync("events", "DescribeReplay", new JsonObject { ["ReplayName"] = "again" });
        Assert.Equal("COMPLETED", replay["State"]!.ToString());
        Assert.NotNull(replay["EventLastReplayedTime"]);
        Assert.Equal(1, (await CallAsync("events", "DescribeArchive", new JsonObject { ["ArchiveName"] = "kept" }))["EventCount"]!.GetValue<int>());
    }

    [Fact]
    public async Task Archive_Forgets_Events_After_Its_Retention()
    {
        await CallAsync("events", "CreateArchive", new JsonObject { ["ArchiveName"] = "kept", ["EventSourceArn"] = Bus, ["RetentionDays"] = 1 });
        await PutEventAsync("{}");
        _time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        var listed = await CallAsync("events", "ListArchives", new JsonObject { ["NamePrefix"] = "kept" });
        Assert.Equal((0, 0), (listed["Archives"]![0]!["EventCount"]!.GetValue<int>(), listed["Archives"]![0]!["SizeBytes"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Replay_Can_Be_Cancelled_While_It_Starts_And_Not_Later()
    {
        await CallAsync("events", "CreateArchive", new JsonObject { ["ArchiveName"] = "kept", ["EventSourceArn"] = Bus });
        await CallAsync("events", "StartReplay", Replay("stopped"));
        Assert.Equal("CANCELLING", (await CallAsync("events", "CancelReplay", new JsonObject { ["ReplayName"] = "stopped" }))["State"]!.ToString());
        while ((await CallAsync("events", "DescribeReplay", new JsonObject { ["ReplayName"] = "stopped" }))["State"]!.ToString() != "CANCELLED")
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var late = await RefusedAsync("CancelReplay", """{"ReplayName":"stopped"}""");
        Assert.Equal("IllegalStatusException", late.Code);
    }

    [Theory]
    [InlineData("CreateArchive", """{"ArchiveName":"kept","EventSourceArn":"arn:aws:events:us-east-1:000000000000:event-bus/none"}""", "ResourceNotFoundException", "Event bus none does not exist.")]
    [InlineData("CreateArchive", """{"ArchiveName":"there","EventSourceArn":"arn:aws:events:us-east-1:000000000000:event-bus/default"}""", "ResourceAlreadyExistsException", "Archive there already exists.")]
    [InlineData("DescribeArchive", """{"ArchiveName":"none"}""", "ResourceNotFoundException", "Archive none does not exist.")]
    [InlineData("UpdateArchive", """{"ArchiveName":"none"}""", "ValidationException", "At least one of EventPattern, RetentionDays or Description must be provided.")]
    [InlineData("DescribeReplay", """{"ReplayName":"none"}""", "ResourceNotFoundException", "Replay none does not exist.")]
    [InlineData(
        "StartReplay",
        """{"ReplayName":"r","EventSourceArn":"arn:aws:events:us-east-1:000000000000:archive/none","EventStartTime":1,"EventEndTime":2,"Destination":{"Arn":"arn:aws:events:us-east-1:000000000000:event-bus/default"}}""",
        "ValidationException", "Parameter EventSourceArn is not valid. Reason: Archive none does not exist.")]
    [InlineData(
        "StartReplay",
        """{"ReplayName":"r","EventSourceArn":"arn:aws:events:us-east-1:000000000000:archive/there","EventStartTime":2,"EventEndTime":2,"Destination":{"Arn":"arn:aws:events:us-east-1:000000000000:event-bus/default"}}""",
        "ValidationException", "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.")]
    [InlineData(
        "StartReplay",
        """{"ReplayName":"r","EventSourceArn":"arn:aws:events:us-east-1:000000000000:archive/there","EventStartTime":1,"EventEndTime":2,"Destination":{"Arn":"arn:aws:events:us-east-1:000000000000:event-bus/second"}}""",
        "ValidationException", "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.")]
    public async Task Archive_Or_Replay_Is_Refused_In_AWSs_Words(string operation, string input, string code, string message)
    {
        await CallAsync("events", "CreateArchive", new JsonObject { ["ArchiveName"] = "there", ["EventSourceArn"] = Bus });
        await CallAsync("events", "CreateEventBus", new JsonObject { ["Name"] = "second" });
        var error = await RefusedAsync(operation, input);
        Assert.Equal((code, message), (error.Code, error.Message));
    }

    [Theory]
    [InlineData("""{"list": "<list>"}""")]
    [InlineData("""{"path": "users/<payload>", "body": <payload>}""")]
    [InlineData("<list> of plain text")]
    public async Task Event_Is_Dropped_When_The_Transformer_Makes_No_Valid_Json(string template)
    {
        await TargetAsync("one", new JsonObject
        {
            ["InputTransformer"] = new JsonObject
            {
                ["InputPathsMap"] = new JsonObject { ["list"] = "$.detail.list", ["payload"] = "$.detail.payload" },
                ["InputTemplate"] = template,
            },
        });
        await PutEventAsync("""{"list":["HIGH"],"payload":{"id":"1"}}""");
        Assert.Single(await ReceiveAsync("two", 1));
        Assert.Empty(await TryReceiveAsync("one"));
    }

    [Theory]
    [InlineData("eu-central-1", true)]
    [InlineData("us-east", false)]
    public async Task Of_Two_Fields_With_One_Name_In_A_Pattern_The_Last_Counts(string location, bool matches)
    {
        var answer = await CallAsync("events", "TestEventPattern", new JsonObject
        {
            ["EventPattern"] = """{"detail":{"location":[{"prefix":"us-"}],"location":[{"anything-but":"us-east"}]}}""",
            ["Event"] = $$$"""{"id":"1","source":"s","detail-type":"d","account":"1","region":"r","time":"2022-07-13T13:48:01Z","detail":{"location":"{{{location}}}"}}""",
        });
        Assert.Equal(matches, answer["Result"]!.GetValue<bool>());
    }

    private JsonObject Replay(string name, string filters = "[]") => new()
    {
        ["ReplayName"] = name,
        ["EventSourceArn"] = Archive,
        ["EventStartTime"] = _time.GetUtcNow().AddHours(-1).ToUnixTimeSeconds(),
        ["EventEndTime"] = _time.GetUtcNow().AddHours(1).ToUnixTimeSeconds(),
        ["Destination"] = new JsonObject { ["Arn"] = Bus, ["FilterArns"] = JsonNode.Parse(filters) },
    };

    private Task<AwsServiceException> RefusedAsync(string operation, string input) =>
        Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("events", operation, JsonNode.Parse(input)!.AsObject()));

    private Task<JsonObject> TargetAsync(string rule, JsonObject target)
    {
        target["Id"] = "queue";
        target["Arn"] = $"arn:aws:sqs:us-east-1:000000000000:{rule}";
        return CallAsync("events", "PutTargets", new JsonObject { ["Rule"] = rule, ["Targets"] = new JsonArray(target) });
    }

    private Task<JsonObject> PutEventAsync(string detail) => CallAsync("events", "PutEvents", new JsonObject
    {
        ["Entries"] = new JsonArray(new JsonObject { ["Source"] = "oith", ["DetailType"] = "Test", ["Detail"] = detail }),
    });

    /// <summary>Waits for that many messages of a queue, while time goes on.</summary>
    private async Task<List<JsonNode>> ReceiveAsync(string queue, int count)
    {
        var messages = new List<JsonNode>();
        while (messages.Count < count)
        {
            messages.AddRange(await TryReceiveAsync(queue));
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
            Token.ThrowIfCancellationRequested();
        }

        return messages;
    }

    private async Task<List<JsonNode>> TryReceiveAsync(string queue)
    {
        var url = $"/000000000000/{queue}";
        var answer = await CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = url, ["MaxNumberOfMessages"] = 10, ["VisibilityTimeout"] = 3600 });
        return [.. (answer["Messages"] as JsonArray ?? []).Select(message => JsonNode.Parse(message!["Body"]!.GetValue<string>())!)];
    }

    private Task<JsonObject> CallAsync(string service, string operation, JsonObject input) =>
        _cloud.Services.GetRequiredService<IAwsApi>().InvokeAsync(service, operation, input, Token).AsTask();
}
