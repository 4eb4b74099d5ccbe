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
        Assert.Contains("RedriveExecutions", (await Assert.ThrowsAsync<AwsServiceException>(
            async () => await _client.CallAsync("RedriveExecutions", []))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("$.[0]", "10")]
    [InlineData("$.[1].b.[0]", "20")]
    [InlineData("$.[1].['b'].[0]", "20")]
    [InlineData("$.[*].['x','y']", """[{"x":1,"y":2},{"x":3}]""")]
    [InlineData("$[2]['x','y']", """{"x":1,"y":2}""")]
    [InlineData("$[2]['x','none']", """{"x":1}""")]
    [InlineData("$[2:4]['x','y']", """[{"x":1,"y":2},{"x":3}]""")]
    public async Task Path_Is_Read_As_Jayway_Does_When_It_Has_Dots_Before_Brackets_Or_Several_Names(string path, string expected)
    {
        var input = """[10,{"b":[20]},{"x":1,"y":2,"z":0},{"x":3}]""";
        input = path.Contains('*', StringComparison.Ordinal) ? """[10,{"x":1,"y":2,"z":0},[4],{"x":3}]""" : input;
        var machine = await _client.CreateAsync(
            "path-" + Guid.NewGuid().ToString("N"), $$$$"""{"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"{{{{path}}}}","End":true}}}""");
        Assert.Equal(expected, (await _client.EndAsync(await _client.StartAsync(machine, input)))["output"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}}""", "MISSING_END_STATE: Workflow has no terminal state at null")]
    [InlineData("""[1]""", "SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object at null")]
    [InlineData("""{"StartAt":"A","States":{"A":{"Type":"Parallel","Branches":[],"End":true}}}""", "SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/A/Branches")]
    public async Task Create_Tells_The_Place_Of_A_Fault_Also_When_It_Is_Null(string definition, string fault) => Assert.Equal(
        $"Invalid State Machine Definition: '{fault}'",
        (await Assert.ThrowsAsync<AwsServiceException>(() => _client.CreateAsync("faulty", definition))).Message);

    [Theory]
    [InlineData("ListStateMachines", 1024)]
    [InlineData("ListActivities", 1024)]
    [InlineData("ListExecutions", 3096)]
    public async Task Next_Token_Is_Refused_When_It_Is_Longer_Than_Its_Limit(string operation, int limit)
    {
        var machine = await _client.CreateAsync("tokens", Pass);
        var input = new JsonObject { ["nextToken"] = new string('a', limit), ["stateMachineArn"] = machine };
        Assert.Equal("InvalidToken", (await Assert.ThrowsAsync<AwsServiceException>(async () => await _client.CallAsync(operation, input))).Code);
        input["nextToken"] = new string('a', limit + 1);
        var error = await Assert.ThrowsAsync<AwsServiceException>(async () => await _client.CallAsync(operation, input));
        Assert.Equal("ValidationException", error.Code);
        Assert.EndsWith($"at 'nextToken' failed to satisfy constraint: Member must have length less than or equal to {limit}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tested_State_Shows_The_Variables_And_The_Members_That_A_Mock_Lacks()
    {
        var tested = await _client.CallAsync("TestState", new JsonObject
        {
            ["definition"] = """{"Type":"Pass","Assign":{"b":2},"End":true}""",
            ["variables"] = """{"a":1}""",
            ["inspectionLevel"] = "DEBUG",
        });
        Assert.Equal("""{"a":1,"b":2}""", tested["inspectionData"]!["variables"]!.GetValue<string>());

        JsonObject Mocked(string resource, string result, string? mode) => new()
        {
            ["definition"] = $$$$"""{"Type":"Task","Resource":"{{{{resource}}}}","Parameters":{},"End":true}""",
            ["mock"] = new JsonObject { ["result"] = result, ["fieldValidationMode"] = mode },
        };
        var missing = Mocked("arn:aws:states:::aws-sdk:sqs:sendMessageBatch", """{"Successful":[{"Id":"1"}],"Failed":[]}""", null);
        var error = await Assert.ThrowsAsync<AwsServiceException>(async () => await _client.CallAsync("TestState", missing));
        Assert.Equal("Mock result schema validation error: Required field 'MessageId' is missing", error.Message);
        await _client.CallAsync("TestState", Mocked("arn:aws:states:::aws-sdk:sqs:sendMessageBatch", """{"Successful":[{"Id":"1"}],"Failed":[]}""", "PRESENT"));
        await _client.CallAsync("TestState", Mocked("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "7", null));
        var wrong = Mocked("arn:aws:states:::aws-sdk:dynamodb:getItem", """{"Item":{"k":{"S":1}}}""", null);
        Assert.EndsWith(
            "Field 'S' must be a string",
            (await Assert.ThrowsAsync<AwsServiceException>(async () => await _client.CallAsync("TestState", wrong))).Message,
            StringComparison.Ordinal);
    }

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
