using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.StepFunctions;

public sealed class RedriveTests
{
    private const string Late = """{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sqs:getQueueUrl","Parameters":{"QueueName":"late"}""";

    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Redrive_Runs_From_The_Failed_State_And_Keeps_The_History_When_A_Task_Failed()
    {
        await using var client = await StepFunctionsClient.StartAsync();
        var machine = await client.CreateAsync("redriven", """
            {"StartAt":"First","States":{"First":{"Type":"Pass","Result":{"n":1},"Assign":{"kept":7},"Next":"Find"},
              "Find":LATE,"ResultPath":"$.found","Next":"Last"},
              "Last":{"Type":"Pass","Parameters":{"n.$":"$.n","kept.$":"$kept","redrives.$":"$$.Execution.RedriveCount"},"End":true}}}
            """.Replace("LATE", Late, StringComparison.Ordinal));
        var execution = await client.StartAsync(machine);
        var failed = await client.EndAsync(execution);
        Assert.Equal(("FAILED", "REDRIVABLE", 0), (Text(failed, "status"), Text(failed, "redriveStatus"), failed["redriveCount"]!.GetValue<int>()));
        Assert.False(failed.ContainsKey("redriveStatusReason") || failed.ContainsKey("redriveDate"));

        await CreateQueueAsync(client);
        var redriven = await RedriveAsync(client, execution, "token-1");
        var ended = await client.EndAsync(execution);

        Assert.Equal("""{"n":1,"kept":7,"redrives":1}""", Text(ended, "output"));
        Assert.Equal(("NOT_REDRIVABLE", 1), (Text(ended, "redriveStatus"), ended["redriveCount"]!.GetValue<int>()));
        Assert.Equal("Execution is SUCCEEDED and cannot be redriven", Text(ended, "redriveStatusReason"));
        Assert.Equal(redriven, ended["redriveDate"]!.GetValue<decimal>());
        Assert.Equal(
            [
                "1<0 ExecutionStarted", "2<0 PassStateEntered", "3<2 PassStateExited", "4<3 TaskStateEntered", "5<4 TaskScheduled", "6<5 TaskStarted",
                "7<6 TaskFailed", "8<7 ExecutionFailed", "9<8 ExecutionRedriven", "10<9 TaskScheduled", "11<10 TaskStarted", "12<11 TaskSucceeded",
                "13<12 TaskStateExited", "14<13 PassStateEntered", "15<14 PassStateExited", "16<15 ExecutionSucceeded",
            ],
            await LinesAsync(client, execution));

        // The same token repeats the answer, another one finds an execution that has succeeded.
        Assert.Equal(redriven, await RedriveAsync(client, execution, "token-1"));
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => RedriveAsync(client, execution, "token-2"));
        Assert.Equal("ExecutionNotRedrivable", error.Code);
        Assert.Contains("Execution is SUCCEEDED and cannot be redriven", error.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0), (await CountAsync(client, machine, "REDRIVEN"), await CountAsync(client, machine, "NOT_REDRIVEN")));
    }

    [Fact]
    public async Task Redrive_Runs_Only_What_Did_Not_Succeed_When_Branches_And_Iterations_Failed()
    {
        await using var client = await StepFunctionsClient.StartAsync();
        var machine = await client.CreateAsync("branches", """
            {"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,"Branches":[
              {"StartAt":"Done","States":{"Done":{"Type":"Pass","Result":"kept","End":true}}},
              {"StartAt":"Each","States":{"Each":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":1,"End":true,"ItemProcessor":{"StartAt":"Mark","States":{
                "Mark":{"Type":"Pass","Next":"Is"},
                "Is":{"Type":"Choice","Choices":[{"Variable":"$","StringEquals":"late","Next":"Find"}],"Default":"Ok"},
                "Find":LATE,"ResultPath":null,"End":true},
                "Ok":{"Type":"Succeed"}}}}}}]}}}
            """.Replace("LATE", Late, StringComparison.Ordinal));
        var execution = await client.StartAsync(machine, """{"items":["early","late","after"]}""");
        Assert.Equal("FAILED", Text(await client.EndAsync(execution), "status"));

        await CreateQueueAsync(client);
        await RedriveAsync(client, execution);
        var ended = await client.EndAsync(execution);

        Assert.Equal("""["kept",["early","late","after"]]""", Text(ended, "output"));
        var events = await client.EventsAsync(execution);
        // "Done" once, "Mark" once an item: of "late" only its task is run again.
        Assert.Equal(4, events.Count(type => type == "PassStateEntered"));
        Assert.Equal(2, events.Count(type => type == "TaskScheduled"));
        Assert.Equal(3, events.Count(type => type == "MapIterationStarted"));
    }

    [Theory]
    [InlineData("STANDARD")]
    [InlineData("EXPRESS")]
    public async Task Redrive_Goes_On_With_The_Map_Run_When_Children_Failed(string type)
    {
        await using var client = await StepFunctionsClient.StartAsync();
        var machine = await client.CreateAsync("children", """
            {"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"TYPE"},
              "StartAt":"Is","States":{
                "Is":{"Type":"Choice","Choices":[{"Variable":"$","StringEquals":"late","Next":"Find"}],"Default":"Ok"},
                "Find":LATE,"ResultPath":null,"End":true},"Ok":{"Type":"Succeed"}}}}}}
            """.Replace("LATE", Late, StringComparison.Ordinal).Replace("TYPE", type, StringComparison.Ordinal));
        var execution = await client.StartAsync(machine, """["early","late","early"]""");
        Assert.Equal("States.ExceedToleratedFailureThreshold", Text(await client.EndAsync(execution), "error"));
        var run = await RunAsync(client, execution);
        var child = (await client.CallAsync("ListExecutions", new JsonObject { ["mapRunArn"] = run, ["statusFilter"] = "FAILED" }))["executions"]![0]!;
        Assert.Equal("REDRIVABLE_BY_MAP_RUN", Text(await client.DescribeAsync(Text(child, "executionArn")), "redriveStatus"));
        if (type == "STANDARD")
        {
            Assert.Equal("ExecutionNotRedrivable", (await Assert.ThrowsAsync<AwsServiceException>(() => RedriveAsync(client, Text(child, "executionArn")))).Code);
        }

        await CreateQueueAsync(client);
        await RedriveAsync(client, execution);

        Assert.Equal("""["early","late","early"]""", Text(await client.EndAsync(execution), "output"));
        Assert.Equal(run, await RunAsync(client, execution));
        var described = await client.CallAsync("DescribeMapRun", new JsonObject { ["mapRunArn"] = run });
        Assert.Equal(
            ("SUCCEEDED", 1, 3, 0),
            (Text(described, "status"), described["redriveCount"]!.GetValue<int>(), described["executionCounts"]!["succeeded"]!.GetValue<int>(), described["itemCounts"]!["pendingRedrive"]!.GetValue<int>()));
        Assert.Equal(
            ["MapRunStarted", "MapRunFailed", "MapRunRedriven", "MapRunSucceeded"],
            (await client.EventsAsync(execution)).Where(one => one.StartsWith("MapRun", StringComparison.Ordinal)));
        if (type == "STANDARD")
        {
            Assert.Equal(1, (await client.DescribeAsync(Text(child, "executionArn")))["redriveCount"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task Redrive_Waits_Anew_When_An_Execution_Was_Stopped_And_Is_Refused_After_Fourteen_Days()
    {
        var time = new WatchedClock(s_start);
        await using var client = await StepFunctionsClient.StartAsync(time);
        var machine = await client.CreateAsync("stopped", """{"TimeoutSeconds":100,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}""");
        var execution = await client.StartAsync(machine);
        await time.UntilTimerAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("Execution is RUNNING and cannot be redriven", Text(await client.DescribeAsync(execution), "redriveStatusReason"));
        time.Advance(TimeSpan.FromSeconds(50));
        await client.CallAsync("StopExecution", new JsonObject { ["executionArn"] = execution });
        Assert.Equal(("ABORTED", "REDRIVABLE"), Status(await client.DescribeAsync(execution)));

        await RedriveAsync(client, execution);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("RUNNING", Text(await client.DescribeAsync(execution), "status"));
        await client.CallAsync("StopExecution", new JsonObject { ["executionArn"] = execution });

        time.Advance(TimeSpan.FromDays(14));
        Assert.Equal(("ABORTED", "REDRIVABLE"), Status(await client.DescribeAsync(execution)));
        time.Advance(TimeSpan.FromSeconds(1));
        var expired = await client.DescribeAsync(execution);
        Assert.Equal(("ABORTED", "NOT_REDRIVABLE"), Status(expired));
        Assert.Equal("Execution redrivable period exceeded", Text(expired, "redriveStatusReason"));
        Assert.Equal("ExecutionNotRedrivable", (await Assert.ThrowsAsync<AwsServiceException>(() => RedriveAsync(client, execution))).Code);
    }

    [Fact]
    public async Task Redrive_Counts_The_Timeout_Anew_When_An_Execution_Timed_Out()
    {
        var time = new WatchedClock(s_start);
        await using var client = await StepFunctionsClient.StartAsync(time);
        var machine = await client.CreateAsync("timed-out", """{"TimeoutSeconds":5,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}""");
        var execution = await client.StartAsync(machine);
        await time.UntilTimerAsync(TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(("TIMED_OUT", "REDRIVABLE"), Status(await client.EndAsync(execution)));

        await RedriveAsync(client, execution);
        Assert.Equal("RUNNING", Text(await client.DescribeAsync(execution), "status"));
    }

    [Fact]
    public async Task Redrive_Finds_The_Failed_State_When_The_Process_Was_Started_Again()
    {
        var directory = Path.Combine(Path.GetTempPath(), "oith-redrive-" + Guid.NewGuid().ToString("N"));
        try
        {
            string execution;
            await using (var client = await StepFunctionsClient.StartAsync(dataDirectory: directory))
            {
                var machine = await client.CreateAsync("durable", """
                    {"StartAt":"First","States":{"First":{"Type":"Pass","Next":"Find"},"Find":LATE,"ResultPath":null,"End":true}}}
                    """.Replace("LATE", Late, StringComparison.Ordinal));
                execution = await client.StartAsync(machine, """{ "spaced" : [ 1, 2 ] }""");
                await client.EndAsync(execution);
            }

            await using (var client = await StepFunctionsClient.StartAsync(dataDirectory: directory))
            {
                Assert.Equal(("FAILED", "REDRIVABLE"), Status(await client.DescribeAsync(execution)));
                await CreateQueueAsync(client);
                await RedriveAsync(client, execution);
                var ended = await client.EndAsync(execution);
                Assert.Equal(("""{ "spaced" : [ 1, 2 ] }""", """{ "spaced" : [ 1, 2 ] }"""), (Text(ended, "input"), Text(ended, "output")));
            }

            await using (var client = await StepFunctionsClient.StartAsync(dataDirectory: directory))
            {
                var ended = await client.DescribeAsync(execution);
                Assert.Equal(("SUCCEEDED", 1), (Text(ended, "status"), ended["redriveCount"]!.GetValue<int>()));
                Assert.Equal(1, (await client.EventsAsync(execution)).Count(type => type == "PassStateEntered"));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("", "clientToken")]
    [InlineData("with space", "clientToken")]
    public async Task Redrive_Refuses_A_Client_Token_When_AWS_Does(string token, string member)
    {
        await using var client = await StepFunctionsClient.StartAsync();
        var execution = await client.StartAsync(await client.CreateAsync("token", """{"StartAt":"F","States":{"F":{"Type":"Fail"}}}"""));
        await client.EndAsync(execution);
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => RedriveAsync(client, execution, token));
        Assert.Equal("ValidationException", error.Code);
        Assert.Contains($"at '{member}'", error.Message, StringComparison.Ordinal);
    }

    private static string Text(JsonNode node, string member) => node[member]!.GetValue<string>();

    private static (string Status, string Redrive) Status(JsonObject described) => (Text(described, "status"), Text(described, "redriveStatus"));

    private static async Task<decimal> RedriveAsync(StepFunctionsClient client, string execution, string? token = null) =>
        (await client.CallAsync("RedriveExecution", new JsonObject { ["executionArn"] = execution, ["clientToken"] = token }))["redriveDate"]!.GetValue<decimal>();

    private static async Task CreateQueueAsync(StepFunctionsClient client) =>
        await client.Api.InvokeAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = "late" }, Token);

    private static async Task<int> CountAsync(StepFunctionsClient client, string machine, string filter) =>
        (await client.CallAsync("ListExecutions", new JsonObject { ["stateMachineArn"] = machine, ["redriveFilter"] = filter }))["executions"]!.AsArray().Count;

    private static async Task<string> RunAsync(StepFunctionsClient client, string execution) =>
        Text(Assert.Single((await client.CallAsync("ListMapRuns", new JsonObject { ["executionArn"] = execution }))["mapRuns"]!.AsArray())!, "mapRunArn");

    private static async Task<string[]> LinesAsync(StepFunctionsClient client, string execution)
    {
        var history = await client.CallAsync("GetExecutionHistory", new JsonObject { ["executionArn"] = execution, ["maxResults"] = 1000 });
        return [.. history["events"]!.AsArray().Select(one => $"{one!["id"]}<{one["previousEventId"]} {one["type"]}")];
    }
}
