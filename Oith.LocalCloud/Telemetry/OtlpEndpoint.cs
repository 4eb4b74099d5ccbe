using System.IO.Compression;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Telemetry;

/// <summary>
/// The OTLP/HTTP endpoint: <c>POST /v1/metrics</c>, <c>/v1/traces</c> and <c>/v1/logs</c>, in protobuf or JSON, plain or gzip. A client
/// sets <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> to LocalCloud's endpoint and <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> to <c>http/protobuf</c>.
/// </summary>
internal sealed class OtlpEndpoint(OtlpMetrics metrics, TraceStore traces)
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";
    private const int MaximumDecompressed = 4 * AwsEndpoint.MaximumBodyLength;

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/metrics", context => ReceiveAsync(context, OtlpSchema.Metrics, metrics.Receive));
        routes.MapPost("/v1/traces", context => ReceiveAsync(context, OtlpSchema.Traces, traces.ReceiveSpans));
        routes.MapPost("/v1/logs", context => ReceiveAsync(context, OtlpSchema.Logs, traces.ReceiveLogs));
    }

    private static async Task ReceiveAsync(HttpContext context, OtlpMessage message, Action<JsonObject> receive)
    {
        var isJson = context.Request.ContentType?.StartsWith(Json, StringComparison.OrdinalIgnoreCase) == true;
        if (!isJson && context.Request.ContentType?.StartsWith(Protobuf, StringComparison.OrdinalIgnoreCase) != true)
        {
            await RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, $"OTLP is taken as {Protobuf} or {Json}, not as '{context.Request.ContentType}'.");
            return;
        }

        try
        {
            var body = await ReadBodyAsync(context);
            receive(isJson ? JsonNode.Parse(body) as JsonObject ?? throw new JsonException("The body must be a JSON object.") : OtlpProtobuf.Read(body, message));
        }
        catch (AwsServiceException error)
        {
            await RefuseAsync(context, (int)error.Status, error.Message);
            return;
        }
        catch (Exception error) when (error is JsonException or InvalidProtocolBufferException or InvalidDataException or FormatException
            or InvalidOperationException or ArgumentException or NullReferenceException)
        {
            // The trees have no schema: a member of another kind, or none, shows where it is read.
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"The body is no OTLP request: {error.Message}");
            return;
        }

        // An empty answer says that all was taken.
        context.Response.ContentType = isJson ? Json : Protobuf;
        if (isJson)
        {
            await context.Response.WriteAsync("{}", context.RequestAborted);
        }
    }

    private static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context.Request, AwsEndpoint.MaximumBodyLength, context.RequestAborted);
        if (context.Request.Headers.ContentEncoding != "gzip")
        {
            return body.Memory.ToArray();
        }

        await using var plain = new GZipStream(new MemoryStream(body.Memory.ToArray()), CompressionMode.Decompress);
        using var buffer = new MemoryStream();
        var part = new byte[1 << 16];
        int read;
        while ((read = await plain.ReadAsync(part, context.RequestAborted)) > 0)
        {
            // A few kilobytes of gzip can hold gigabytes.
            if (buffer.Length + read > MaximumDecompressed)
            {
                throw new AwsServiceException(
                    "RequestEntityTooLarge", $"The decompressed body is longer than {MaximumDecompressed} bytes.", HttpStatusCode.RequestEntityTooLarge);
            }

            buffer.Write(part, 0, read);
        }

        return buffer.ToArray();
    }

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(reason, context.RequestAborted);
    }
}
