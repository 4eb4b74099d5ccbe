using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Telemetry;

public sealed class OtlpTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Json_Metrics_Become_CloudWatch_Metrics()
    {
        await PostJsonAsync("/v1/metrics", $$$"""
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"otlp-json"}}]},"scopeMetrics":[{"metrics":[
            {"name":"requests","unit":"{request}","sum":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"{{{Nanoseconds}}}","asInt":"3","attributes":[{"key":"route","value":{"stringValue":"/a"}}]}]}},
            {"name":"duration","unit":"s","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"{{{Nanoseconds}}}","count":"100","sum":15,"bucketCounts":["90","10","0"],"explicitBounds":[0.1,0.2]}]}}
            ]}]}]}
            """);
        var results = await ReadAsync("otlp-json", ("requests", "Sum", "route", "/a"), ("duration", "p95", null, null), ("duration", "SampleCount", null, null));
        Assert.Equal(3, results[0]);
        Assert.InRange(results[1]!.Value, 0.1, 0.2);
        Assert.Equal(100, results[2]!.Value, 6);
    }

    [Fact]
    public async Task Cumulative_Sums_Count_What_They_Grew_By()
    {
        foreach (var total in new[] { 5, 12, 2 })
        {
            await PostJsonAsync("/v1/metrics", $$$"""
                {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"otlp-cumulative"}}]},"scopeMetrics":[{"metrics":[
                {"name":"total","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"timeUnixNano":"{{{Nanoseconds}}}","asDouble":{{{total}}}}]}}]}]}]}
                """);
        }

        // 5, then 7 more, then a new start with 2.
        Assert.Equal(14, (await ReadAsync("otlp-cumulative", ("total", "Sum", null, null)))[0]);
    }

    [Fact]
    public async Task Protobuf_Metrics_And_Spans_Are_Read_Also_Compressed()
    {
        using var metrics = new MemoryStream();
        await using (var gzip = new GZipStream(metrics, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(
                Message(1, Message(1, Attribute("service.name", "otlp-proto")), Message(2, Message(2,
                    Text(1, "cells"), Text(3, "{cell}"), Message(5, Message(1, Fixed64(3, ulong.Parse(Nanoseconds, System.Globalization.CultureInfo.InvariantCulture)), Number(4, 2.5)))))),
                Token);
        }

        using var content = new ByteArrayContent(metrics.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        content.Headers.ContentEncoding.Add("gzip");
        using var client = new HttpClient { BaseAddress = cloud.Endpoint };
        using var response = await client.PostAsync("/v1/metrics", content, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2.5, (await ReadAsync("otlp-proto", ("cells", "Average", null, null)))[0]);
    }

    [Fact]
    public async Task Spans_Are_Kept_As_Traces_And_Logs_With_Them()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        await PostJsonAsync("/v1/traces", $$$"""
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"matching"}}]},"scopeSpans":[{"spans":[
            {"traceId":"{{{Trace}}}","spanId":"00f067aa0ba902b7","name":"POST /api/match/next","kind":2,"startTimeUnixNano":"{{{Nanoseconds}}}","endTimeUnixNano":"{{{Nanoseconds}}}"},
            {"traceId":"{{{Trace}}}","spanId":"00f067aa0ba902b8","parentSpanId":"00f067aa0ba902b7","name":"GetItem","kind":3,"startTimeUnixNano":"{{{Nanoseconds}}}","endTimeUnixNano":"{{{Nanoseconds}}}","status":{"code":2,"message":"throttled"}}
            ]}]}]}
            """);
        await PostJsonAsync("/v1/logs", $$$"""
            {"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"{{{Nanoseconds}}}","severityText":"Warning","body":{"stringValue":"slow"},"traceId":"{{{Trace}}}"}]}]}]}
            """);
        var summaries = await cloud.Api.InvokeAsync(
            "xray", "GetTraceSummaries", new JsonObject { ["StartTime"] = Now.AddMinutes(-5).ToUnixTimeSeconds(), ["EndTime"] = Now.AddMinutes(5).ToUnixTimeSeconds() }, Token);
        var summary = Assert.Single(summaries["TraceSummaries"]!.AsArray(), item => item!["Id"]!.GetValue<string>() == "1-4bf92f35-77b34da6a3ce929d0e0e4736")!;
        Assert.Equal("POST /api/match/next", summary["EntryPoint"]!["Name"]!.GetValue<string>());
        Assert.True(summary["HasFault"]!.GetValue<bool>());

        var traces = await cloud.Api.InvokeAsync("xray", "BatchGetTraces", new JsonObject { ["TraceIds"] = new JsonArray("1-4bf92f35-77b34da6a3ce929d0e0e4736", "1-00000000-000000000000000000000000") }, Token);
        Assert.Equal(2, traces["Traces"]![0]!["Segments"]!.AsArray().Count);
        Assert.Single(traces["UnprocessedTraceIds"]!.AsArray());
        var logs = await cloud.Api.InvokeAsync("xray", "LocalCloudGetLogs", new JsonObject { ["TraceId"] = Trace }, Token);
        Assert.Equal("slow", Assert.Single(logs["Logs"]!.AsArray())!["Body"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("text/plain", "x", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", "[", HttpStatusCode.BadRequest)]
    [InlineData("application/x-protobuf", "no protobuf", HttpStatusCode.BadRequest)]
    public async Task What_Is_No_Otlp_Is_Refused(string contentType, string body, HttpStatusCode status)
    {
        using var client = new HttpClient { BaseAddress = cloud.Endpoint };
        using var response = await client.PostAsync("/v1/metrics", new StringContent(body, new MediaTypeHeaderValue(contentType)), Token);
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Cli_Reads_Traces()
    {
        var answer = await AwsCli.RunAsync(cloud.Endpoint, "xray", "get-trace-summaries", "--start-time", "1", "--end-time", "2");
        Assert.Empty(answer!["TraceSummaries"]!.AsArray());
    }

    private static string Nanoseconds => Now.ToUnixTimeMilliseconds() + "000000";

    private static byte[] Message(int field, params byte[][] parts) => Field(output =>
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom([.. parts.SelectMany(part => part)]));
    });

    private static byte[] Attribute(string key, string value) => Message(1, Text(1, key), Message(2, Text(1, value)));

    private static byte[] Text(int field, string value) => Message(field, Encoding.UTF8.GetBytes(value));

    private static byte[] Fixed64(int field, ulong value) => Field(output =>
    {
        output.WriteTag(field, WireFormat.WireType.Fixed64);
        output.WriteFixed64(value);
    });

    private static byte[] Number(int field, double value) => Field(output =>
    {
        output.WriteTag(field, WireFormat.WireType.Fixed64);
        output.WriteDouble(value);
    });

    private static byte[] Field(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(output);
        }

        return stream.ToArray();
    }

    private async Task PostJsonAsync(string path, string json)
    {
        using var client = new HttpClient { BaseAddress = cloud.Endpoint };
        using var response = await client.PostAsync(path, new StringContent(json, new MediaTypeHeaderValue("application/json")), Token);
        Assert.Equal("{}", await response.Content.ReadAsStringAsync(Token));
    }

    private async Task<List<double?>> ReadAsync(string service, params (string Metric, string Statistic, string? Dimension, string? Value)[] queries)
    {
        var answer = await cloud.Api.InvokeAsync("monitoring", "GetMetricData", new JsonObject
        {
            ["StartTime"] = Now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["EndTime"] = Now.AddMinutes(10).ToUnixTimeSeconds(),
            ["MetricDataQueries"] = new JsonArray([.. queries.Select((query, index) => (JsonNode?)new JsonObject
            {
                ["Id"] = $"q{index}",
                ["MetricStat"] = new JsonObject
                {
                    ["Period"] = 3600,
                    ["Stat"] = query.Statistic,
                    ["Metric"] = new JsonObject
                    {
                        ["Namespace"] = service,
                        ["MetricName"] = query.Metric,
                        ["Dimensions"] = query.Dimension is null ? [] : new JsonArray(new JsonObject { ["Name"] = query.Dimension, ["Value"] = query.Value }),
                    },
                },
            })]),
        }, Token);
        return [.. answer["MetricDataResults"]!.AsArray().Select(result => result!["Values"]!.AsArray().FirstOrDefault()?.GetValue<double>())];
    }
}
