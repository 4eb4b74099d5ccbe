using System.Diagnostics;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.StepFunctions;

public sealed class StepFunctionsApiTests : IAsyncLifetime
{
    private const string Pass = """{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}""";
    private const string Wait = """{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}""";

    private StepFunctionsClient _client = null!;

    public async ValueTask InitializeAsync() => _client = await StepFunctionsClient.StartAsync();

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Start_Answers_The_Same_Execution_When_Repeated_Under_Its_Name()
    {
        var machine = await _client.CreateAsync("named", Wait);
        var first = await _client.StartAsync(machine, """{"a":1}""", "one");

        Assert.Equal(first, await _client.StartAsync(machine, """{"a":1}""", "one"));
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _client.StartAsync(machine, """{"a":2}""", "one"));
        Assert.Equal("ExecutionAlreadyExists", error.Code);
        Assert.Equal($"Execution Already Exists: '{first}'", error.Message);

        await _client.CallAsync("StopExecution", new JsonObject { ["executionArn"] = first, ["error"] = "Stopped", ["cause"] = "by hand" });
        var ended = await _client.EndAsync(first);
        Assert.Equal(("ABORTED", "Stopped", "by hand"), (ended["status"]!.GetValue<string>(), ended["error"]!.GetValue<string>(), ended["cause"]!.GetValue<string>()));
        Assert.Equal("ExecutionAlreadyExists", (await Assert.ThrowsAsync<AwsServiceException>(() => _client.StartAsync(machine, """{"a":1}""", "one"))).Code);
    }

    [Fact]
    public async Task History_Is_Paged_And_Reversed_When_Asked()
    {
        var execution = await _client.StartAsync(await _client.CreateAsync("paged", Pass));
        await _client.EndAsync(execution);
        var seen = new List<long>();
        string? next = null;
        do
        {
            var page = await _client.CallAsync(
                "GetExecutionHistory", new JsonObject { ["executionArn"] = execution, ["maxResults"] = 3, ["reverseOrder"] = true, ["nextToken"] = next });
            seen.AddRange(page["events"]!.AsArray().Select(one => one!["id"]!.GetValue<long>()));
            next = page["nextToken"]?.GetValue<string>();
        }
        while (next is not null);

        Assert.Equal([4, 3, 2, 1], seen);
    }

    [Theory]
    [InlineData("with space", "InvalidName")]
    [InlineData("br[acket", "InvalidName")]
    [InlineData("", "ValidationException")]
    public async Task Create_Refuses_A_Name_When_AWS_Does(string name, string code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<AwsServiceException>(() => _client.CreateAsync(name, Pass))).Code);

    [Fact]
    public async Task Start_Refuses_Input_When_It_Is_Too_Large_Or_Not_JSON()
    {
        var machine = await _client.CreateAsync("input", Pass);
        Assert.Equal("ValidationException", (await Assert.ThrowsAsync<AwsServiceException>(
            () => _client.StartAsync(machine, $"\"{new string('x', 256 * 1024)}\""))).Code);
        Assert.Equal("InvalidExecutionInput", (await Assert.ThrowsAsync<AwsServiceException>(() => _client.StartAsync(machine, "{"))).Code);
    }

    [Fact]
    public async Task Create_Tells_Every_Fault_When_Transitions_Lead_Nowhere()
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _client.CreateAsync(
            "lost", """{"StartAt":"pass1","States":{"pass1":{"Type":"Pass","Next":"pass3"},"pass2":{"Type":"Pass","End":true}}}"""));
        Assert.Equal(
            "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, "
            + "MISSING_TRANSITION_TARGET: State \"pass2\" is not reachable. at /States/pass2'",
            error.Message);
    }

    [Fact]
    public async Task Alias_Leads_To_Its_Version_When_The_Machine_Moves_On()
    {
        var machine = await _client.CreateAsync("versioned", """{"StartAt":"A","States":{"A":{"Type":"Pass","Result":1,"End":true}}}""");
        var version = (await _client.CallAsync("PublishStateMachineVersion", new JsonObject { ["stateMachineArn"] = machine }))["stateMachineVersionArn"]!.GetValue<string>();
        Assert.Equal($"{machine}:1", version);
        var alias = await _client.CallAsync("CreateStateMachineAlias", new JsonObject
        {
            ["name"] = "live",
            ["routingConfiguration"] = new JsonArray(new JsonObject { ["stateMachineVersionArn"] = version, ["weight"] = 100 }),
        });
        await _client.CallAsync(
            "UpdateStateMachine",
            new JsonObject { ["stateMachineArn"] = machine, ["definition"] = """{"StartAt":"A","States":{"A":{"Type":"Pass","Result":2,"End":true}}}""" });

        var aliased = await _client.EndAsync(await _client.StartAsync(alias["stateMachineAliasArn"]!.GetValue<string>()));
        var current = await _client.EndAsync(await _client.StartAsync(machine));

        Assert.Equal(("1", "2"), (aliased["output"]!.GetValue<string>(), current["output"]!.GetValue<string>()));
        Assert.Equal(version, aliased["stateMachineVersionArn"]!.GetValue<string>());
        Assert.Equal("ConflictException", (await Assert.ThrowsAsync<AwsServiceException>(
            async () => await _client.CallAsync("DeleteStateMachineVersion", new JsonObject { ["stateMachineVersionArn"] = version }))).Code);
    }

    [Fact]
    public async Task Map_Run_Fails_When_More_Items_Fail_Than_Are_Tolerated()
    {
        var machine = await _client.CreateAsync("tolerant", """
            {"StartAt":"M","States":{"M":{"Type":"Map","Label":"Items","ToleratedFailureCount":1,"MaxConcurrency":1,
              "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"C","States":{
                "C":{"Type":"Choice","Choices":[{"Variable":"$","NumericGreaterThan":2,"Next":"F"}],"Default":"S"},
                "F":{"Type":"Fail","Error":"TooBig"},"S":{"Type":"Succeed"}}},"End":true}}}
            """);

        var tolerated = await _client.EndAsync(await _client.StartAsync(machine, "[1,2,3]"));
        Assert.Equal("[1,2]", tolerated["output"]!.GetValue<string>());

        var execution = await _client.StartAsync(machine, "[1,3,4,5]");
        Assert.Equal("States.ExceedToleratedFailureThreshold", (await _client.EndAsync(execution))["error"]!.GetValue<string>());
        var runs = await _client.CallAsync("ListMapRuns", new JsonObject { ["executionArn"] = execution });
        var run = await _client.CallAsync("DescribeMapRun", new JsonObject { ["mapRunArn"] = runs["mapRuns"]![0]!["mapRunArn"]!.GetValue<string>() });
        Assert.Equal(("FAILED", 2), (run["status"]!.GetValue<string>(), run["itemCounts"]!["failed"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Unknown_Operation_Is_Named_When_Called() =>
        Assert.Contains("RedriveExecution", (await Assert.ThrowsAsync<AwsServiceException>(
            async () => await _client.CallAsync("RedriveExecution", []))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task AWS_CLI_Starts_A_Sync_Execution_When_Host_Prefixes_Are_Off()
    {
        var machine = await _client.CreateAsync("express", Pass, "EXPRESS");
        var start = new ProcessStartInfo(
            "aws", ["stepfunctions", "start-sync-execution", "--endpoint-url", _client.Endpoint.ToString(), "--state-machine-arn", machine, "--input", """{"a":1}"""])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AWS_ACCESS_KEY_ID"] = "test";
        start.Environment["AWS_SECRET_ACCESS_KEY"] = "test";
        start.Environment["AWS_DEFAULT_REGION"] = "us-east-1";
        start.Environment["AWS_DISABLE_HOST_PREFIX_INJECTION"] = "true";
        Process? process = null;
        try
        {
            process = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("The AWS CLI is not installed.");
        }

        using (process)
        {
            var output = await process!.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, error);
            var answer = JsonNode.Parse(output)!;
            Assert.Equal(("SUCCEEDED", """{"a":1}"""), (answer["status"]!.GetValue<string>(), answer["output"]!.GetValue<string>()));
        }
    }
}
