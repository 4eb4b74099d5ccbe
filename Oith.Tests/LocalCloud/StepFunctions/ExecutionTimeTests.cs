using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.StepFunctions;

public sealed class ExecutionTimeTests
{
    private readonly WatchedClock _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Wait_Ends_When_Its_Year_Has_Passed()
    {
        await using var client = await StepFunctionsClient.StartAsync(_time);
        var machine = await client.CreateAsync("year", """{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":31536000,"End":true}}}""");
        var execution = await client.StartAsync(machine);
        await client.UntilEventAsync(execution, "WaitStateEntered");

        for (var day = 0; day < 364; day++)
        {
            _time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal("RUNNING", (await client.DescribeAsync(execution))["status"]!.GetValue<string>());
        await StepFunctionsClient.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromDays(1));
            return (await client.DescribeAsync(execution))["status"]!.GetValue<string>() == "SUCCEEDED";
        });
    }

    [Fact]
    public async Task Waits_Hold_No_Threads_When_Thousands_Run_At_Once()
    {
        await using var client = await StepFunctionsClient.StartAsync(_time);
        var machine = await client.CreateAsync("many", """{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}""");
        var executions = new List<string>();
        for (var i = 0; i < 3000; i++)
        {
            executions.Add(await client.StartAsync(machine));
        }

        foreach (var execution in executions)
        {
            await client.UntilEventAsync(execution, "WaitStateEntered");
        }

        Assert.True(ThreadPool.ThreadCount < 200, $"{ThreadPool.ThreadCount} threads");
        _time.Advance(TimeSpan.FromSeconds(61));
        foreach (var execution in executions)
        {
            await StepFunctionsClient.UntilAsync(async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return (await client.DescribeAsync(execution))["status"]!.GetValue<string>() == "SUCCEEDED";
            });
        }
    }

    [Fact]
    public async Task Task_Times_Out_When_No_Token_Comes_Back()
    {
        await using var client = await StepFunctionsClient.StartAsync(_time);
        var execution = await StartCallbackAsync(client, """ "TimeoutSeconds":300, """);

        _time.Advance(TimeSpan.FromSeconds(301));

        var ended = await client.EndAsync(execution);
        Assert.Equal("FAILED", ended["status"]!.GetValue<string>());
        Assert.Equal("States.Timeout", ended["error"]!.GetValue<string>());
        Assert.Contains("TaskTimedOut", await client.EventsAsync(execution));
    }

    [Fact]
    public async Task Heartbeats_Keep_A_Task_Alive_When_They_Come_In_Time()
    {
        await using var client = await StepFunctionsClient.StartAsync(_time);
        var execution = await StartCallbackAsync(client, """ "HeartbeatSeconds":60, """);
        var token = await TokenAsync(client);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(50));
            await client.CallAsync("SendTaskHeartbeat", new JsonObject { ["taskToken"] = token });
        }

        Assert.Equal("RUNNING", (await client.DescribeAsync(execution))["status"]!.GetValue<string>());
        await client.CallAsync("SendTaskSuccess", new JsonObject { ["taskToken"] = token, ["output"] = """{"done":true}""" });
        Assert.Equal("""{"done":true}""", (await client.EndAsync(execution))["output"]!.GetValue<string>());
    }

    [Fact]
    public async Task Retry_Backs_Off_When_A_Task_Fails_Again()
    {
        await using var client = await StepFunctionsClient.StartAsync(_time);
        var machine = await client.CreateAsync("retry", """
            {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage",
              "Parameters":{"QueueUrl":"http://127.0.0.1/000000000000/none","MessageBody":"x"},
              "Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":10,"MaxAttempts":2,"BackoffRate":3}],"End":true}}}
            """);
        var execution = await client.StartAsync(machine);
        await CountAsync(client, execution, "TaskFailed", 1);
        await _time.UntilTimerAsync(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(10));
        await CountAsync(client, execution, "TaskFailed", 2);
        await _time.UntilTimerAsync(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal("RUNNING", (await client.DescribeAsync(execution))["status"]!.GetValue<string>());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("FAILED", (await client.EndAsync(execution))["status"]!.GetValue<string>());
        await CountAsync(client, execution, "TaskFailed", 3);
    }

    [Fact]
    public async Task Machine_Times_Out_When_Its_Time_Is_Over()
    {
        await using var client = await StepFunctionsClient.StartAsync(_time);
        var machine = await client.CreateAsync("limit", """{"TimeoutSeconds":5,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}""");
        var execution = await client.StartAsync(machine);
        await client.UntilEventAsync(execution, "WaitStateEntered");
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("TIMED_OUT", (await client.EndAsync(execution))["status"]!.GetValue<string>());
    }

    private static Task CountAsync(StepFunctionsClient client, string execution, string type, int count) =>
        StepFunctionsClient.UntilAsync(async () => (await client.EventsAsync(execution)).Count(one => one == type) == count);

    private static async Task<string> StartCallbackAsync(StepFunctionsClient client, string limits)
    {
        var queue = await client.Api.InvokeAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = "tokens" }, TestContext.Current.CancellationToken);
        var definition = """
            {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken", LIMITS
              "Parameters":{"QueueUrl":"QUEUE","MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}}
            """.Replace("LIMITS", limits, StringComparison.Ordinal).Replace("QUEUE", queue["QueueUrl"]!.GetValue<string>(), StringComparison.Ordinal);
        var execution = await client.StartAsync(await client.CreateAsync("callback", definition));
        await client.UntilEventAsync(execution, "TaskSubmitted");
        return execution;
    }

    private static async Task<string> TokenAsync(StepFunctionsClient client)
    {
        var url = await client.Api.InvokeAsync("sqs", "GetQueueUrl", new JsonObject { ["QueueName"] = "tokens" }, TestContext.Current.CancellationToken);
        var received = await client.Api.InvokeAsync(
            "sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = url["QueueUrl"]!.GetValue<string>() }, TestContext.Current.CancellationToken);
        return JsonNode.Parse(received["Messages"]![0]!["Body"]!.GetValue<string>())!["token"]!.GetValue<string>();
    }
}
