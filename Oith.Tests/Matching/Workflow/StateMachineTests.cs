using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Matching.Profiles;
using Oith.Tests.Fixtures;
using Oith.Tests.LocalCloud.Lambda;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Workflow;

/// <summary>The two definitions of infrastructure/ run by LocalCloud, their tasks by the service.</summary>
public sealed class StateMachineTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("distributed-matching")]
    [InlineData("batch-precompute")]
    public async Task Definition_Is_Valid_When_It_Is_Deployed(string name)
    {
        var answer = await cloud.Api.InvokeAsync(
            "states", "ValidateStateMachineDefinition", new JsonObject { ["definition"] = Definition(name, "function", "http://queue", 50) }, Token);

        Assert.Equal("OK", answer["result"]!.GetValue<string>());
        Assert.Empty(answer["diagnostics"]!.AsArray());
    }

    [Fact]
    public async Task Request_Has_The_Same_Answer_When_It_Is_Sharded()
    {
        var now = TimeProvider.System.GetUtcNow();
        var people = new People(51).Make(400, now).Select(person => person with { LastSeen = now }).ToArray();
        await using var direct = await MatchingHost.StartAsync(cloud, people);
        await using var sharded = await MatchingHost.StartAsync(cloud, people);
        var directMachine = await DeployAsync(direct, "distributed-matching", 1_000_000);
        var shardedMachine = await DeployAsync(sharded, "distributed-matching", 10);
        var matched = 0;
        foreach (var seeker in people.Take(15))
        {
            var expected = await RunAsync(directMachine, direct, seeker.Email);
            var actual = await RunAsync(shardedMachine, sharded, seeker.Email);

            Assert.Equal(expected["match"]?.ToJsonString(), actual["match"]?.ToJsonString());
            Assert.Equal(expected["matched"]!.GetValue<bool>(), actual["matched"]!.GetValue<bool>());
            matched += actual["source"]!.GetValue<string>() == "sharded" && actual["matched"]!.GetValue<bool>() ? 1 : 0;
        }

        Assert.True(matched > 3, $"Only {matched} of 15 requests were matched on the sharded path.");
        var notifications = await sharded.SQS.ReceiveMessageAsync(
            new Amazon.SQS.Model.ReceiveMessageRequest(sharded.NotificationQueueUrl) { MaxNumberOfMessages = 10, MessageAttributeNames = ["All"] }, Token);
        Assert.All(notifications.Messages, message =>
        {
            Assert.Equal("match", JsonNode.Parse(message.Body)!["type"]!.GetValue<string>());
            Assert.StartsWith("00-", message.MessageAttributes["traceparent"].StringValue, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Execution_Fails_When_The_Message_Is_Poison()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var machine = await DeployAsync(host, "distributed-matching", 50);

        var execution = await StartSyncAsync(machine, """[{"messageId": "1", "body": "poison", "attributes": {"ApproximateReceiveCount": "1"}}]""");

        Assert.Equal("FAILED", execution["status"]!.GetValue<string>());
        Assert.Equal("InvalidRequest", execution["error"]!.GetValue<string>());
        Assert.Equal("A message's body is not JSON.", execution["cause"]!.GetValue<string>());
    }

    [Fact]
    public async Task Decks_Are_Filled_When_The_Precompute_Runs()
    {
        Profile[] people = [.. NextMatchTests.Couple(), NextMatchTests.Person("dan@example.com", "male") with { Interests = [] }];
        await using var host = await MatchingHost.StartAsync(cloud, people);
        var machine = await DeployAsync(host, "batch-precompute", 50);

        var started = await cloud.Api.InvokeAsync("states", "StartExecution", new JsonObject { ["stateMachineArn"] = machine, ["input"] = "{}" }, Token);
        JsonObject execution = [];
        await Eventually.TrueAsync(async () =>
        {
            execution = await cloud.Api.InvokeAsync(
                "states", "DescribeExecution", new JsonObject { ["executionArn"] = started["executionArn"]!.GetValue<string>() }, Token);
            return execution["status"]!.GetValue<string>() != "RUNNING";
        });

        Assert.True(execution["status"]!.GetValue<string>() == "SUCCEEDED", execution.ToJsonString());
        Assert.Equal("deck", (await host.NextAsync("ann@example.com"))["performance"]!["source"]!.GetValue<string>());
    }

    private async Task<JsonNode> RunAsync(string machine, MatchingHost host, string email)
    {
        var (_, queued) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = email });
        var id = queued!["requestId"]!.GetValue<string>();
        var message = new JsonObject
        {
            ["messageId"] = "1",
            ["body"] = new JsonObject { ["requestId"] = id, ["userEmail"] = email }.ToJsonString(),
            ["attributes"] = new JsonObject { ["ApproximateReceiveCount"] = "1" },
        };

        var execution = await StartSyncAsync(machine, new JsonArray(message).ToJsonString());

        Assert.True(execution["status"]!.GetValue<string>() == "SUCCEEDED", execution.ToJsonString());
        var request = await host.Http.GetFromJsonAsync<JsonNode>($"/api/match/requests/{id}", Token);
        Assert.Equal("completed", request!["status"]!.GetValue<string>());
        var outcome = JsonNode.Parse(execution["output"]!.GetValue<string>())![0]!;
        Assert.Equal(request["match"]?["email"]?.GetValue<string>(), outcome["match"]?["email"]?.GetValue<string>());
        return outcome;
    }

    private Task<JsonObject> StartSyncAsync(string machine, string input) => cloud.Api.InvokeAsync(
        "states", "StartSyncExecution", new JsonObject { ["stateMachineArn"] = machine, ["input"] = input }, Token).AsTask();

    private async Task<string> DeployAsync(MatchingHost host, string definition, int threshold)
    {
        var name = $"{definition}-{Guid.NewGuid():N}"[..40];
        await cloud.Api.InvokeAsync("lambda", "CreateFunction", LambdaFunctions.Create(name), Token);
        cloud.Services.GetRequiredService<LocalCloudOptions>().Functions[name] = new Uri(host.Http.BaseAddress!, "/events");
        var machine = await cloud.Api.InvokeAsync(
            "states",
            "CreateStateMachine",
            new JsonObject
            {
                ["name"] = name,
                ["type"] = definition == "batch-precompute" ? "STANDARD" : "EXPRESS",
                ["roleArn"] = "arn:aws:iam::000000000000:role/test",
                ["definition"] = Definition(definition, $"arn:aws:lambda:us-east-1:000000000000:function:{name}", host.NotificationQueueUrl, threshold),
            },
            Token);
        return machine["stateMachineArn"]!.GetValue<string>();
    }

    private static string Definition(string name, string function, string queue, int threshold)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Oith.sln")))
        {
            root = root.Parent!;
        }

        return File.ReadAllText(Path.Combine(root.FullName, "infrastructure", $"{name}.asl.json"))
            .Replace("${MatchingFunctionArn}", function, StringComparison.Ordinal)
            .Replace("${NotificationQueueUrl}", queue, StringComparison.Ordinal)
            .Replace("${DirectMatchingThreshold}", threshold.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }
}
