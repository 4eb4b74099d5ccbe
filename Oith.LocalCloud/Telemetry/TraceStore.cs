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
    IReadOnlyDictionary<string, string> Attributes)
{
    private const int Fields = 300;

    /// <summary>Bytes in memory, roughly.</summary>
    public long Size => Fields + sizeof(char) * ((long)Name.Length + (StatusMessage?.Length ?? 0)) + SizeOf(Attributes);

    /// <inheritdoc cref="Size"/>
    public static long SizeOf(IReadOnlyDictionary<string, string> attributes) =>
        attributes.Sum(attribute => Fields / 4 + sizeof(char) * ((long)attribute.Key.Length + attribute.Value.Length));
}

internal sealed record TraceLog(DateTimeOffset Time, string Severity, string Service, string Body, string? TraceId, string? SpanId, IReadOnlyDictionary<string, string> Attributes)
{
    private const int Fields = 200;

    /// <summary>Bytes in memory, roughly.</summary>
    public long Size => Fields + sizeof(char) * (long)Body.Length + TraceSpan.SizeOf(Attributes);
}

/// <summary>The newest traces and log records, bounded in number and size; LocalCloud's own spans among them.</summary>
internal sealed class TraceStore : IDisposable
{
    // LocalCloud's services, a service of OITH that runs in this process, and the requests that they answer.
    private const string OwnSources = "Oith.";
    private const string ServerSource = "Microsoft.AspNetCore";
    private const int MaximumTraces = 1000;
    private const int MaximumSpansPerTrace = 1000;
    private const int MaximumLogs = 5000;

    /// <summary>Bytes of all spans, and of all log records.</summary>
    public const long LargestSize = 32 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<TraceSpan>> _traces = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Queue<TraceLog> _logs = new();
    private long _spansSize;
    private long _logsSize;
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
                _traces[span.TraceId] = spans = [];
                _order.Enqueue(span.TraceId);
            }

            if (spans.Count < MaximumSpansPerTrace)
            {
                spans.Add(span);
                _spansSize += span.Size;
            }

            while (_order.Count > MaximumTraces || _spansSize > LargestSize)
            {
                _traces.Remove(_order.Dequeue(), out var oldest);
                _spansSize -= oldest!.Sum(past => past.Size);
            }
        }
    }

    public void Add(TraceLog log)
    {
        lock (_lock)
        {
            _logs.Enqueue(log);
            _logsSize += log.Size;
            while (_logs.Count > MaximumLogs || _logsSize > LargestSize)
            {
                _logsSize -= _logs.Dequeue().Size;
            }
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
        // AddTag may have set one twice.
        activity.TagObjects.DistinctBy(tag => tag.Key).ToDictionary(tag => tag.Key, tag => tag.Value?.ToString() ?? "", StringComparer.Ordinal));

    private static string KindOf(int kind) => kind switch
    {
        2 => "Server",
        3 => "Client",
        4 => "Producer",
        5 => "Consumer",
        _ => "Internal",
    };
}
