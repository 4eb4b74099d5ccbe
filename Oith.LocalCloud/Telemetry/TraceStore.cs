using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Telemetry;

/// <summary>A span, however it came: from a process by OTLP, or from LocalCloud itself.</summary>
/// <param name="TraceId">32 hexadecimal digits.</param>
internal sealed record TraceSpan(
    string TraceId,
    string SpanId,
    string? ParentSpanId,
    string Name,
    string Kind,
    string Service,
    DateTimeOffset Start,
    DateTimeOffset End,
    bool IsError,
    string? StatusMessage,
    IReadOnlyDictionary<string, string> Attributes);

internal sealed record TraceLog(DateTimeOffset Time, string Severity, string Service, string Body, string? TraceId, string? SpanId, IReadOnlyDictionary<string, string> Attributes);

/// <summary>The newest traces and log records, bounded in number; LocalCloud's own spans among them.</summary>
internal sealed class TraceStore : IDisposable
{
    // LocalCloud's services, a service of OITH that runs in this process, and the requests that they answer.
    private const string OwnSources = "Oith.";
    private const string ServerSource = "Microsoft.AspNetCore";
    private const int MaximumTraces = 1000;
    private const int MaximumSpansPerTrace = 1000;
    private const int MaximumLogs = 5000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<TraceSpan>> _traces = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Queue<TraceLog> _logs = new();
    private readonly ActivityListener _listener;

    public TraceStore(TimeProvider time)
    {
        var sampler = new TraceSampler(time);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ServerSource || source.Name.StartsWith(OwnSources, StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => sampler.Sample(options.Parent),
            ActivityStopped = activity =>
            {
                if (activity.Recorded)
                {
                    Add(Of(activity));
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Add(TraceSpan span)
    {
        lock (_lock)
        {
            if (!_traces.TryGetValue(span.TraceId, out var spans))
            {
                if (_order.Count == MaximumTraces)
                {
                    _traces.Remove(_order.Dequeue());
                }

                _traces[span.TraceId] = spans = [];
                _order.Enqueue(span.TraceId);
            }

            if (spans.Count < MaximumSpansPerTrace)
            {
                spans.Add(span);
            }
        }
    }

    public void Add(TraceLog log)
    {
        lock (_lock)
        {
            if (_logs.Count == MaximumLogs)
            {
                _logs.Dequeue();
            }

            _logs.Enqueue(log);
        }
    }

    /// <summary>The traces that have a span in the stretch of time, newest first.</summary>
    public IReadOnlyList<IReadOnlyList<TraceSpan>> Traces(DateTimeOffset start, DateTimeOffset end)
    {
        lock (_lock)
        {
            return [.. _order.Reverse().Select(id => _traces[id]).Where(spans => spans.Exists(span => span.End >= start && span.Start <= end)).Select(spans => spans.ToArray())];
        }
    }

    public IReadOnlyList<TraceSpan>? Find(string traceId)
    {
        lock (_lock)
        {
            return _traces.GetValueOrDefault(traceId)?.ToArray();
        }
    }

    /// <summary>Log records, newest first.</summary>
    /// <param name="traceId">Null: of every trace and of none.</param>
    public IReadOnlyList<TraceLog> Logs(string? traceId, int maximum)
    {
        lock (_lock)
        {
            return [.. _logs.Reverse().Where(log => traceId is null || log.TraceId == traceId).Take(maximum)];
        }
    }

    public void ReceiveSpans(JsonObject request)
    {
        foreach (var (span, resource) in request.Items("resourceSpans", "scopeSpans", "spans"))
        {
            Add(new TraceSpan(
                span["traceId"]!.GetValue<string>(),
                span["spanId"]!.GetValue<string>(),
                span["parentSpanId"]?.GetValue<string>() is { Length: > 0 } parent ? parent : null,
                span["name"]?.GetValue<string>() ?? "",
                KindOf((int)span.Number("kind")),
                resource.Attributes().GetValueOrDefault("service.name", "unknown_service"),
                span.NanoTime("startTimeUnixNano"),
                span.NanoTime("endTimeUnixNano"),
                span["status"]?.Number("code") == 2,
                span["status"]?["message"]?.GetValue<string>(),
                span.Attributes()));
        }
    }

    public void ReceiveLogs(JsonObject request)
    {
        foreach (var (log, resource) in request.Items("resourceLogs", "scopeLogs", "logRecords"))
        {
            Add(new TraceLog(
                log.NanoTime(log["timeUnixNano"] is null ? "observedTimeUnixNano" : "timeUnixNano"),
                log["severityText"]?.GetValue<string>() ?? "",
                resource.Attributes().GetValueOrDefault("service.name", "unknown_service"),
                OtlpValues.Text(log["body"]),
                log["traceId"]?.GetValue<string>(),
                log["spanId"]?.GetValue<string>(),
                log.Attributes()));
        }
    }

    public void Dispose() => _listener.Dispose();

    private static TraceSpan Of(Activity activity) => new(
        activity.TraceId.ToHexString(),
        activity.SpanId.ToHexString(),
        activity.ParentSpanId == default ? null : activity.ParentSpanId.ToHexString(),
        activity.DisplayName,
        activity.Kind.ToString(),
        activity.Source.Name,
        new DateTimeOffset(activity.StartTimeUtc, TimeSpan.Zero),
        new DateTimeOffset(activity.StartTimeUtc, TimeSpan.Zero) + activity.Duration,
        activity.Status == ActivityStatusCode.Error,
        activity.StatusDescription,
        activity.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value?.ToString() ?? "", StringComparer.Ordinal));

    private static string KindOf(int kind) => kind switch
    {
        2 => "Server",
        3 => "Client",
        4 => "Producer",
        5 => "Consumer",
        _ => "Internal",
    };
}
