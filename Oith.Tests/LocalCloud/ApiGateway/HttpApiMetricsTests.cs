using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.LocalCloud.CloudFormation;
using Oith.Tests.Matching;

namespace Oith.Tests.LocalCloud.ApiGateway;

/// <summary>What passes through an HTTP API counts for the API and the function that a stack declares, and can be struck.</summary>
public sealed class HttpApiMetricsTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string Template = """
        Resources:
          Api:
            Type: AWS::ApiGatewayV2::Api
            Properties: {Name: measured, ProtocolType: HTTP}
          Function:
            Type: AWS::Lambda::Function
            Properties:
              FunctionName: measured-by-gateway
              Runtime: nodejs22.x
              Handler: index.handler
              Role: arn:aws:iam::000000000000:role/any
              Code: {ZipFile: 'exports.handler = async () => 1'}
        Outputs:
          Address: {Value: !GetAtt Api.ApiEndpoint}
          Id: {Value: !Ref Api}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_Count_Once_Even_When_The_Process_Tells_Of_Them_Too()
    {
        var stack = await new StackClient(gateway.Api).CreateAsync("measured-echo", Template);
        Assert.Equal("CREATE_COMPLETE", StackClient.Status(stack));
        Assert.Equal(gateway.AddressOf("echo"), new Uri(StackClient.Output(stack, "Address")));
        var id = StackClient.Output(stack, "Id");
        // The first requests find out which APIs the stacks declare.
        await Eventually.TrueAsync(async () =>
        {
            await SendAsync(gateway.AddressOf("echo"), "/api/items/1");
            return await SumAsync("AWS/ApiGateway", "Count", "ApiId", id) > 0;
        });
        await PutAsync(new() { ["Name"] = "slow", ["Service"] = "echo", ["LatencyMilliseconds"] = 200, ["Resource"] = "slow" });
        await PutAsync(new() { ["Name"] = "refused", ["Service"] = "echo", ["ErrorCode"] = "InternalServerError", ["Resource"] = "refused" });
        var before = await FiguresAsync(id);

        for (var call = 0; call < 10; call++)
        {
            await SendAsync(gateway.AddressOf("echo"), "/api/items/1");
            // None of these is a request of the API under /api.
            await SendAsync(gateway.AddressOf("echo"), "/health");
            await SendAsync(gateway.AddressOf("impatient"), "/api/items/1");
            await SendAsync(gateway.Function, "/api/items/1");
        }

        await ExportAsync("/api/items/{id}", 50);
        Assert.Equal(404, await SendAsync(gateway.AddressOf("echo"), "/api/status/404"));
        Assert.Equal(200, await SendAsync(gateway.AddressOf("echo"), "/api/items/slow"));
        Assert.Equal(500, await SendAsync(gateway.AddressOf("echo"), "/api/items/refused"));

        // A request is counted when its answer has been sent.
        await Eventually.TrueAsync(async () => (await FiguresAsync(id)).Count >= before.Count + 13);
        var after = await FiguresAsync(id);
        Assert.Equal(
            before with { Count = before.Count + 13, Refused = before.Refused + 1, Failed = before.Failed + 1, Invocations = before.Invocations + 13, Errors = before.Errors + 1 },
            after);
        Assert.InRange(await MaximumAsync("AWS/ApiGateway", "Latency", "ApiId", id), 195, 30_000);
        Assert.InRange(await MaximumAsync("AWS/Lambda", "Duration", "FunctionName", "measured-by-gateway"), 195, 30_000);
        Assert.Equal(after.Count, await StatisticAsync("AWS/ApiGateway", "IntegrationLatency", "ApiId", id, "SampleCount"));
    }

    private async Task<int> SendAsync(Uri address, string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, target)) { Version = HttpVersion.Version11 };
        using var answer = await gateway.Client.SendAsync(request, Token);
        await answer.Content.ReadAsByteArrayAsync(Token);
        return (int)answer.StatusCode;
    }

    private async Task PutAsync(JsonObject fault) => await gateway.Api.InvokeAsync("faults", "PutFault", fault, Token);

    /// <summary>Exports what a process of its own would about its requests.</summary>
    private async Task ExportAsync(string route, int count)
    {
        var now = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var body = $$$"""
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"matching"}}]},"scopeMetrics":[{"metrics":[
            {"name":"http.server.request.duration","unit":"s","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"{{{now}}}","count":"{{{count}}}","sum":1,
            "bucketCounts":["{{{count}}}","0"],"explicitBounds":[0.1],"attributes":[{"key":"http.route","value":{"stringValue":"{{{route}}}"}}]}]}}]}]}]}
            """;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Endpoint, "/v1/metrics")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await gateway.Client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task<Figures> FiguresAsync(string id) => new(
        await SumAsync("AWS/ApiGateway", "Count", "ApiId", id),
        await SumAsync("AWS/ApiGateway", "4xx", "ApiId", id),
        await SumAsync("AWS/ApiGateway", "5xx", "ApiId", id),
        await SumAsync("AWS/Lambda", "Invocations", "FunctionName", "measured-by-gateway"),
        await SumAsync("AWS/Lambda", "Errors", "FunctionName", "measured-by-gateway"));

    private Task<double> SumAsync(string space, string metric, string dimension, string value) => StatisticAsync(space, metric, dimension, value, "Sum");

    private Task<double> MaximumAsync(string space, string metric, string dimension, string value) => StatisticAsync(space, metric, dimension, value, "Maximum");

    private async Task<double> StatisticAsync(string space, string metric, string dimension, string value, string statistic)
    {
        var now = TimeProvider.System.GetUtcNow();
        var answer = await gateway.Api.InvokeAsync("monitoring", "GetMetricStatistics", new JsonObject
        {
            ["Namespace"] = space,
            ["MetricName"] = metric,
            ["Dimensions"] = new JsonArray(new JsonObject { ["Name"] = dimension, ["Value"] = value }),
            ["StartTime"] = now.AddHours(-1).ToUnixTimeSeconds(),
            ["EndTime"] = now.AddHours(1).ToUnixTimeSeconds(),
            ["Period"] = 60,
            ["Statistics"] = new JsonArray(statistic),
        }, Token);
        var values = answer["Datapoints"]!.AsArray().Select(point => point![statistic]!.GetValue<double>()).DefaultIfEmpty().ToList();
        return statistic == "Maximum" ? values.Max() : values.Sum();
    }

    private sealed record Figures(double Count, double Refused, double Failed, double Invocations, double Errors);
}
