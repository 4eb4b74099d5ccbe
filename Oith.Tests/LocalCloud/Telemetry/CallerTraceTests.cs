using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching;

namespace Oith.Tests.LocalCloud.Telemetry;

/// <summary>Requests to LocalCloud belong to the trace of their caller, and to none without one.</summary>
public sealed class CallerTraceTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("traceparent", "00-{0}-53995c3f42cd8ad8-01")]
    [InlineData("X-Amzn-Trace-Id", "Root=1-{1}-{2};Parent=53995c3f42cd8ad8;Sampled=1")]
    public async Task Request_Is_A_Span_Named_By_Service_And_Operation_When_The_Caller_Is_Traced(string header, string format)
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();

        await CallAsync("DynamoDB_20120810.ListTables", [], (header, string.Format(null, format, trace, trace[..8], trace[8..])));

        var span = await Eventually.GetAsync(() => FindAsync(trace));
        Assert.Equal(("DynamoDB ListTables", "53995c3f42cd8ad8"), (span["name"]!.GetValue<string>(), span["parent_id"]!.GetValue<string>()));
        Assert.Equal("ListTables", span["annotations"]!["rpc.method"]!.GetValue<string>());
    }

    [Fact]
    public async Task Request_Without_A_Trace_Begins_None_But_What_It_Starts_Does()
    {
        var machine = await CallAsync("AWSStepFunctions.CreateStateMachine", new()
        {
            ["name"] = "begins",
            ["definition"] = """{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}""",
            ["roleArn"] = "arn:aws:iam::000000000000:role/r",
        });
        var started = await CallAsync("AWSStepFunctions.StartExecution", new() { ["stateMachineArn"] = machine["stateMachineArn"]!.GetValue<string>() });
        var execution = started["executionArn"]!.GetValue<string>();

        var spans = await Eventually.GetAsync(async () =>
            (await TracesAsync()).FirstOrDefault(trace => trace.Exists(span => span["annotations"]!["aws.step_functions.execution.arn"]?.GetValue<string>() == execution)));

        Assert.Equal(["execution begins", "state P"], spans.Select(span => span["name"]!.GetValue<string>()).Order());
        Assert.Null(spans.Find(span => span["name"]!.GetValue<string>() == "execution begins")!["parent_id"]);
    }

    private async Task<JsonNode> CallAsync(string target, JsonObject input, (string Name, string Value)? header = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = cloud.Endpoint };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = JsonContent.Create(input) };
        request.Headers.Add("X-Amz-Target", target);
        if (header is { } trace)
        {
            request.Headers.TryAddWithoutValidation(trace.Name, trace.Value);
        }

        using var response = await client.SendAsync(request, Token);
        response.EnsureSuccessStatusCode();
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
    }

    private async Task<JsonNode?> FindAsync(string trace) => (await ReadAsync(new JsonArray($"1-{trace[..8]}-{trace[8..]}"))).FirstOrDefault()?.FirstOrDefault();

    private async Task<List<List<JsonNode>>> TracesAsync()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var summaries = await cloud.Api.InvokeAsync("xray", "GetTraceSummaries", new JsonObject { ["StartTime"] = now - 300, ["EndTime"] = now + 300 }, Token);
        return await ReadAsync(new JsonArray([.. summaries["TraceSummaries"]!.AsArray().Select(summary => summary!["Id"]!.DeepClone())]));
    }

    private async Task<List<List<JsonNode>>> ReadAsync(JsonArray ids)
    {
        var answer = await cloud.Api.InvokeAsync("xray", "BatchGetTraces", new JsonObject { ["TraceIds"] = ids }, Token);
        return [.. answer["Traces"]!.AsArray().Select(trace => trace!["Segments"]!.AsArray().Select(segment => JsonNode.Parse(segment!["Document"]!.GetValue<string>())!).ToList())];
    }
}
