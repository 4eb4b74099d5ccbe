using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud.Redis;
using Oith.LocalCloud.Wire;
using Oith.Tests.Matching;
using StackExchange.Redis;

namespace Oith.Tests.Stack.Alarms;

/// <summary>Each alarm of the templates, with the service running: it fires when what it watches goes wrong, and no other does.</summary>
[Collection(AlarmedStackCollection.Name)]
public sealed class AlarmFiringTests(AlarmedStack stack)
{
    private static readonly string[] s_redisNodes = ["001", "002"];

    [Fact]
    public Task Response_Time_Alarm_Fires_When_A_Fault_Slows_Matching()
    {
        // While it is mended nobody asks: on a busy machine an answer may take its time without any fault.
        var callers = 0;
        return stack.FiresExactlyAsync(
            ["response-time-p95"],
            async () =>
            {
                await stack.PutFaultAsync(new() { ["Name"] = "slow", ["Service"] = "matching", ["LatencyMilliseconds"] = 400 });
                callers = 4;
            },
            () =>
            {
                callers = 0;
                return stack.DeleteFaultAsync("slow");
            },
            () => Task.WhenAll(Enumerable.Range(0, callers).Select(_ => stack.AskAsync())));
    }

    [Fact]
    public Task Error_Rate_Alarm_Fires_When_A_Fault_Fails_A_Share_Of_Requests() => stack.FiresExactlyAsync(
        ["error-rate"],
        () => stack.PutFaultAsync(new() { ["Name"] = "errors", ["Service"] = "matching", ["ErrorCode"] = "InternalServerError", ["Probability"] = 0.2 }),
        () => stack.DeleteFaultAsync("errors"),
        stack.AskAsync);

    [Fact]
    public Task Throttling_Alarm_Of_The_Table_Fires_When_A_Fault_Throttles_It() => stack.FiresExactlyAsync(
        ["dynamodb-throttling-blocks"],
        () => stack.PutFaultAsync(new()
        {
            ["Name"] = "throttles",
            ["Service"] = "dynamodb",
            ["Resource"] = AlarmedStack.Prefix + "blocks",
            ["ErrorCode"] = "ProvisionedThroughputExceededException",
        }),
        () => stack.DeleteFaultAsync("throttles"),
        () => GetAsync("blocks", new() { ["blockerEmail"] = Text("a"), ["blockedEmail"] = Text("b") }));

    [Fact]
    public Task Latency_Alarm_Of_The_Table_Fires_When_A_Fault_Slows_It() => stack.FiresExactlyAsync(
        ["dynamodb-latency-users"],
        () => stack.PutFaultAsync(new()
        {
            ["Name"] = "slow-table",
            ["Service"] = "dynamodb",
            ["Operation"] = "GetItem",
            ["Resource"] = AlarmedStack.Prefix + "users",
            ["LatencyMilliseconds"] = 60,
        }),
        () => stack.DeleteFaultAsync("slow-table"),
        () => GetAsync("users", new() { ["email"] = Text("nobody@oith.example") }));

    [Fact]
    public Task Queue_Depth_Alarm_Fires_When_The_Pipe_Stands_Still()
    {
        var queue = stack.Stack.ServiceSettings["MATCHING_QUEUE_URL"]!;
        return stack.FiresExactlyAsync(
            ["queue-depth"],
            async () =>
            {
                await SetPipeAsync("StopPipe", "STOPPED");
                for (var batch = 0; batch <= 100; batch++)
                {
                    await stack.CallAsync("sqs", "SendMessageBatch", new()
                    {
                        ["QueueUrl"] = queue,
                        ["Entries"] = new JsonArray([.. Enumerable.Range(batch * 10, 10).Select(message => (JsonNode?)new JsonObject
                        {
                            ["Id"] = message.ToString(CultureInfo.InvariantCulture),
                            ["MessageBody"] = "{}",
                            ["MessageGroupId"] = $"group-{message}",
                            ["MessageDeduplicationId"] = $"request-{message}",
                        })]),
                    });
                }
            },
            async () =>
            {
                await stack.CallAsync("sqs", "PurgeQueue", new() { ["QueueUrl"] = queue });
                await SetPipeAsync("StartPipe", "RUNNING");
            });
    }

    [Fact]
    public async Task Dead_Letter_Alarm_Fires_When_A_Message_Is_There()
    {
        var queue = (await stack.CallAsync("sqs", "GetQueueUrl", new() { ["QueueName"] = AlarmedStack.Prefix + "matching-dlq.fifo" }))["QueueUrl"]!.GetValue<string>();
        await stack.FiresExactlyAsync(
            ["dlq-not-empty"],
            async () => await stack.CallAsync("sqs", "SendMessage", new()
            {
                ["QueueUrl"] = queue,
                ["MessageBody"] = "poison",
                ["MessageGroupId"] = "somebody",
                ["MessageDeduplicationId"] = "poison",
            }),
            async () => await stack.CallAsync("sqs", "PurgeQueue", new() { ["QueueUrl"] = queue }));
    }

    [Fact]
    public Task Executions_Failed_Alarm_Of_The_Machine_Fires_When_Its_Input_Is_Not_Readable() => stack.FiresExactlyAsync(
        ["executions-failed-distributed-matching"],
        async () => await stack.CallAsync("states", "StartExecution", new()
        {
            ["stateMachineArn"] = "arn:aws:states:us-east-1:000000000000:stateMachine:" + AlarmedStack.Prefix + "distributed-matching",
            ["input"] = "{}",
        }),
        () => Task.CompletedTask);

    [Fact]
    public Task Redis_Processor_Alarms_Fire_When_A_Fault_Keeps_It_Busy() => stack.FiresExactlyAsync(
        [.. s_redisNodes.Select(node => $"elasticache-cpu-{node}")],
        () => stack.PutFaultAsync(new() { ["Name"] = "busy", ["Service"] = "redis", ["Action"] = "Busy" }),
        () => stack.DeleteFaultAsync("busy"));

    [Fact]
    public Task Redis_Memory_Alarms_Fire_When_A_Fault_Fills_It() => stack.FiresExactlyAsync(
        [.. s_redisNodes.Select(node => $"elasticache-memory-{node}")],
        () => stack.PutFaultAsync(new() { ["Name"] = "full", ["Service"] = "redis", ["Action"] = "Fill" }),
        () => stack.DeleteFaultAsync("full"));

    [Fact]
    public async Task Redis_Hit_Rate_Alarm_Fires_When_Reads_Find_Nothing()
    {
        var server = stack.Stack.LocalCloud.Services.GetRequiredService<RedisServer>();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        var database = redis.GetDatabase();
        var key = new RedisKey("nothing");
        await database.StringSetAsync("something", "here");
        await stack.FiresExactlyAsync(
            ["redis-hit-rate"],
            () => Task.CompletedTask,
            () =>
            {
                key = "something";
                return Task.CompletedTask;
            },
            () => Task.WhenAll(Enumerable.Range(0, 50).Select(_ => database.StringGetAsync(key))));
    }

    private async Task SetPipeAsync(string operation, string state)
    {
        var pipe = AlarmedStack.Prefix + "match-requests";
        await stack.CallAsync("pipes", operation, new() { ["Name"] = pipe });
        await Eventually.TrueAsync(async () => (await stack.CallAsync("pipes", "DescribePipe", new() { ["Name"] = pipe }))["CurrentState"]!.GetValue<string>() == state);
    }

    private static JsonObject Text(string value) => new() { ["S"] = value };

    private async Task GetAsync(string table, JsonObject key)
    {
        try
        {
            await stack.CallAsync("dynamodb", "GetItem", new() { ["TableName"] = AlarmedStack.Prefix + table, ["Key"] = key });
        }
        catch (AwsServiceException error) when (error.Code == "ProvisionedThroughputExceededException")
        {
            // That is what the test is about.
        }
    }
}
