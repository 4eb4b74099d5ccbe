using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud.Telemetry;

namespace Oith.Tests.Fixtures;

/// <summary>Receives what processes export by OTLP as protobuf over HTTP, and keeps it.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpCollector(WebApplication app) => _app = app;

    public ConcurrentQueue<ExportedSpan> Spans { get; } = new();

    public ConcurrentQueue<ExportedLog> Logs { get; } = new();

    public ConcurrentQueue<ExportedMetric> Metrics { get; } = new();

    /// <summary>Resource attributes by service.</summary>
    public ConcurrentDictionary<string, Dictionary<string, string>> Resources { get; } = new(StringComparer.Ordinal);

    /// <summary>The environment variables of a process that exports here soon after each event.</summary>
    public Dictionary<string, string> Variables => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = LocalCloudFixture.EndpointOf(_app).AbsoluteUri,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "50",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
    };

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var collector = new OtlpCollector(app);
        app.MapPost("/v1/traces", context => ReceiveAsync(context, OtlpSchema.Traces, collector.ReceiveSpans));
        app.MapPost("/v1/logs", context => ReceiveAsync(context, OtlpSchema.Logs, collector.ReceiveLogs));
        app.MapPost("/v1/metrics", context => ReceiveAsync(context, OtlpSchema.Metrics, collector.ReceiveMetrics));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static async Task ReceiveAsync(HttpContext context, OtlpMessage message, Action<JsonObject> receive)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        receive(OtlpProtobuf.Read(body.ToArray(), message));
        context.Response.ContentType = "application/x-protobuf";
    }

    private void ReceiveSpans(JsonObject request)
    {
        foreach (var (span, resource) in request.Items("resourceSpans", "scopeSpans", "spans"))
        {
            Spans.Enqueue(new ExportedSpan(
                ServiceOf(resource),
                span["traceId"]!.GetValue<string>(),
                span["spanId"]!.GetValue<string>(),
                span["parentSpanId"]?.GetValue<string>() ?? "",
                span["name"]!.GetValue<string>(),
                span["status"]?.Number("code") == 2,
                span.Attributes()));
        }
    }

    private void ReceiveLogs(JsonObject request)
    {
        foreach (var (log, resource) in request.Items("resourceLogs", "scopeLogs", "logRecords"))
        {
            Logs.Enqueue(new ExportedLog(
                ServiceOf(resource), log["severityText"]?.GetValue<string>() ?? "", OtlpValues.Text(log["body"]), log["traceId"]?.GetValue<string>(), log["spanId"]?.GetValue<string>()));
        }
    }

    private void ReceiveMetrics(JsonObject request)
    {
        foreach (var (metric, resource) in request.Items("resourceMetrics", "scopeMetrics", "metrics"))
        {
            Metrics.Enqueue(new ExportedMetric(
                ServiceOf(resource), metric["name"]!.GetValue<string>(), metric["unit"]?.GetValue<string>() ?? "", metric["description"]?.GetValue<string>() ?? ""));
        }
    }

    private string ServiceOf(JsonNode? resource)
    {
        var attributes = resource.Attributes();
        Resources[attributes["service.name"]] = attributes;
        return attributes["service.name"];
    }
}

/// <param name="ParentId">Empty for the first span of a trace.</param>
internal sealed record ExportedSpan(
    string Service, string TraceId, string Id, string ParentId, string Name, bool IsError, IReadOnlyDictionary<string, string> Attributes);

internal sealed record ExportedLog(string Service, string Severity, string Body, string? TraceId, string? SpanId);

internal sealed record ExportedMetric(string Service, string Name, string Unit, string Description);
