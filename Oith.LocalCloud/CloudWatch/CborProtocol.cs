using System.Buffers;
using System.Formats.Cbor;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch;

/// <summary>
/// Smithy's RPC v2 CBOR protocol, which newer clients speak to CloudWatch:
/// <c>POST /service/GraniteServiceVersion20100801/operation/PutMetricData</c> with a CBOR map.
/// </summary>
internal sealed partial class CborProtocol(IAwsApi api, CloudWatchService service, ILogger<CborProtocol> logger)
{
    private const string ContentType = "application/cbor";

    public async Task HandleAsync(HttpContext context)
    {
        var operation = context.Request.RouteValues["operation"]!.ToString()!;
        context.Response.Headers["smithy-protocol"] = "rpc-v2-cbor";
        var requestId = Guid.NewGuid().ToString();
        context.Response.Headers["x-amzn-RequestId"] = requestId;
        try
        {
            using var body = await RequestBody.ReadAsync(context.Request, AwsEndpoint.MaximumBodyLength, context.RequestAborted);
            using var document = JsonInput.ToDocument(CborInput.Read(body.Memory));
            var buffer = new ArrayBufferWriter<byte>();
            await using (var writer = new Utf8JsonWriter(buffer))
            {
                await api.InvokeAsync(
                    new AwsCall("monitoring", operation, document.RootElement)
                    {
                        RequestId = requestId,
                        Protocol = AwsProtocol.Cbor,
                        TraceParent = TraceContext.HeaderOf(context.Request),
                    },
                    writer,
                    context.RequestAborted);
            }

            await WriteAsync(context, HttpStatusCode.OK, JsonInput.OutputTree(buffer.WrittenSpan));
        }
        catch (AwsServiceException error)
        {
            if (error.QueryErrorCode is not null)
            {
                context.Response.Headers["x-amzn-query-error"] = $"{error.QueryErrorCode};{((int)error.Status < 500 ? "Sender" : "Receiver")}";
            }

            var answer = new JsonObject { ["__type"] = error.TypeNamespace is null ? error.Code : $"{error.TypeNamespace}#{error.Code}" };
            if (error.Message.Length > 0)
            {
                answer["message"] = error.Message;
            }

            await WriteAsync(context, AwsEndpoint.StatusOf(context.Request, service.Description, error), answer);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: there is nobody to answer.
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            LogFault(error, operation);
            await WriteAsync(
                context,
                HttpStatusCode.InternalServerError,
                new JsonObject { ["__type"] = "InternalServiceFault", ["message"] = "LocalCloud failed to answer; its log tells why." });
        }
    }

    // Maps and lists without a length before them, as AWS writes them.
    private static async Task WriteAsync(HttpContext context, HttpStatusCode status, JsonObject answer)
    {
        var writer = new CborWriter();
        Write(writer, answer, null);
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = ContentType;
        await context.Response.BodyWriter.WriteAsync(writer.Encode(), context.RequestAborted);
    }

    private static void Write(CborWriter writer, JsonNode? node, string? member)
    {
        switch (node)
        {
            case null:
                writer.WriteNull();
                break;
            case JsonObject members:
                writer.WriteStartMap(null);
                foreach (var (name, value) in members)
                {
                    writer.WriteTextString(name);
                    Write(writer, value, member == "ExtendedStatistics" ? member : name);
                }

                writer.WriteEndMap();
                break;
            case JsonArray items:
                writer.WriteStartArray(null);
                foreach (var item in items)
                {
                    Write(writer, item, member);
                }

                writer.WriteEndArray();
                break;
            default:
                WriteScalar(writer, node, member);
                break;
        }
    }

    private static void WriteScalar(CborWriter writer, JsonNode node, string? member)
    {
        switch (node.GetValueKind())
        {
            case JsonValueKind.String:
                writer.WriteTextString(node.GetValue<string>());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(node.GetValue<bool>());
                break;
            default:
                var number = double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);
                if (member is not null && CloudWatchMembers.Times.Contains(member))
                {
                    writer.WriteTag(CborTag.UnixTimeSeconds);
                    writer.WriteDouble(number);
                }
                else if (double.IsInteger(number) && (member is null || !CloudWatchMembers.Fractions.Contains(member)))
                {
                    writer.WriteInt64((long)number);
                }
                else
                {
                    writer.WriteDouble(number);
                }

                break;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "monitoring failed in {Operation}")]
    private partial void LogFault(Exception error, string operation);
}
