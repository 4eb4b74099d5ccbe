using System.Text.Json.Nodes;
using Oith.LocalCloud.Telemetry;

namespace Oith.LocalCloud.Logs;

/// <param name="Timestamp">Milliseconds since 1970.</param>
/// <param name="Ingestion">When it was received, in milliseconds since 1970.</param>
internal sealed record LogEvent(string Id, string Stream, long Timestamp, string Message, long Ingestion);

/// <summary>
/// The events of log groups, in memory, the newest ten thousand of a group. The group of a Lambda function has what the process that plays
/// the function exports to LocalCloud by OTLP, written as the service writes its JSON console log.
/// </summary>
internal sealed class LogEvents(TraceStore telemetry)
{
    private const int MostOfGroup = 10_000;
    private const string FunctionGroup = "/aws/lambda/";
    private const string OwnService = "Oith.LocalCloud";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<LogEvent>> _groups = new(StringComparer.Ordinal);
    private long _next;

    public void Add(string group, string stream, IEnumerable<(long Timestamp, string Message)> events, long now)
    {
        lock (_lock)
        {
            if (!_groups.TryGetValue(group, out var queue))
            {
                _groups[group] = queue = new Queue<LogEvent>();
            }

            foreach (var (timestamp, message) in events)
            {
                if (queue.Count == MostOfGroup)
                {
                    queue.Dequeue();
                }

                queue.Enqueue(new LogEvent($"{_next++:D56}", stream, timestamp, message, now));
            }
        }
    }

    public void Remove(string group)
    {
        lock (_lock)
        {
            _groups.Remove(group);
        }
    }

    /// <summary>Returns the events of a group, the oldest first.</summary>
    public IReadOnlyList<LogEvent> Of(string group)
    {
        List<LogEvent> events;
        lock (_lock)
        {
            events = [.. _groups.GetValueOrDefault(group, [])];
        }

        if (group.StartsWith(FunctionGroup, StringComparison.Ordinal))
        {
            events.AddRange(telemetry.Logs(traceId: null, int.MaxValue).Reverse().Where(log => log.Service != OwnService).Select(Of));
        }

        return [.. events.OrderBy(e => e.Timestamp)];
    }

    // {"Timestamp":…,"LogLevel":"Error","Message":…}, as Microsoft.Extensions.Logging.Console's formatter json.
    private static LogEvent Of(TraceLog log, int index)
    {
        var timestamp = log.Time.ToUnixTimeMilliseconds();
        var message = new JsonObject { ["LogLevel"] = log.Severity, ["Category"] = log.Service, ["Message"] = log.Body };
        if (log.TraceId is { Length: > 0 } trace)
        {
            message["TraceId"] = trace;
        }

        foreach (var (name, value) in log.Attributes)
        {
            message.TryAdd(name, value);
        }

        return new LogEvent($"otlp-{timestamp}-{index}", log.Service, timestamp, message.ToJsonString(), timestamp);
    }
}
