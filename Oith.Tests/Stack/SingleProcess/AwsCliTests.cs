using System.Text.Json.Nodes;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching;

namespace Oith.Tests.Stack.SingleProcess;

/// <summary>What a newcomer tries with the real AWS CLI against the running stack.</summary>
[Collection(OithStackCollection.Name)]
public sealed class AwsCliTests(OithStackFixture fixture)
{
    private const string Account = "arn:aws:states:us-east-1:000000000000";

    [Fact]
    public async Task Cli_Describes_The_Stacks()
    {
        var answer = await RunAsync("cloudformation", "describe-stacks");

        Assert.All(answer["Stacks"]!.AsArray(), stack =>
        {
            Assert.Equal("CREATE_COMPLETE", stack!["StackStatus"]!.GetValue<string>());
            Assert.NotEmpty(stack["Outputs"]!.AsArray());
        });
        Assert.Equal(ResourceNames.Stacks.Count, answer["Stacks"]!.AsArray().Count);
    }

    [Fact]
    public async Task Cli_Sends_Receives_And_Deletes_A_Message()
    {
        await RunAsync("sqs", "create-queue", "--queue-name", "cli");
        var queue = (await RunAsync("sqs", "get-queue-url", "--queue-name", "cli"))["QueueUrl"]!.GetValue<string>();
        await RunAsync("sqs", "send-message", "--queue-url", queue, "--message-body", "hello");

        var received = await RunAsync("sqs", "receive-message", "--queue-url", queue, "--wait-time-seconds", "5");
        var message = Assert.Single(received["Messages"]!.AsArray())!;
        Assert.Equal("hello", message["Body"]!.GetValue<string>());

        await AwsCli.RunAsync(
            fixture.Stack.Endpoint, "sqs", "delete-message", "--queue-url", queue, "--receipt-handle", message["ReceiptHandle"]!.GetValue<string>());
        var attributes = await RunAsync("sqs", "get-queue-attributes", "--queue-url", queue, "--attribute-names", "All");
        Assert.Equal("0", attributes["Attributes"]!["ApproximateNumberOfMessagesNotVisible"]!.GetValue<string>());
    }

    [Fact]
    public async Task Cli_Starts_An_Execution_And_Reads_Its_History()
    {
        var machine = $"{Account}:stateMachine:oith-development-batch-precompute";
        var execution = (await RunAsync("stepfunctions", "start-execution", "--state-machine-arn", machine))["executionArn"]!.GetValue<string>();

        var finished = await Eventually.GetAsync(async () =>
        {
            var description = await RunAsync("stepfunctions", "describe-execution", "--execution-arn", execution);
            return description["status"]!.GetValue<string>() == "RUNNING" ? null : description;
        });
        Assert.Equal("SUCCEEDED", finished["status"]!.GetValue<string>());

        var history = await RunAsync("stepfunctions", "get-execution-history", "--execution-arn", execution);
        var events = history["events"]!.AsArray();
        Assert.Equal("ExecutionStarted", events[0]!["type"]!.GetValue<string>());
        Assert.Equal("ExecutionSucceeded", events[^1]!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Cli_Runs_The_Express_Machine_And_Waits_For_Its_Answer()
    {
        var input = new JsonObject { ["requestId"] = Guid.NewGuid().ToString(), ["userEmail"] = SyntheticPopulation.EmailOf(7) };

        var answer = await RunAsync(
            "stepfunctions", "start-sync-execution", "--state-machine-arn", $"{Account}:stateMachine:oith-development-distributed-matching",
            "--input", input.ToJsonString());

        Assert.Equal("SUCCEEDED", answer["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Cli_Gets_And_Queries_Items()
    {
        var email = SyntheticPopulation.EmailOf(3);
        var key = new JsonObject { ["email"] = new JsonObject { ["S"] = email } };
        var item = (await RunAsync("dynamodb", "get-item", "--table-name", "oith-development-users", "--key", key.ToJsonString()))["Item"]!;
        var values = new JsonObject { [":g"] = item["gender"]!.DeepClone(), [":h"] = item["geohash"]!.DeepClone() };

        var people = await RunAsync(
            "dynamodb", "query", "--table-name", "oith-development-users", "--index-name", "gender-geohash-index",
            "--key-condition-expression", "gender = :g AND geohash = :h", "--expression-attribute-values", values.ToJsonString());

        Assert.Contains(people["Items"]!.AsArray(), person => person!["email"]!["S"]!.GetValue<string>() == email);
    }

    [Fact]
    public async Task Cli_Invokes_The_Function()
    {
        var file = Path.GetTempFileName();
        try
        {
            var answer = await RunAsync(
                "lambda", "invoke", "--function-name", "oith-development-matching-service",
                "--payload", """{"task":"planPrecompute"}""", file);

            Assert.Equal(200, answer["StatusCode"]!.GetValue<int>());
            Assert.Null(answer["FunctionError"]);
            var payload = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
            Assert.NotEmpty(payload!["shards"]!.AsArray());
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<JsonNode> RunAsync(params string[] arguments) => (await AwsCli.RunAsync(fixture.Stack.Endpoint, arguments))!;
}
