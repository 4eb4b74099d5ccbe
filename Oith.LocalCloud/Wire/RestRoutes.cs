using System.Buffers;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Wire;

/// <summary>
/// The REST-JSON protocol of one service: a method and a path stand for an operation, whose input is the JSON body joined
/// with the path's and the query's parameters. Errors are JSON with the header <c>x-amzn-ErrorType</c>.
/// </summary>
internal sealed partial class RestRoutes(IAwsApi api, IEndpointRouteBuilder routes, string signingName)
{
    private readonly ILogger _logger = routes.ServiceProvider.GetRequiredService<ILogger<RestRoutes>>();

    /// <param name="pattern">The path; each parameter has the name of the input's member: <c>/v1/pipes/{Name}</c>.</param>
    /// <param name="status">The status of success.</param>
    public void Map(string method, string pattern, string operation, int status = StatusCodes.Status200OK) =>
        Map(method, pattern, _ => operation, status);

    /// <summary>A path that stands for several operations, which the rest of the request tells apart.</summary>
    public void Map(string method, string pattern, Func<HttpContext, string> operationOf, int status = StatusCodes.Status200OK) =>
        routes.MapMethods(pattern, [method], context => AnswerAsync(context, operationOf(context), async () =>
        {
            var operation = operationOf(context);
            var input = await ReadInputAsync(context);
            var buffer = ResponseBuffer.Rent();
            try
            {
                using var document = JsonInput.ToDocument(input);
                await api.InvokeAsync(CallOf(context, operation, document.RootElement), buffer.Writer, context.RequestAborted);
                buffer.Writer.Flush();
                context.Response.StatusCode = status;
                if (status != StatusCodes.Status204NoContent)
                {
                    context.Response.ContentType = "application/json";
                    await context.Response.BodyWriter.WriteAsync(
                        buffer.Written.Length == 0 ? "{}"u8.ToArray() : buffer.Written, context.RequestAborted);
                }
            }
            finally
            {
                buffer.Return();
            }
        }));

    /// <summary>A route whose body is no JSON object, with the same handling of errors.</summary>
    public void Map(string method, string pattern, string operation, Func<HttpContext, Task> handle) =>
        routes.MapMethods(pattern, [method], context => AnswerAsync(context, operation, () => handle(context)));

    /// <summary>
    /// Tags of Pipes and of the Scheduler have the same paths; the service in the resource's ARN tells which is meant. Map once.
    /// </summary>
    public void MapTags()
    {
        MapTag("GET", "ListTagsForResource");
        MapTag("POST", "TagResource");
        MapTag("DELETE", "UntagResource");

        void MapTag(string method, string operation) => routes.MapMethods("/tags/{**resourceArn}", [method], context => AnswerAsync(context, operation, async () =>
        {
            var input = await ReadInputAsync(context);
            var service = Arn.ServiceOf(input["resourceArn"]?.ToString() ?? "") ?? throw AwsServiceException.Validation("The resource's ARN is not valid.");
            var answer = await api.InvokeAsync(service, operation, input, context.RequestAborted);
            await context.Response.WriteAsJsonAsync(answer, context.RequestAborted);
        }));
    }

    /// <summary>The call that <paramref name="context"/> stands for.</summary>
    public AwsCall CallOf(HttpContext context, string operation, JsonElement input) => new(signingName, operation, input)
    {
        RequestId = context.Response.Headers["x-amzn-RequestId"].ToString(),
        Protocol = AwsProtocol.Rest,
        TraceParent = TraceContext.HeaderOf(context.Request),
    };

    private async Task AnswerAsync(HttpContext context, string operation, Func<Task> handle)
    {
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        try
        {
            await handle();
        }
        catch (AwsServiceException error)
        {
            await WriteErrorAsync(context, error);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: there is nobody to answer.
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            LogFault(error, signingName, operation);
            await WriteErrorAsync(context, new AwsServiceException(
                "ServiceException", "LocalCloud failed to answer; its log tells why.", HttpStatusCode.InternalServerError));
        }
    }

    private static async Task<JsonObject> ReadInputAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context.Request, AwsEndpoint.MaximumBodyLength, context.RequestAborted);
        using var document = JsonInput.ParseObject(body.Memory);
        var input = JsonInput.Tree(document.RootElement.Clone())!.AsObject();
        foreach (var (name, values) in context.Request.Query)
        {
            if (name.Length == 0)
            {
                continue;
            }

            var member = char.ToUpperInvariant(name[0]) + name[1..];
            input[member] = member.EndsWith("Keys", StringComparison.Ordinal)
                ? new JsonArray([.. values.Select(value => (JsonNode?)value)])
                : values.ToString();
        }

        foreach (var (name, value) in context.Request.RouteValues)
        {
            // A slash inside a parameter (of an ARN) arrives encoded, and routing leaves it so.
            input[name] = value?.ToString()?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        }

        return input;
    }

    private static async Task WriteErrorAsync(HttpContext context, AwsServiceException error)
    {
        var buffer = new ArrayBufferWriter<byte>();
        await using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            var members = error.Members ?? new Dictionary<string, JsonNode?>();
            if (!members.ContainsKey("Message"))
            {
                writer.WriteString("message", error.Message);
            }

            foreach (var (name, value) in members)
            {
                writer.WritePropertyName(name);
                JsonSerializer.Serialize(writer, value);
            }

            writer.WriteEndObject();
        }

        var response = context.Response;
        response.StatusCode = (int)error.Status;
        response.ContentType = "application/json";
        response.Headers["x-amzn-ErrorType"] = error.Code;
        if (error.Status == HttpStatusCode.TooManyRequests)
        {
            response.Headers.RetryAfter = "1";
        }

        await response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    [LoggerMessage(1, LogLevel.Error, "{Service} failed in {Operation}")]
    private partial void LogFault(Exception error, string service, string operation);
}
