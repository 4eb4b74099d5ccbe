using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;
using Oith.Tests.LocalCloud.Lambda;

namespace Oith.Tests.LocalCloud.Pipes;

public sealed class PipesTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentQueue<JsonArray> _batches = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private Func<JsonArray, HttpContext, Task> _answer = (_, _) => Task.CompletedTask;
    private WebApplication _cloud = null!;
    private FunctionHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IAwsApi Api => _cloud.Services.GetRequiredService<IAwsApi>();

    public async ValueTask InitializeAsync()
    {
        _host = await FunctionHost.StartAsync(async context =>
        {
            var batch = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!.AsArray();
            _batches.Enqueue(batch);
            _arrived.Release();
            await _answer(batch, context);
        });
        var options = new LocalCloudOptions { Port = 0, RedisPort = 0 };
        options.Functions["worker"] = _host.Events;
        _cloud = await LocalCloudFixture.StartAsync(options, _time);
        await Api.InvokeAsync("lambda", "CreateFunction", LambdaFunctions.Create("worker"), Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _cloud.StopAsync(CancellationToken.None);
        await _cloud.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Pipe_Hands_Each_Message_To_The_Function_As_An_Array_And_Deletes_It()
    {
        var queue = await CreateQueueAsync("plain");
        await CreatePipeAsync("plain", batchSize: 1);
        await SendAsync(queue, """{"requestId":"r1"}""");
        var item = Assert.Single(await NextBatchAsync())!;
        Assert.Equal("""{"requestId":"r1"}""", item["body"]!.GetValue<string>());
        Assert.Equal("aws:sqs", item["eventSource"]!.GetValue<string>());
        Assert.Equal("arn:aws:sqs:us-east-1:000000000000:plain", item["eventSourceARN"]!.GetValue<string>());
        Assert.Equal("1", item["attributes"]!["ApproximateReceiveCount"]!.GetValue<string>());
        await UntilAsync(async () => await CountAsync(queue) == (0, 0));
    }

    [Fact]
    public async Task Pipe_Sends_What_Its_Enrichment_Answers_To_The_Target()
    {
        var (queue, target) = (await CreateQueueAsync("poor"), await CreateQueueAsync("rich"));
        _answer = async (batch, context) => await context.Response.WriteAsync(
            new JsonArray([.. batch.Select(item => new JsonObject { ["name"] = item!["name"]!.GetValue<string>() + "!" })]).ToJsonString(), Token);
        var input = Pipe("poor", "arn:aws:sqs:us-east-1:000000000000:rich", new JsonObject { ["InputTemplate"] = """{"hello": "<$.name>"}""" });
        input["Enrichment"] = "arn:aws:lambda:us-east-1:000000000000:function:worker";
        input["EnrichmentParameters"] = new JsonObject { ["InputTemplate"] = """{"name": <$.body.name>}""" };
        await Api.InvokeAsync("pipes", "CreatePipe", input, Token);
        await SendAsync(queue, """{"name":"Ann"}""");

        Assert.Equal("""[{"name":"Ann"}]""", (await NextBatchAsync()).ToJsonString());
        JsonNode? message = null;
        await UntilAsync(async () =>
            (message = (await Api.InvokeAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = target }, Token))["Messages"]?[0]) is not null);
        Assert.Equal("""{"hello":"Ann!"}""", message!["Body"]!.GetValue<string>());
        await UntilAsync(async () => await CountAsync(queue) == (0, 0));
    }

    [Fact]
    public async Task Pipe_Renders_Its_Input_Template_With_The_Parsed_Body()
    {
        var queue = await CreateQueueAsync("templated");
        await CreatePipeAsync("templated", batchSize: 1, template: """
            {"user": <$.body.user>, "hello": "Hello <$.body.user.name>!", "all": <$.body>, "absent": <$.body.nothing>, "pipe": "<aws.pipes.pipe-name>", "id": "<$.messageId>"}
            """);
        await SendAsync(queue, """{"user":{"name":"Ann \"A\""}}""");
        var item = Assert.Single(await NextBatchAsync())!;
        Assert.Equal("Ann \"A\"", item["user"]!["name"]!.GetValue<string>());
        Assert.Equal("Hello Ann \"A\"!", item["hello"]!.GetValue<string>());
        Assert.Equal("Ann \"A\"", item["all"]!["user"]!["name"]!.GetValue<string>());
        Assert.Equal("", item["absent"]!.GetValue<string>());
        Assert.Equal("templated", item["pipe"]!.GetValue<string>());
        Assert.Equal(36, item["id"]!.GetValue<string>().Length);
    }

    [Fact]
    public async Task Pipe_Deletes_What_Its_Filter_Does_Not_Pass()
    {
        var queue = await CreateQueueAsync("filtered");
        await CreatePipeAsync("filtered", batchSize: 1, filter: """{"body":{"age":[{"numeric":[">=",18]}]}}""");
        await SendAsync(queue, """{"age":17}""");
        await SendAsync(queue, """{"age":18}""");
        Assert.Equal("""{"age":18}""", Assert.Single(await NextBatchAsync())!["body"]!.GetValue<string>());
        await UntilAsync(async () => await CountAsync(queue) == (0, 0));
        Assert.Empty(_batches);
    }

    [Fact]
    public async Task Pipe_Keeps_The_Order_Of_A_Group_And_Runs_Groups_In_Parallel()
    {
        var queue = await CreateQueueAsync("groups.fifo", ("FifoQueue", "true"), ("ContentBasedDeduplication", "true"));
        var release = new TaskCompletionSource();
        var order = new ConcurrentDictionary<string, ConcurrentQueue<int>>();
        _answer = async (batch, _) =>
        {
            // Nobody goes on before a message of each group is here: only parallel groups get past this.
            if (_batches.Select(other => other[0]!["attributes"]!["MessageGroupId"]!.GetValue<string>()).Distinct().Count() == 4)
            {
                release.TrySetResult();
            }

            await release.Task;
            var body = batch[0]!["body"]!.GetValue<string>().Split(':');
            order.GetOrAdd(body[0], _ => new()).Enqueue(int.Parse(body[1], CultureInfo.InvariantCulture));
        };
        await CreatePipeAsync("groups.fifo", batchSize: 1);
        for (var number = 0; number < 5; number++)
        {
            foreach (var group in new[] { "a", "b", "c", "d" })
            {
                await SendAsync(queue, $"{group}:{number}", group);
            }
        }

        await UntilAsync(async () => await CountAsync(queue) == (0, 0));
        Assert.Equal(20, _batches.Count);
        Assert.All(order.Values, numbers => Assert.Equal([0, 1, 2, 3, 4], numbers));
    }

    [Fact]
    public async Task Poison_Message_Ends_In_The_Dead_Letter_Queue_After_Three_Receives()
    {
        var deadLetters = await CreateQueueAsync("poison-dlq.fifo", ("FifoQueue", "true"));
        var queue = await CreateQueueAsync(
            "poison.fifo",
            ("FifoQueue", "true"),
            ("ContentBasedDeduplication", "true"),
            ("VisibilityTimeout", "60"),
            ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:poison-dlq.fifo","maxReceiveCount":"3"}"""));
        _answer = (_, context) =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await CreatePipeAsync("poison.fifo", batchSize: 1);
        await SendAsync(queue, "poison", "g");
        await UntilAsync(async () => await CountAsync(deadLetters) == (1, 0), advance: TimeSpan.FromSeconds(10));
        Assert.Equal(["1", "2", "3"], _batches.Select(batch => batch[0]!["attributes"]!["ApproximateReceiveCount"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Only_The_Failed_Items_Of_A_Batch_Come_Again()
    {
        var queue = await CreateQueueAsync("partial", ("VisibilityTimeout", "30"));
        for (var number = 0; number < 4; number++)
        {
            await SendAsync(queue, number.ToString(CultureInfo.InvariantCulture));
        }

        var first = true;
        _answer = async (batch, context) =>
        {
            var failures = first ? batch.Where(item => item!["body"]!.GetValue<string>() == "2").Select(item => (JsonNode)new JsonObject { ["itemIdentifier"] = item!["messageId"]!.DeepClone() }) : [];
            first &= !failures.Any();
            await context.Response.WriteAsync(new JsonObject { ["batchItemFailures"] = new JsonArray([.. failures]) }.ToJsonString());
        };
        await CreatePipeAsync("partial", batchSize: 10);
        await UntilAsync(async () => await CountAsync(queue) == (0, 0), advance: TimeSpan.FromSeconds(5));
        Assert.Equal(["0", "1", "2", "2", "3"], _batches.SelectMany(batch => batch).Select(item => item!["body"]!.GetValue<string>()).Order());
    }

    [Fact]
    public async Task Pipe_Sends_To_A_Queue_With_Dynamic_Group()
    {
        var queue = await CreateQueueAsync("from");
        var target = await CreateQueueAsync("to.fifo", ("FifoQueue", "true"));
        await Api.InvokeAsync("pipes", "CreatePipe", Pipe("from", "arn:aws:sqs:us-east-1:000000000000:to.fifo", new JsonObject
        {
            ["InputTemplate"] = "<$.body.text>",
            ["SqsQueueParameters"] = new JsonObject { ["MessageGroupId"] = "$.body.group", ["MessageDeduplicationId"] = "$.messageId" },
        }), Token);
        await SendAsync(queue, """{"group":"g1","text":"hello"}""");
        JsonNode? message = null;
        await UntilAsync(async () =>
        {
            var answer = await Api.InvokeAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = target, ["AttributeNames"] = new JsonArray("All") }, Token);
            message = answer["Messages"]?[0];
            return message is not null;
        });
        Assert.Equal("hello", message!["Body"]!.GetValue<string>());
        Assert.Equal("g1", message["Attributes"]!["MessageGroupId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Pipe_Runs_An_Express_Execution_For_Each_Message_And_Keeps_What_Fails()
    {
        var queue = await CreateQueueAsync("requests.fifo", ("FifoQueue", "true"), ("ContentBasedDeduplication", "true"), ("VisibilityTimeout", "60"));
        var machine = await Api.InvokeAsync("states", "CreateStateMachine", new JsonObject
        {
            ["name"] = "requests",
            ["type"] = "EXPRESS",
            ["roleArn"] = "arn:aws:iam::000000000000:role/states",
            ["definition"] = """
                {"StartAt":"Work","States":{
                  "Work":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"worker","Payload.$":"$"},"End":true}}}
                """,
        }, Token);
        _answer = (batch, context) =>
        {
            context.Response.StatusCode = batch[0]!["body"]!.GetValue<string>() == "bad" ? 500 : 200;
            return Task.CompletedTask;
        };
        var pipe = Pipe("requests.fifo", machine["stateMachineArn"]!.GetValue<string>(), new JsonObject
        {
            ["StepFunctionStateMachineParameters"] = new JsonObject { ["InvocationType"] = "REQUEST_RESPONSE" },
        });
        pipe["SourceParameters"] = new JsonObject { ["SqsQueueParameters"] = new JsonObject { ["BatchSize"] = 1 } };
        await Api.InvokeAsync("pipes", "CreatePipe", pipe, Token);
        await SendAsync(queue, "good", "a");
        await SendAsync(queue, "bad", "b");
        await UntilAsync(async () => _batches.Count == 2 && await CountAsync(queue) == (0, 1));
        Assert.Equal(["bad", "good"], _batches.Select(batch => Assert.Single(batch)!["body"]!.GetValue<string>()).Order());
    }

    [Fact]
    public async Task Stopped_Pipe_Leaves_Messages_In_The_Queue_Until_It_Is_Started()
    {
        var queue = await CreateQueueAsync("stopped");
        await CreatePipeAsync("stopped", batchSize: 1);
        Assert.Equal("STOPPING", (await Api.InvokeAsync("pipes", "StopPipe", new JsonObject { ["Name"] = "stopped" }, Token))["CurrentState"]!.GetValue<string>());
        await SendAsync(queue, "waits");
        var described = await Api.InvokeAsync("pipes", "DescribePipe", new JsonObject { ["Name"] = "stopped" }, Token);
        Assert.Equal("STOPPED", described["CurrentState"]!.GetValue<string>());
        Assert.Equal((1, 0), await CountAsync(queue));
        await Api.InvokeAsync("pipes", "StartPipe", new JsonObject { ["Name"] = "stopped" }, Token);
        Assert.Single(await NextBatchAsync());
    }

    [Theory]
    [InlineData("Target", "arn:aws:kinesis:us-east-1:000000000000:stream/x", "arn:aws:kinesis")]
    [InlineData("Source", "arn:aws:kinesis:us-east-1:000000000000:stream/x", "arn:aws:kinesis")]
    [InlineData("Enrichment", "arn:aws:events:us-east-1:000000000000:api-destination/x", "api-destination/x")]
    [InlineData("Colour", "red", "Colour")]
    public async Task CreatePipe_Names_What_It_Does_Not_Support(string member, string value, string named)
    {
        var input = Pipe("any", "arn:aws:lambda:us-east-1:000000000000:function:worker", []);
        input[member] = value;
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => Api.InvokeAsync("pipes", "CreatePipe", input, Token).AsTask());
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cli_Creates_Describes_Tags_And_Deletes_A_Pipe()
    {
        await CreateQueueAsync("cli");
        var endpoint = LocalCloudFixture.EndpointOf(_cloud);
        var created = await AwsCli.RunAsync(
            endpoint, "pipes", "create-pipe", "--name", "cli", "--role-arn", "arn:aws:iam::000000000000:role/pipe", "--source", "arn:aws:sqs:us-east-1:000000000000:cli",
            "--target", "arn:aws:lambda:us-east-1:000000000000:function:worker");
        Assert.Equal("CREATING", created!["CurrentState"]!.GetValue<string>());
        Assert.Equal("RUNNING", (await AwsCli.RunAsync(endpoint, "pipes", "describe-pipe", "--name", "cli"))!["CurrentState"]!.GetValue<string>());
        var arn = created["Arn"]!.GetValue<string>();
        await AwsCli.RunAsync(endpoint, "pipes", "tag-resource", "--resource-arn", arn, "--tags", "team=oith");
        Assert.Equal("oith", (await AwsCli.RunAsync(endpoint, "pipes", "list-tags-for-resource", "--resource-arn", arn))!["tags"]!["team"]!.GetValue<string>());
        Assert.Single((await AwsCli.RunAsync(endpoint, "pipes", "list-pipes", "--name-prefix", "cl"))!["Pipes"]!.AsArray());
        await AwsCli.RunAsync(endpoint, "pipes", "delete-pipe", "--name", "cli");
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => AwsCli.RunAsync(endpoint, "pipes", "describe-pipe", "--name", "cli"));
        Assert.Contains("(NotFoundException)", error.Message, StringComparison.Ordinal);
    }

    private static JsonObject Pipe(string queue, string target, JsonObject targetParameters) => new()
    {
        ["Name"] = queue.Replace(".fifo", "", StringComparison.Ordinal),
        ["RoleArn"] = "arn:aws:iam::000000000000:role/pipe",
        ["Source"] = $"arn:aws:sqs:us-east-1:000000000000:{queue}",
        ["Target"] = target,
        ["TargetParameters"] = targetParameters,
    };

    private async Task CreatePipeAsync(string queue, int batchSize, string? template = null, string? filter = null)
    {
        var input = Pipe(queue, "arn:aws:lambda:us-east-1:000000000000:function:worker", template is null ? [] : new JsonObject { ["InputTemplate"] = template });
        var source = new JsonObject { ["SqsQueueParameters"] = new JsonObject { ["BatchSize"] = batchSize } };
        if (filter is not null)
        {
            source["FilterCriteria"] = new JsonObject { ["Filters"] = new JsonArray(new JsonObject { ["Pattern"] = filter }) };
        }

        input["SourceParameters"] = source;
        await Api.InvokeAsync("pipes", "CreatePipe", input, Token);
    }

    private async Task<string> CreateQueueAsync(string name, params (string Name, string Value)[] attributes)
    {
        var input = new JsonObject
        {
            ["QueueName"] = name,
            ["Attributes"] = new JsonObject(attributes.Select(attribute => KeyValuePair.Create(attribute.Name, (JsonNode?)attribute.Value))),
        };
        return (await Api.InvokeAsync("sqs", "CreateQueue", input, Token))["QueueUrl"]!.GetValue<string>();
    }

    private async Task SendAsync(string queue, string body, string? group = null)
    {
        var input = new JsonObject { ["QueueUrl"] = queue, ["MessageBody"] = body };
        if (group is not null)
        {
            input["MessageGroupId"] = group;
        }

        await Api.InvokeAsync("sqs", "SendMessage", input, Token);
    }

    private async Task<(int Visible, int InFlight)> CountAsync(string queue)
    {
        var answer = await Api.InvokeAsync("sqs", "GetQueueAttributes", new JsonObject { ["QueueUrl"] = queue, ["AttributeNames"] = new JsonArray("All") }, Token);
        return (Of("ApproximateNumberOfMessages"), Of("ApproximateNumberOfMessagesNotVisible"));

        int Of(string name) => int.Parse(answer["Attributes"]![name]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }

    private async Task<JsonArray> NextBatchAsync()
    {
        Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(30), Token), "The function got no batch.");
        Assert.True(_batches.TryDequeue(out var batch));
        return batch;
    }

    /// <summary>Waits for what other threads do; the clock goes on by <paramref name="advance"/> a look.</summary>
    private async Task UntilAsync(Func<Task<bool>> holds, TimeSpan advance = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
            _time.Advance(advance);
        }
    }
}
