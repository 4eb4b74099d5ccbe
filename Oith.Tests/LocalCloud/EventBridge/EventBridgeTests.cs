using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.EventBridge;

public sealed class EventBridgeTests : IAsyncLifetime
{
    private const string QueueArn = "arn:aws:sqs:us-east-1:000000000000:target";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private WebApplication _cloud = null!;
    private string _queueUrl = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cloud = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 }, _time);
        _queueUrl = (await CallAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = "target" }))["QueueUrl"]!.GetValue<string>();
    }

    public async ValueTask DisposeAsync()
    {
        await _cloud.StopAsync(CancellationToken.None);
        await _cloud.DisposeAsync();
    }

    [Fact]
    public async Task Event_Reaches_The_Targets_Of_Matching_Rules_Only()
    {
        await PutRuleAsync("matching", ("EventPattern", """{"source":["oith"],"detail":{"age":[{"numeric":[">=",18]}]}}"""));
        await PutRuleAsync("other", ("EventPattern", """{"source":["else"]}"""));
        await PutTargetAsync("matching", []);
        await PutTargetAsync("other", []);
        var answer = await PutEventAsync("oith", """{"age":18}""");
        Assert.Equal(0, answer["FailedEntryCount"]!.GetValue<int>());
        var received = JsonNode.Parse(await NextMessageAsync())!;
        Assert.Equal(answer["Entries"]![0]!["EventId"]!.GetValue<string>(), received["id"]!.GetValue<string>());
        Assert.Equal("2026-01-01T00:00:00Z", received["time"]!.GetValue<string>());
        Assert.Equal("Test", received["detail-type"]!.GetValue<string>());
        Assert.Equal(18, received["detail"]!["age"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("""{"Input":"{\"constant\":1}"}""", """{"constant":1}""")]
    [InlineData("""{"InputPath":"$.detail.user"}""", """{"name":"Ann"}""")]
    [InlineData("""{"InputPath":"$.detail.user.name"}""", "\"Ann\"")]
    [InlineData(
        """{"InputTransformer":{"InputPathsMap":{"name":"$.detail.user.name","none":"$.detail.none"},"InputTemplate":"{\"who\":<name>,\"none\":<none>,\"text\":\"I am <name>\"}"}}""",
        """{"who":"Ann","none":"","text":"I am Ann"}""")]
    [InlineData(
        """{"InputTransformer":{"InputPathsMap":{"user":"$.detail.user"},"InputTemplate":"\"<user> by <aws.events.rule-name>\""}}""", "\"{name:Ann} by transformed\"")]
    public async Task Target_Gets_The_Input_That_It_Asks_For(string target, string expected)
    {
        await PutRuleAsync("transformed", ("EventPattern", """{"source":["oith"]}"""));
        await PutTargetAsync("transformed", JsonNode.Parse(target)!.AsObject());
        await PutEventAsync("oith", """{"user":{"name":"Ann"}}""");
        Assert.Equal(expected, await NextMessageAsync());
    }

    [Fact]
    public async Task Scheduled_Rule_Runs_When_Its_Time_Comes_And_Not_When_Disabled()
    {
        await PutRuleAsync("nightly", ("ScheduleExpression", "cron(0 4 * * ? *)"));
        await PutTargetAsync("nightly", []);
        _time.Advance(TimeSpan.FromHours(4) - TimeSpan.FromSeconds(1));
        Assert.Null(await TryReceiveAsync());
        _time.Advance(TimeSpan.FromSeconds(1));
        var received = JsonNode.Parse(await NextMessageAsync(TimeSpan.FromMinutes(1)))!;
        Assert.Equal("Scheduled Event", received["detail-type"]!.GetValue<string>());
        Assert.Equal("arn:aws:events:us-east-1:000000000000:rule/nightly", received["resources"]![0]!.GetValue<string>());

        await CallAsync("events", "DisableRule", new JsonObject { ["Name"] = "nightly" });
        _time.Advance(TimeSpan.FromDays(2));
        Assert.Null(await TryReceiveAsync());
    }

    [Fact]
    public async Task Rule_Runs_Now_When_Asked_To_And_Tells_What_Each_Target_Answered()
    {
        await PutRuleAsync("now", ("ScheduleExpression", "rate(1 day)"));
        await PutTargetAsync("now", []);
        var answer = await CallAsync("events", "LocalCloudRunRule", new JsonObject { ["Name"] = "now" });
        Assert.NotNull(answer["Targets"]![0]!["Result"]!["MessageId"]);
        Assert.Equal(answer["EventId"]!.GetValue<string>(), JsonNode.Parse(await NextMessageAsync())!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task Event_Travels_From_Bus_To_Bus()
    {
        var bus = await CallAsync("events", "CreateEventBus", new JsonObject { ["Name"] = "second" });
        await PutRuleAsync("forward", ("EventPattern", """{"source":["oith"]}"""));
        await CallAsync("events", "PutTargets", new JsonObject
        {
            ["Rule"] = "forward",
            ["Targets"] = new JsonArray(new JsonObject { ["Id"] = "bus", ["Arn"] = bus["EventBusArn"]!.DeepClone() }),
        });
        await PutRuleAsync("arrived", ("EventBusName", "second"), ("EventPattern", """{"source":["oith"]}"""));
        await CallAsync("events", "PutTargets", new JsonObject
        {
            ["Rule"] = "arrived",
            ["EventBusName"] = "second",
            ["Targets"] = new JsonArray(new JsonObject { ["Id"] = "queue", ["Arn"] = QueueArn, ["InputPath"] = "$.detail.n" }),
        });
        await PutEventAsync("oith", """{"n":7}""");
        Assert.Equal("7", await NextMessageAsync());
    }

    [Fact]
    public async Task Undeliverable_Event_Goes_To_The_Dead_Letter_Queue()
    {
        await PutRuleAsync("dead", ("EventPattern", """{"source":["oith"]}"""));
        await CallAsync("events", "PutTargets", new JsonObject
        {
            ["Rule"] = "dead",
            ["Targets"] = new JsonArray(new JsonObject
            {
                ["Id"] = "missing",
                ["Arn"] = "arn:aws:lambda:us-east-1:000000000000:function:missing",
                ["DeadLetterConfig"] = new JsonObject { ["Arn"] = QueueArn },
            }),
        });
        await PutEventAsync("oith", "{}");
        Assert.Equal("oith", JsonNode.Parse(await NextMessageAsync())!["source"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("PutRule", """{"Name":"x"}""", "Parameter(s) EventPattern or ScheduleExpression must be specified.")]
    [InlineData("DescribeRule", """{"Name":"x"}""", "Rule x does not exist on EventBus default.")]
    [InlineData("DeleteEventBus", """{"Name":"default"}""", "Cannot delete event bus default.")]
    [InlineData("PutTargets", """{"Rule":"known","Targets":[{"Id":"!","Arn":"arn:aws:sqs:us-east-1:000000000000:target"}]}""", "1 validation error detected: Value '!' at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+")]
    [InlineData("PutTargets", """{"Rule":"known","Targets":[{"Id":"t","Arn":"arn:aws:sqs:us-east-1:000000000000:target","Input":"1","InputPath":"$"}]}""", "Only one of Input, InputPath, or InputTransformer must be provided for target t.")]
    [InlineData("TestEventPattern", """{"EventPattern":"{}","Event":"[]"}""", "Parameter Event is not valid.")]
    public async Task Call_Is_Refused_With_Awss_Words(string operation, string input, string message)
    {
        await PutRuleAsync("known", ("EventPattern", """{"source":["oith"]}"""));
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("events", operation, JsonNode.Parse(input)!.AsObject()));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public async Task Cli_Puts_Lists_Tags_And_Removes_A_Rule()
    {
        var endpoint = LocalCloudFixture.EndpointOf(_cloud);
        var rule = await AwsCli.RunAsync(endpoint, "events", "put-rule", "--name", "cli", "--schedule-expression", "rate(5 minutes)", "--tags", "Key=team,Value=oith");
        var targets = await AwsCli.RunAsync(endpoint, "events", "put-targets", "--rule", "cli", "--targets", $"Id=queue,Arn={QueueArn}");
        Assert.Equal(0, targets!["FailedEntryCount"]!.GetValue<int>());
        Assert.Equal("queue", (await AwsCli.RunAsync(endpoint, "events", "list-targets-by-rule", "--rule", "cli"))!["Targets"]![0]!["Id"]!.GetValue<string>());
        Assert.Equal(
            "oith",
            (await AwsCli.RunAsync(endpoint, "events", "list-tags-for-resource", "--resource-arn", rule!["RuleArn"]!.GetValue<string>()))!["Tags"]![0]!["Value"]!.GetValue<string>());
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => AwsCli.RunAsync(endpoint, "events", "delete-rule", "--name", "cli"));
        Assert.Contains("Rule can't be deleted since it has targets.", error.Message, StringComparison.Ordinal);
    }

    private Task<JsonObject> CallAsync(string service, string operation, JsonObject input) =>
        _cloud.Services.GetRequiredService<IAwsApi>().InvokeAsync(service, operation, input, Token).AsTask();

    private Task<JsonObject> PutRuleAsync(string name, params (string Name, string Value)[] members)
    {
        var input = new JsonObject { ["Name"] = name };
        foreach (var (member, value) in members)
        {
            input[member] = value;
        }

        return CallAsync("events", "PutRule", input);
    }

    private Task<JsonObject> PutTargetAsync(string rule, JsonObject target)
    {
        target["Id"] = "queue";
        target["Arn"] = QueueArn;
        return CallAsync("events", "PutTargets", new JsonObject { ["Rule"] = rule, ["Targets"] = new JsonArray(target) });
    }

    private Task<JsonObject> PutEventAsync(string source, string detail) => CallAsync("events", "PutEvents", new JsonObject
    {
        ["Entries"] = new JsonArray(new JsonObject { ["Source"] = source, ["DetailType"] = "Test", ["Detail"] = detail }),
    });

    private async Task<string?> TryReceiveAsync()
    {
        var answer = await CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = _queueUrl });
        if (answer["Messages"]?[0] is not { } message)
        {
            return null;
        }

        await CallAsync("sqs", "DeleteMessage", new JsonObject { ["QueueUrl"] = _queueUrl, ["ReceiptHandle"] = message["ReceiptHandle"]!.DeepClone() });
        return message["Body"]!.GetValue<string>();
    }

    private async Task<string> NextMessageAsync(TimeSpan advance = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            if (await TryReceiveAsync() is { } body)
            {
                return body;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
            _time.Advance(advance);
        }
    }
}
