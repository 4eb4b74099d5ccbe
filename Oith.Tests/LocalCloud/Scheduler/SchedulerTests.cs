using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.EventBridge;
using Oith.LocalCloud.Scheduler;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Scheduler;

public sealed class SchedulerTests : IAsyncLifetime
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
    public async Task Schedule_Sends_Its_Input_With_Context_Attributes_At_Its_Time()
    {
        await CreateAsync("at(2026-01-01T01:00:00)", Queue("""{"at":"<aws.scheduler.scheduled-time>","of":"<aws.scheduler.schedule-arn>"}"""), ("ScheduleExpressionTimezone", "Europe/London"));

        Assert.Equal(
            """{"at":"2026-01-01T01:00:00Z","of":"arn:aws:scheduler:us-east-1:000000000000:schedule/default/s"}""",
            await NextMessageAsync(TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public async Task Schedule_Sends_A_Scheduled_Event_When_It_Has_No_Input()
    {
        await CreateAsync("cron(30 0 * * ? *)", Queue(null));

        var sent = JsonNode.Parse(await NextMessageAsync(TimeSpan.FromMinutes(10)))!;

        Assert.Equal("aws.scheduler", sent["source"]!.GetValue<string>());
        Assert.Equal("2026-01-01T00:30:00Z", sent["time"]!.GetValue<string>());
    }

    [Fact]
    public async Task Schedule_Calls_Any_Operation_Of_A_Service()
    {
        await CreateAsync("rate(1 minute)", new JsonObject
        {
            ["Arn"] = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
            ["RoleArn"] = "arn:aws:iam::000000000000:role/r",
            ["Input"] = new JsonObject { ["QueueUrl"] = _queueUrl, ["MessageBody"] = "by the SDK" }.ToJsonString(),
        });

        Assert.Equal("by the SDK", await NextMessageAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Schedule_That_Runs_Once_Is_Deleted_After_Its_Run_When_Asked_For()
    {
        await CreateAsync("at(2026-01-01T00:01:00)", Queue("x"), ("ActionAfterCompletion", "DELETE"));
        await NextMessageAsync(TimeSpan.FromMinutes(1));

        while ((await CallAsync("scheduler", "ListSchedules", []))["Schedules"]!.AsArray().Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Token);
        }
    }

    [Fact]
    public async Task Undeliverable_Run_Goes_To_The_Dead_Letter_Queue()
    {
        var target = Queue("lost");
        target["Arn"] = "arn:aws:sqs:us-east-1:000000000000:missing";
        target["DeadLetterConfig"] = new JsonObject { ["Arn"] = QueueArn };
        await CreateAsync("at(2026-01-01T00:01:00)", target);

        var message = await NextAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("lost", message["Body"]!.GetValue<string>());
        Assert.Equal("arn:aws:sqs:us-east-1:000000000000:missing", message["MessageAttributes"]!["TARGET_ARN"]!["StringValue"]!.GetValue<string>());
        Assert.NotNull(message["MessageAttributes"]!["ERROR_CODE"]);
    }

    [Fact]
    public async Task Schedule_Whose_Next_Run_Cannot_Be_Computed_Does_Not_Stop_The_Others()
    {
        await CreateAsync("rate(1 minute)", Queue("broken"), ("Name", "broken"));
        await CreateAsync("rate(1 minute)", Queue("whole"), ("Name", "whole"));
        var store = _cloud.Services.GetRequiredService<ScheduleStore>();
        lock (store.Lock)
        {
            store.Get("default", "broken").Definition["ScheduleExpression"] = "no expression";
        }

        var whole = 0;
        while (whole < 3)
        {
            whole += await NextMessageAsync(TimeSpan.FromSeconds(20)) == "whole" ? 1 : 0;
        }
    }

    [Fact]
    public async Task Rule_Whose_Next_Run_Cannot_Be_Computed_Does_Not_Stop_The_Others()
    {
        foreach (var name in (string[])["broken", "whole"])
        {
            await CallAsync("events", "PutRule", new JsonObject { ["Name"] = name, ["ScheduleExpression"] = "rate(1 minute)" });
            await CallAsync("events", "PutTargets", new JsonObject
            {
                ["Rule"] = name,
                ["Targets"] = new JsonArray(new JsonObject { ["Id"] = "t", ["Arn"] = QueueArn, ["Input"] = $"\"{name}\"" }),
            });
        }

        var store = _cloud.Services.GetRequiredService<EventStore>();
        lock (store.Lock)
        {
            store.Rules.Single(rule => rule.Name == "broken").SetTrigger(null, "no expression");
        }

        var whole = 0;
        while (whole < 3)
        {
            whole += await NextMessageAsync(TimeSpan.FromSeconds(20)) == "\"whole\"" ? 1 : 0;
        }
    }

    [Fact]
    public async Task Schedules_Are_Described_Listed_And_Deleted_With_Their_Group()
    {
        await CallAsync("scheduler", "CreateScheduleGroup", new JsonObject { ["Name"] = "nightly" });
        await CreateAsync("rate(5 minutes)", Queue("x"), ("GroupName", "nightly"), ("State", "DISABLED"));

        var described = await CallAsync("scheduler", "GetSchedule", new JsonObject { ["Name"] = "s", ["GroupName"] = "nightly" });
        Assert.Equal("UTC", described["ScheduleExpressionTimezone"]!.GetValue<string>());
        Assert.Equal("NONE", described["ActionAfterCompletion"]!.GetValue<string>());
        Assert.Equal(185, described["Target"]!["RetryPolicy"]!["MaximumRetryAttempts"]!.GetValue<int>());
        Assert.Single((await CallAsync("scheduler", "ListSchedules", new JsonObject { ["GroupName"] = "nightly" }))["Schedules"]!.AsArray());
        Assert.Empty((await CallAsync("scheduler", "ListSchedules", new JsonObject { ["State"] = "ENABLED" }))["Schedules"]!.AsArray());

        await CallAsync("scheduler", "DeleteScheduleGroup", new JsonObject { ["Name"] = "nightly" });

        Assert.Equal(
            "Schedule group nightly does not exist.",
            (await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("scheduler", "GetSchedule", new JsonObject { ["Name"] = "s", ["GroupName"] = "nightly" }).AsTask())).Message);
    }

    [Theory]
    [InlineData("""{"Name":"s"}""", "ValidationException", "3 validation errors detected")]
    [InlineData(
        """{"Name":"s","ScheduleExpression":"rate(1 day)","FlexibleTimeWindow":{"Mode":"OFF","MaximumWindowInMinutes":5},"Target":{"Arn":"arn:aws:sqs:us-east-1:000000000000:target","RoleArn":"arn:aws:iam::000000000000:role/r"}}""",
        "ValidationException",
        "MaximumWindowInMinutes")]
    [InlineData(
        """{"Name":"s","ScheduleExpression":"rate(1 day)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"Arn":"arn:aws:kinesis:us-east-1:000000000000:stream/x","RoleArn":"arn:aws:iam::000000000000:role/r"}}""",
        "ValidationException",
        "stream/x")]
    [InlineData(
        """{"Name":"s","GroupName":"none","ScheduleExpression":"rate(1 day)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"Arn":"arn:aws:sqs:us-east-1:000000000000:target","RoleArn":"arn:aws:iam::000000000000:role/r"}}""",
        "ResourceNotFoundException",
        "Schedule group none does not exist.")]
    [InlineData(
        """{"Name":"s","StartDate":1e300,"ScheduleExpression":"rate(1 day)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"Arn":"arn:aws:sqs:us-east-1:000000000000:target","RoleArn":"arn:aws:iam::000000000000:role/r"}}""",
        "SerializationException",
        "")]
    [InlineData(
        """{"Name":"s","EndDate":-1e18,"ScheduleExpression":"rate(1 day)","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"Arn":"arn:aws:sqs:us-east-1:000000000000:target","RoleArn":"arn:aws:iam::000000000000:role/r"}}""",
        "SerializationException",
        "")]
    public async Task Wrong_Schedule_Is_Refused(string input, string code, string message)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("scheduler", "CreateSchedule", JsonNode.Parse(input)!.AsObject()).AsTask());

        Assert.Equal(code, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static JsonObject Queue(string? input)
    {
        var target = new JsonObject { ["Arn"] = QueueArn, ["RoleArn"] = "arn:aws:iam::000000000000:role/r" };
        if (input is not null)
        {
            target["Input"] = input;
        }

        return target;
    }

    private async Task CreateAsync(string expression, JsonObject target, params (string Name, string Value)[] members)
    {
        var input = new JsonObject
        {
            ["Name"] = "s",
            ["ScheduleExpression"] = expression,
            ["FlexibleTimeWindow"] = new JsonObject { ["Mode"] = "OFF" },
            ["Target"] = target,
        };
        foreach (var (name, value) in members)
        {
            input[name] = value;
        }

        await CallAsync("scheduler", "CreateSchedule", input);
    }

    private async Task<string> NextMessageAsync(TimeSpan step) => (await NextAsync(step))["Body"]!.GetValue<string>();

    /// <summary>Lets time pass in steps until a message is in the queue.</summary>
    private async Task<JsonNode> NextAsync(TimeSpan step)
    {
        while (true)
        {
            var answer = await CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = _queueUrl, ["MessageAttributeNames"] = new JsonArray("All") });
            if (answer["Messages"]?[0] is { } message)
            {
                return message;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
            _time.Advance(step);
        }
    }

    private ValueTask<JsonObject> CallAsync(string service, string operation, JsonObject input) =>
        _cloud.Services.GetRequiredService<IAwsApi>().InvokeAsync(service, operation, input, Token);
}
