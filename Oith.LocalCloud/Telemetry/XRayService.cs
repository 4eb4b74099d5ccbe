using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Telemetry;

/// <summary>AWS X-Ray as far as reading traces goes: GetTraceSummaries and BatchGetTraces, over what OTLP and LocalCloud itself recorded.</summary>
internal sealed class XRayService(TraceStore traces, OtlpEndpoint otlp, IServiceProvider provider) : IAwsRestService
{
    private const int DefaultLogs = 200;
    private const int PageSize = 100;

    public AwsServiceDescription Description { get; } = new("xray");

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var input = call.InputTree();
        var answer = call.Operation switch
        {
            "GetTraceSummaries" => GetTraceSummaries(input),
            "BatchGetTraces" => BatchGetTraces(input),
            "LocalCloudGetLogs" => LocalCloudGetLogs(input),
            _ => throw AwsServiceException.UnknownOperation("xray", call.Operation),
        };
        answer.WriteTo(output);
        return ValueTask.CompletedTask;
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        var rest = new RestRoutes(provider.GetRequiredService<IAwsApi>(), routes, Description.SigningName);
        rest.Map("POST", "/TraceSummaries", "GetTraceSummaries");
        rest.Map("POST", "/Traces", "BatchGetTraces");
        otlp.MapRoutes(routes);
    }

    private JsonObject GetTraceSummaries(JsonObject input)
    {
        input.AllowOnly("GetTraceSummaries", "StartTime", "EndTime", "NextToken", "TimeRangeType", "Sampling");
        var start = input.Time("StartTime") ?? throw AwsServiceException.Validation("StartTime is required.");
        var end = input.Time("EndTime") ?? throw AwsServiceException.Validation("EndTime is required.");
        var found = traces.Traces(start, end);
        var position = input.Text("NextToken") is { } token && int.TryParse(token, out var next) ? next : 0;
        var answer = new JsonObject
        {
            ["TraceSummaries"] = new JsonArray([.. found.Skip(position).Take(PageSize).Select(spans => (JsonNode?)Summary(spans))]),
            ["TracesProcessedCount"] = found.Count,
            ["ApproximateTime"] = CloudWatchMembers.Seconds(end),
        };
        if (position + PageSize < found.Count)
        {
            answer["NextToken"] = (position + PageSize).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return answer;
    }

    private JsonObject BatchGetTraces(JsonObject input)
    {
        input.AllowOnly("BatchGetTraces", "TraceIds", "NextToken");
        var (found, unprocessed) = (new JsonArray(), new JsonArray());
        foreach (var id in input.Texts("TraceIds"))
        {
            // 1-5759e988-bd862e3fe1be46a994272793
            if (traces.Find(id.StartsWith("1-", StringComparison.Ordinal) ? id[2..].Replace("-", "", StringComparison.Ordinal) : id) is { } spans)
            {
                found.Add(new JsonObject
                {
                    ["Id"] = IdOf(spans[0]),
                    ["Duration"] = Duration(spans),
                    ["Segments"] = new JsonArray([.. spans.Select(span => (JsonNode?)new JsonObject { ["Id"] = span.SpanId, ["Document"] = Document(span).ToJsonString() })]),
                });
            }
            else
            {
                unprocessed.Add(id);
            }
        }

        return new JsonObject { ["Traces"] = found, ["UnprocessedTraceIds"] = unprocessed };
    }

    /// <summary>
    /// LocalCloud's own operation: the newest log records that OTLP brought. Input <c>{"TraceId"?, "Limit"?}</c> with a W3C trace id;
    /// answer <c>{"Logs": [{"Time", "Severity", "Service", "Body", "TraceId"?, "SpanId"?, "Attributes"}]}</c>.
    /// </summary>
    private JsonObject LocalCloudGetLogs(JsonObject input)
    {
        input.AllowOnly("LocalCloudGetLogs", "TraceId", "Limit");
        return new JsonObject
        {
            ["Logs"] = new JsonArray([.. traces.Logs(input.Text("TraceId"), input.Integer("Limit") ?? DefaultLogs).Select(log => (JsonNode?)new JsonObject
            {
                ["Time"] = CloudWatchMembers.Seconds(log.Time),
                ["Severity"] = log.Severity,
                ["Service"] = log.Service,
                ["Body"] = log.Body,
                ["TraceId"] = log.TraceId,
                ["SpanId"] = log.SpanId,
                ["Attributes"] = Attributes(log.Attributes),
            })]),
        };
    }

    private static JsonObject Summary(IReadOnlyList<TraceSpan> spans)
    {
        var root = spans.FirstOrDefault(span => span.ParentSpanId is null || !spans.Any(other => other.SpanId == span.ParentSpanId)) ?? spans[0];
        var name = NameOf(spans, root);
        return new JsonObject
        {
            ["Id"] = IdOf(root),
            ["StartTime"] = CloudWatchMembers.Seconds(spans.Min(span => span.Start)),
            ["Duration"] = Duration(spans),
            ["ResponseTime"] = (root.End - root.Start).TotalSeconds,
            ["HasFault"] = spans.Any(span => span.IsError),
            ["HasError"] = false,
            ["HasThrottle"] = false,
            ["IsPartial"] = false,
            ["EntryPoint"] = new JsonObject { ["Name"] = name, ["Names"] = new JsonArray(name), ["Type"] = root.Service },
            ["ServiceIds"] = new JsonArray([.. spans.Select(span => span.Service).Distinct().Select(name => (JsonNode?)new JsonObject { ["Name"] = name })]),
        };
    }

    /// <summary>What the trace is about: its outermost span that tells in words what it does, and not whom it asks.</summary>
    private static string NameOf(IReadOnlyList<TraceSpan> spans, TraceSpan root)
    {
        var byId = spans.DistinctBy(span => span.SpanId).ToDictionary(span => span.SpanId, StringComparer.Ordinal);
        return spans.Where(span => span.Name.Contains(' ', StringComparison.Ordinal) && span.Kind != nameof(ActivityKind.Client))
            .MinBy(span => (Depth(span), span.Start))?.Name ?? root.Name;

        int Depth(TraceSpan span)
        {
            var depth = 0;
            for (var parent = span.ParentSpanId; parent is not null && depth < spans.Count && byId.TryGetValue(parent, out var around); parent = around.ParentSpanId)
            {
                depth++;
            }

            return depth;
        }
    }

    private static JsonObject Document(TraceSpan span)
    {
        var document = new JsonObject
        {
            ["id"] = span.SpanId,
            ["trace_id"] = IdOf(span),
            ["name"] = span.Name,
            ["start_time"] = Precise(span.Start),
            ["end_time"] = Precise(span.End),
            ["origin"] = span.Service,
            ["annotations"] = Attributes(span.Attributes),
            ["metadata"] = new JsonObject { ["kind"] = span.Kind },
        };
        if (span.ParentSpanId is not null)
        {
            document["parent_id"] = span.ParentSpanId;
        }

        if (span.IsError)
        {
            document["fault"] = true;
            document["cause"] = new JsonObject { ["message"] = span.StatusMessage };
        }

        return document;
    }

    private static JsonObject Attributes(IReadOnlyDictionary<string, string> attributes) =>
        new(attributes.Select(attribute => KeyValuePair.Create(attribute.Key, (JsonNode?)attribute.Value)));

    private static string IdOf(TraceSpan span) => $"1-{span.TraceId[..8]}-{span.TraceId[8..]}";

    private static double Duration(IReadOnlyList<TraceSpan> spans) => (spans.Max(span => span.End) - spans.Min(span => span.Start)).TotalSeconds;

    /// <summary>Seconds with microseconds: spans are often shorter than a millisecond.</summary>
    private static double Precise(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / (double)TimeSpan.TicksPerSecond;
}
