namespace Oith.LocalCloud.Telemetry;

/// <summary>How a field of an OTLP message is read and how OTLP's JSON writes it.</summary>
internal enum OtlpKind
{
    Text,

    /// <summary>Bytes that JSON writes as hexadecimal: trace and span ids.</summary>
    Hex,
    Bool,
    Number,

    /// <summary>64 bits, which JSON writes as text.</summary>
    Fixed64,
    SignedFixed64,
    Varint,
    SignedVarint,
    Message,
}

internal sealed record OtlpField(string Name, OtlpKind Kind, bool IsRepeated = false, Func<OtlpMessage>? Message = null);

/// <summary>The fields of a message by number; a number that is not here is skipped, as protobuf asks for.</summary>
internal sealed class OtlpMessage(Dictionary<int, OtlpField> fields)
{
    public OtlpField? Find(int number) => fields.GetValueOrDefault(number);
}

/// <summary>The messages of OTLP (opentelemetry-proto 1.x) as far as LocalCloud reads them.</summary>
internal static class OtlpSchema
{
    private static readonly OtlpMessage s_anyValue = new(new()
    {
        [1] = new("stringValue", OtlpKind.Text),
        [2] = new("boolValue", OtlpKind.Bool),
        [3] = new("intValue", OtlpKind.Varint),
        [4] = new("doubleValue", OtlpKind.Number),
        [5] = Of("arrayValue", () => s_arrayValue!),
        [6] = Of("kvlistValue", () => s_attributeList!),
        [7] = new("bytesValue", OtlpKind.Hex),
    });

    private static readonly OtlpMessage s_arrayValue = new(new() { [1] = Many("values", () => s_anyValue) });

    private static readonly OtlpMessage s_attribute = new(new() { [1] = new("key", OtlpKind.Text), [2] = Of("value", () => s_anyValue) });

    private static readonly OtlpMessage s_attributeList = new(new() { [1] = Many("values", () => s_attribute) });

    private static readonly OtlpMessage s_resource = new(new() { [1] = Many("attributes", () => s_attribute) });

    private static readonly OtlpMessage s_scope = new(new() { [1] = new("name", OtlpKind.Text), [2] = new("version", OtlpKind.Text) });

    private static readonly OtlpMessage s_numberPoint = new(new()
    {
        [2] = new("startTimeUnixNano", OtlpKind.Fixed64),
        [3] = new("timeUnixNano", OtlpKind.Fixed64),
        [4] = new("asDouble", OtlpKind.Number),
        [6] = new("asInt", OtlpKind.SignedFixed64),
        [7] = Many("attributes", () => s_attribute),
    });

    private static readonly OtlpMessage s_histogramPoint = new(new()
    {
        [2] = new("startTimeUnixNano", OtlpKind.Fixed64),
        [3] = new("timeUnixNano", OtlpKind.Fixed64),
        [4] = new("count", OtlpKind.Fixed64),
        [5] = new("sum", OtlpKind.Number),
        [6] = new("bucketCounts", OtlpKind.Fixed64, IsRepeated: true),
        [7] = new("explicitBounds", OtlpKind.Number, IsRepeated: true),
        [9] = Many("attributes", () => s_attribute),
        [11] = new("min", OtlpKind.Number),
        [12] = new("max", OtlpKind.Number),
    });

    private static readonly OtlpMessage s_buckets = new(new() { [1] = new("offset", OtlpKind.SignedVarint), [2] = new("bucketCounts", OtlpKind.Varint, IsRepeated: true) });

    private static readonly OtlpMessage s_exponentialPoint = new(new()
    {
        [1] = Many("attributes", () => s_attribute),
        [2] = new("startTimeUnixNano", OtlpKind.Fixed64),
        [3] = new("timeUnixNano", OtlpKind.Fixed64),
        [4] = new("count", OtlpKind.Fixed64),
        [5] = new("sum", OtlpKind.Number),
        [6] = new("scale", OtlpKind.SignedVarint),
        [7] = new("zeroCount", OtlpKind.Fixed64),
        [8] = Of("positive", () => s_buckets),
        [9] = Of("negative", () => s_buckets),
    });

    private static readonly OtlpMessage s_metric = new(new()
    {
        [1] = new("name", OtlpKind.Text),
        [2] = new("description", OtlpKind.Text),
        [3] = new("unit", OtlpKind.Text),
        [5] = Of("gauge", () => Points(s_numberPoint)),
        [7] = Of("sum", () => Points(s_numberPoint)),
        [9] = Of("histogram", () => Points(s_histogramPoint)),
        [10] = Of("exponentialHistogram", () => Points(s_exponentialPoint)),
    });

    private static readonly OtlpMessage s_status = new(new() { [2] = new("message", OtlpKind.Text), [3] = new("code", OtlpKind.Varint) });

    private static readonly OtlpMessage s_span = new(new()
    {
        [1] = new("traceId", OtlpKind.Hex),
        [2] = new("spanId", OtlpKind.Hex),
        [4] = new("parentSpanId", OtlpKind.Hex),
        [5] = new("name", OtlpKind.Text),
        [6] = new("kind", OtlpKind.Varint),
        [7] = new("startTimeUnixNano", OtlpKind.Fixed64),
        [8] = new("endTimeUnixNano", OtlpKind.Fixed64),
        [9] = Many("attributes", () => s_attribute),
        [15] = Of("status", () => s_status),
    });

    private static readonly OtlpMessage s_logRecord = new(new()
    {
        [1] = new("timeUnixNano", OtlpKind.Fixed64),
        [2] = new("severityNumber", OtlpKind.Varint),
        [3] = new("severityText", OtlpKind.Text),
        [5] = Of("body", () => s_anyValue),
        [6] = Many("attributes", () => s_attribute),
        [9] = new("traceId", OtlpKind.Hex),
        [10] = new("spanId", OtlpKind.Hex),
        [11] = new("observedTimeUnixNano", OtlpKind.Fixed64),
    });

    /// <summary>ExportMetricsServiceRequest.</summary>
    public static OtlpMessage Metrics { get; } = Request("resourceMetrics", "scopeMetrics", "metrics", s_metric);

    /// <summary>ExportTraceServiceRequest.</summary>
    public static OtlpMessage Traces { get; } = Request("resourceSpans", "scopeSpans", "spans", s_span);

    /// <summary>ExportLogsServiceRequest.</summary>
    public static OtlpMessage Logs { get; } = Request("resourceLogs", "scopeLogs", "logRecords", s_logRecord);

    /// <summary>The three kinds of requests are built alike: resources, in them scopes, in them the items.</summary>
    private static OtlpMessage Request(string resources, string scopes, string items, OtlpMessage item)
    {
        var scope = new OtlpMessage(new() { [1] = Of("scope", () => s_scope), [2] = Many(items, () => item) });
        var resource = new OtlpMessage(new() { [1] = Of("resource", () => s_resource), [2] = Many(scopes, () => scope) });
        return new OtlpMessage(new() { [1] = Many(resources, () => resource) });
    }

    private static OtlpMessage Points(OtlpMessage point) => new(new()
    {
        [1] = Many("dataPoints", () => point),
        [2] = new("aggregationTemporality", OtlpKind.Varint),
        [3] = new("isMonotonic", OtlpKind.Bool),
    });

    private static OtlpField Of(string name, Func<OtlpMessage> message) => new(name, OtlpKind.Message, Message: message);

    private static OtlpField Many(string name, Func<OtlpMessage> message) => new(name, OtlpKind.Message, IsRepeated: true, message);
}
