using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching;

namespace Oith.Tests.LocalCloud.Lambda;

public sealed class LambdaInvokeTests : IAsyncLifetime
{
    private const string Invocations = "/2015-03-31/functions/echo/invocations";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LocalCloudOptions _options = new() { Port = 0, RedisPort = 0 };
    private readonly ConcurrentQueue<JsonNode> _received = new();
    private Func<HttpContext, Task> _answer = context => context.Response.WriteAsync("{\"ok\":true}");
    private WebApplication _cloud = null!;
    private FunctionHost _host = null!;
    private HttpClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IAwsApi Api => _cloud.Services.GetRequiredService<IAwsApi>();

    public async ValueTask InitializeAsync()
    {
        _host = await FunctionHost.StartAsync(async context =>
        {
            _received.Enqueue((await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!);
            await _answer(context);
        });
        _options.Functions["echo"] = _host.Events;
        _cloud = await LocalCloudFixture.StartAsync(_options, _time);
        _client = new HttpClient { BaseAddress = LocalCloudFixture.EndpointOf(_cloud) };
        await Api.InvokeAsync("lambda", "CreateFunction", LambdaFunctions.Create("echo", timeoutSeconds: 5), Token);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _cloud.StopAsync(CancellationToken.None);
        await _cloud.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Invoke_Posts_The_Event_And_Returns_The_Processs_Answer()
    {
        _answer = context => context.Response.WriteAsync("""{"answer":42}""");
        var answer = await InvokeAsync(new JsonObject { ["Payload"] = new JsonObject { ["task"] = "plan" } });
        Assert.Equal(200, answer["StatusCode"]!.GetValue<int>());
        Assert.Equal("$LATEST", answer["ExecutedVersion"]!.GetValue<string>());
        Assert.Equal("""{"answer":42}""", answer["Payload"]!.ToJsonString());
        Assert.False(answer.ContainsKey("FunctionError"));
        Assert.Equal("""{"task":"plan"}""", Assert.Single(_received).ToJsonString());
    }

    [Fact]
    public async Task Invoke_Over_Http_Answers_Payload_And_Headers()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Invocations) { Content = new StringContent("{\"a\":1}") };
        request.Headers.Add("X-Amz-Log-Type", "Tail");
        using var response = await _client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("{\"ok\":true}", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("$LATEST", Header(response, "X-Amz-Executed-Version"));
        Assert.Contains("REPORT RequestId:", Encoding.UTF8.GetString(Convert.FromBase64String(Header(response, "X-Amz-Log-Result"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_Forwards_Trace_And_Client_Context()
    {
        Dictionary<string, string>? headers = null;
        _answer = context =>
        {
            headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            return Task.CompletedTask;
        };
        // The client sends the current activity as its traceparent.
        using var activity = new System.Diagnostics.Activity("caller").Start();
        var trace = activity.TraceId.ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Post, Invocations);
        request.Headers.Add("X-Amz-Client-Context", Convert.ToBase64String("{\"custom\":{\"k\":\"v\"}}"u8));
        using var response = await _client.SendAsync(request, Token);
        Assert.Equal("null", await response.Content.ReadAsStringAsync(Token));
        Assert.StartsWith($"00-{trace}-", headers!["traceparent"], StringComparison.Ordinal);
        Assert.StartsWith($"Root=1-{trace[..8]}-{trace[8..]};Parent=", headers["X-Amzn-Trace-Id"], StringComparison.Ordinal);
        var context = JsonNode.Parse(headers["x-amzn-lambda-context"])!;
        Assert.Equal("v", context["client_context"]!["custom"]!["k"]!.GetValue<string>());
        Assert.Equal("arn:aws:lambda:us-east-1:000000000000:function:echo", context["invoked_function_arn"]!.GetValue<string>());
    }

    [Fact]
    public async Task Invoke_Answers_A_Function_Error_When_The_Status_Is_A_Configured_One()
    {
        _answer = context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        using var response = await _client.PostAsync(Invocations, new StringContent("{}"), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("Unhandled", Header(response, "X-Amz-Function-Error"));
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
        Assert.Equal("Request failed with configured error status code: 503", error["errorMessage"]!.GetValue<string>());
    }

    [Fact]
    public async Task Invoke_Times_Out_After_The_Functions_Timeout()
    {
        var arrived = new TaskCompletionSource();
        _answer = async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        var invocation = InvokeAsync([]);
        await arrived.Task.WaitAsync(Token);
        _time.Advance(TimeSpan.FromSeconds(5));
        var answer = await invocation;
        Assert.Equal("Unhandled", answer["FunctionError"]!.GetValue<string>());
        Assert.Equal("Sandbox.Timedout", answer["Payload"]!["errorType"]!.GetValue<string>());
        Assert.EndsWith("Error: Task timed out after 5.00 seconds", answer["Payload"]!["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_Names_The_Address_When_The_Process_Is_Not_There()
    {
        _options.Functions["echo"] = new Uri("http://127.0.0.1:1/events");
        var answer = await InvokeAsync([]);
        Assert.Equal("LocalCloud.FunctionProcessUnreachable", answer["Payload"]!["errorType"]!.GetValue<string>());
        Assert.Contains("http://127.0.0.1:1/events", answer["Payload"]!["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);

        await Api.InvokeAsync("lambda", "LocalCloudSetFunctionProcess", new JsonObject { ["FunctionName"] = "echo" }, Token);
        answer = await InvokeAsync([]);
        Assert.Contains("LocalCloud:Functions:echo", answer["Payload"]!["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);

        await Api.InvokeAsync("lambda", "LocalCloudSetFunctionProcess", new JsonObject { ["FunctionName"] = "echo", ["Uri"] = _host.Events.ToString() }, Token);
        Assert.False((await InvokeAsync([])).ContainsKey("FunctionError"));
    }

    [Fact]
    public async Task Invoke_Is_Throttled_When_Reserved_Concurrency_Is_Used_Up()
    {
        await Api.InvokeAsync("lambda", "PutFunctionConcurrency", new JsonObject { ["FunctionName"] = "echo", ["ReservedConcurrentExecutions"] = 1 }, Token);
        var arrived = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        _answer = async _ =>
        {
            arrived.SetResult();
            await finish.Task;
        };
        var first = InvokeAsync([]);
        await arrived.Task.WaitAsync(Token);

        using var response = await _client.PostAsync(Invocations, null, Token);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("TooManyRequestsException", Header(response, "x-amzn-ErrorType"));
        Assert.Equal(
            """{"message":"Rate Exceeded.","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User"}""",
            await response.Content.ReadAsStringAsync(Token));

        finish.SetResult();
        Assert.Equal(200, (await first)["StatusCode"]!.GetValue<int>());
    }

    [Fact]
    public async Task Event_Invocation_Is_Accepted_And_Tried_Three_Times_When_It_Fails()
    {
        var attempts = new SemaphoreSlim(0);
        _answer = context =>
        {
            context.Response.StatusCode = 500;
            attempts.Release();
            return Task.CompletedTask;
        };
        var answer = await InvokeAsync(new JsonObject { ["InvocationType"] = "Event", ["Payload"] = new JsonObject { ["n"] = 1 } });
        Assert.Equal("""{"StatusCode":202}""", answer.ToJsonString());
        Assert.True(await attempts.WaitAsync(TimeSpan.FromSeconds(30), Token));
        for (var retry = 0; retry < 2; retry++)
        {
            // The delay starts only after the answer has been read: the clock goes on until the next attempt comes. It goes slowly,
            // because an attempt that is under way has the function's time limit by the same clock.
            var minutes = 0;
            while (!await attempts.WaitAsync(TimeSpan.FromSeconds(1), Token))
            {
                Assert.True(minutes++ < 60, "The event is not tried again.");
                _time.Advance(TimeSpan.FromMinutes(1));
            }
        }

        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(await attempts.WaitAsync(TimeSpan.FromMilliseconds(100), Token));
        Assert.Equal(3, _received.Count);
    }

    [Fact]
    public async Task Event_That_Is_Given_Up_Goes_To_Its_Destination_And_Dead_Letter_Queue()
    {
        var (failures, deadLetters) = (await CreateQueueAsync("failures"), await CreateQueueAsync("dead-letters"));
        await Api.InvokeAsync(
            "lambda",
            "PutFunctionEventInvokeConfig",
            new JsonObject
            {
                ["FunctionName"] = "echo",
                ["MaximumRetryAttempts"] = 0,
                ["DestinationConfig"] = new JsonObject { ["OnFailure"] = new JsonObject { ["Destination"] = "arn:aws:sqs:us-east-1:000000000000:failures" } },
            },
            Token);
        await Api.InvokeAsync(
            "lambda",
            "UpdateFunctionConfiguration",
            new JsonObject { ["FunctionName"] = "echo", ["DeadLetterConfig"] = new JsonObject { ["TargetArn"] = "arn:aws:sqs:us-east-1:000000000000:dead-letters" } },
            Token);
        _answer = context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await InvokeAsync(new JsonObject { ["InvocationType"] = "Event", ["Payload"] = new JsonObject { ["n"] = 1 } });

        var record = JsonNode.Parse((await NextAsync(failures))["Body"]!.GetValue<string>())!;
        var dead = await NextAsync(deadLetters);

        Assert.Equal("RetriesExhausted", record["requestContext"]!["condition"]!.GetValue<string>());
        Assert.Equal(1, record["requestContext"]!["approximateInvokeCount"]!.GetValue<int>());
        Assert.Equal("""{"n":1}""", record["requestPayload"]!.ToJsonString());
        Assert.Equal("Unhandled", record["responseContext"]!["functionError"]!.GetValue<string>());
        Assert.Equal("""{"n":1}""", dead["Body"]!.GetValue<string>());
        Assert.Equal("Request failed with configured error status code: 500", dead["MessageAttributes"]!["ErrorMessage"]!["StringValue"]!.GetValue<string>());
    }

    [Fact]
    public async Task Dry_Run_Answers_204_And_Runs_Nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Invocations);
        request.Headers.Add("X-Amz-Invocation-Type", "DryRun");
        using var response = await _client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Empty(_received);
    }

    [Theory]
    [InlineData("missing", "{}", HttpStatusCode.NotFound, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:000000000000:function:missing")]
    [InlineData("echo:live", "{}", HttpStatusCode.NotFound, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:000000000000:function:echo:live")]
    [InlineData("echo", "{no json", HttpStatusCode.BadRequest, "InvalidRequestContentException", "Could not parse request body into json")]
    public async Task Invoke_Is_Refused_With_Awss_Words(string function, string payload, HttpStatusCode status, string code, string message)
    {
        using var content = new StringContent(payload);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await _client.PostAsync($"/2015-03-31/functions/{Uri.EscapeDataString(function)}/invocations", content, Token);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(code, Header(response, "x-amzn-ErrorType"));
        Assert.Contains(message, await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Payload_Above_6_MB_Is_Refused()
    {
        using var content = new StringContent("\"" + new string('a', 6 * 1024 * 1024) + "\"");
        using var response = await _client.PostAsync(Invocations, content, Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("Request must be smaller than 6291456 bytes for the InvokeFunction operation", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private async Task<string> CreateQueueAsync(string name) =>
        (await Api.InvokeAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = name }, Token))["QueueUrl"]!.GetValue<string>();

    private Task<JsonNode> NextAsync(string queueUrl) => Eventually.GetAsync(async () =>
        (await Api.InvokeAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = queueUrl, ["MessageAttributeNames"] = new JsonArray("All") }, Token))["Messages"]?[0]);

    private static string Header(HttpResponseMessage response, string name) => Assert.Single(response.Headers.GetValues(name));

    private Task<JsonObject> InvokeAsync(JsonObject input)
    {
        input["FunctionName"] = "echo";
        return Api.InvokeAsync("lambda", "Invoke", input, Token).AsTask();
    }
}
