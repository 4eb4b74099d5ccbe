using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Stack.SingleProcess;

namespace Oith.Tests.Matching.Workflow;

/// <summary>The deployed stacks, the population and the service in one process, as the AppHost runs them.</summary>
public sealed class EndToEndTests
{
    [Theory]
    [InlineData(1_000_000, "direct")]
    [InlineData(50, "sharded")]
    public async Task Request_Becomes_A_Match_And_A_Notification_When_It_Went_Through_The_Queue(int threshold, string path)
    {
        await using var stack = await StartAsync(threshold);
        await using var twin = await StartAsync(1_000_000);
        using var http = new HttpClient { BaseAddress = stack.Service };
        using var twinHttp = new HttpClient { BaseAddress = twin.Service };
        var matched = 0;
        foreach (var email in await EmailsAsync(stack, 8))
        {
            var expected = await PostAsync(twinHttp, "/api/match/next", new { userEmail = email });

            var queued = await PostAsync(http, "/api/match/requests", new { userEmail = email });
            var request = await CompletedAsync(http, queued["requestId"]!.GetValue<string>());

            Assert.Equal(expected["match"]?["email"]?.GetValue<string>(), request["match"]?["email"]?.GetValue<string>());
            var status = await GetAsync(http, $"/api/match/status?userEmail={Uri.EscapeDataString(email)}");
            Assert.Equal(request["match"]?["email"]?.GetValue<string>(), status["match"]?["email"]?.GetValue<string>());
            if (request["match"] is { } match)
            {
                matched++;
                var notification = await NotificationAsync(stack, email);
                Assert.Equal("match", notification["type"]!.GetValue<string>());
                Assert.Equal(match["email"]!.GetValue<string>(), notification["matchEmail"]!.GetValue<string>());
            }
        }

        Assert.True(matched > 2, $"Only {matched} of 8 requests found anybody on the {path} path.");
    }

    [Fact]
    public async Task Message_Ends_Among_The_Dead_Letters_When_It_Is_Poison()
    {
        await using var stack = await StartAsync(1_000_000);
        await stack.Api.InvokeAsync(
            "sqs",
            "SetQueueAttributes",
            new JsonObject
            {
                ["QueueUrl"] = stack.ServiceSettings["MATCHING_QUEUE_URL"],
                ["Attributes"] = new JsonObject { ["VisibilityTimeout"] = "1" },
            },
            TestContext.Current.CancellationToken);

        await stack.Api.InvokeAsync(
            "sqs",
            "SendMessage",
            new JsonObject
            {
                ["QueueUrl"] = stack.ServiceSettings["MATCHING_QUEUE_URL"],
                ["MessageBody"] = "poison",
                ["MessageGroupId"] = "poison",
                ["MessageDeduplicationId"] = "poison",
            },
            TestContext.Current.CancellationToken);

        JsonObject? letter = null;
        await Eventually.TrueAsync(async () =>
        {
            var received = await stack.Api.InvokeAsync(
                "sqs",
                "ReceiveMessage",
                new JsonObject { ["QueueUrl"] = stack.ServiceSettings["MATCHING_QUEUE_URL"]!.Replace("-queue.", "-dlq.", StringComparison.Ordinal) },
                TestContext.Current.CancellationToken);
            letter = received["Messages"]?.AsArray().FirstOrDefault()?.AsObject();
            return letter is not null;
        });
        Assert.Equal("poison", letter!["Body"]!.GetValue<string>());
    }

    [Fact]
    public async Task Next_Answers_From_The_Deck_When_The_Precompute_Has_Run()
    {
        await using var stack = await StartAsync(1_000_000);
        using var http = new HttpClient { BaseAddress = stack.Service };
        var cancellationToken = TestContext.Current.CancellationToken;
        var machines = await stack.Api.InvokeAsync("states", "ListStateMachines", [], cancellationToken);
        var arn = machines["stateMachines"]!.AsArray().Select(machine => machine!["stateMachineArn"]!.GetValue<string>())
            .Single(arn => arn.EndsWith("batch-precompute", StringComparison.Ordinal));

        var execution = await stack.Api.InvokeAsync("states", "StartExecution", new JsonObject { ["stateMachineArn"] = arn, ["input"] = "{}" }, cancellationToken);
        JsonObject state = [];
        await Eventually.TrueAsync(async () =>
        {
            state = await stack.Api.InvokeAsync(
                "states", "DescribeExecution", new JsonObject { ["executionArn"] = execution["executionArn"]!.GetValue<string>() }, cancellationToken);
            return state["status"]!.GetValue<string>() != "RUNNING";
        });

        Assert.True(state["status"]!.GetValue<string>() == "SUCCEEDED", state.ToJsonString());
        var sources = new List<string>();
        foreach (var email in await EmailsAsync(stack, 10))
        {
            sources.Add((await PostAsync(http, "/api/match/next", new { userEmail = email }))["performance"]!["source"]!.GetValue<string>());
        }

        Assert.Contains("deck", sources);
    }

    private static Task<OithStack> StartAsync(int threshold) =>
        OithStack.StartAsync(
            new OithStackOptions
            {
                ServicePort = 0,
                LocalCloud = new LocalCloudOptions { Port = 0, RedisPort = 0 },
                Users = 1500,
                Parameters = new Dictionary<string, IReadOnlyDictionary<string, string>>
                {
                    ["stepfunctions"] = new Dictionary<string, string>
                    {
                        ["DirectMatchingThreshold"] = threshold.ToString(CultureInfo.InvariantCulture),
                    },
                },
            },
            progress: null,
            TestContext.Current.CancellationToken);

    private static async Task<string[]> EmailsAsync(OithStack stack, int count)
    {
        var page = await stack.Api.InvokeAsync(
            "dynamodb",
            "Scan",
            new JsonObject { ["TableName"] = stack.ServiceSettings["USERS_TABLE"], ["Limit"] = count },
            TestContext.Current.CancellationToken);
        return [.. page["Items"]!.AsArray().Select(item => item!["email"]!["S"]!.GetValue<string>())];
    }

    private static async Task<JsonNode> CompletedAsync(HttpClient http, string id)
    {
        JsonNode request = new JsonObject();
        await Eventually.TrueAsync(async () =>
        {
            request = await GetAsync(http, $"/api/match/requests/{id}");
            return request["status"]!.GetValue<string>() != "queued";
        });
        Assert.Equal("completed", request["status"]!.GetValue<string>());
        return request;
    }

    private static async Task<JsonNode> NotificationAsync(OithStack stack, string email)
    {
        JsonNode? notification = null;
        await Eventually.TrueAsync(async () =>
        {
            var received = await stack.Api.InvokeAsync(
                "sqs",
                "ReceiveMessage",
                new JsonObject { ["QueueUrl"] = stack.ServiceSettings["NOTIFICATION_QUEUE_URL"], ["MaxNumberOfMessages"] = 10 },
                TestContext.Current.CancellationToken);
            notification = received["Messages"]?.AsArray().Select(message => JsonNode.Parse(message!["Body"]!.GetValue<string>())!)
                .FirstOrDefault(message => message["userEmail"]!.GetValue<string>() == email);
            return notification is not null;
        });
        return notification!;
    }

    private static async Task<JsonNode> PostAsync(HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
    }

    private static async Task<JsonNode> GetAsync(HttpClient http, string path)
    {
        using var response = await http.GetAsync(path, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
    }
}
