using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Oith.LocalCloud.Wire;

/// <summary>
/// The one HTTP endpoint of all services that speak AWS's JSON or Query protocol: finds the service, reads the input,
/// renders output and errors. Services with REST routes map those themselves.
/// </summary>
internal sealed partial class AwsEndpoint(IAwsApi api, IEnumerable<IAwsService> services, ILogger<AwsEndpoint> logger)
{
    /// <summary>Larger bodies are refused; DynamoDB's 16 MB batch answer is the largest thing that any service takes or gives.</summary>
    public const int MaximumBodyLength = 16 * 1024 * 1024;

    private readonly Dictionary<string, AwsServiceDescription> _byTarget = services
        .Where(service => service.Description.JsonTargetPrefix is not null)
        .ToDictionary(service => service.Description.JsonTargetPrefix!, service => service.Description, StringComparer.Ordinal);

    // What signs a request is in its query where it is no header.
    private static readonly HashSet<string> s_signatureParameters = new(StringComparer.Ordinal)
    {
        "AWSAccessKeyId", "Expires", "SecurityToken", "Signature", "SignatureMethod", "SignatureVersion", "Timestamp",
    };

    private readonly AwsServiceDescription? _byPath = services.Select(service => service.Description).FirstOrDefault(service => service.IsAddressedByPath);

    private readonly Dictionary<string, AwsServiceDescription> _byVersion = services
        .Where(service => service.Description.QueryVersion is not null)
        .GroupBy(service => service.Description.QueryVersion!)
        .ToDictionary(group => group.Key, group => group.First().Description, StringComparer.Ordinal);

    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.TryGetValue("X-Amz-Target", out var target))
        {
            await HandleJsonAsync(context, target);
        }
        else if (request.HasFormContentType || IsQueryAction(request))
        {
            await HandleQueryAsync(context);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(
                "LocalCloud expects an AWS API call here: a POST with the header X-Amz-Target (JSON protocol) or a form with Action and "
                + "Version (Query protocol).\n",
                context.RequestAborted);
        }
    }

    /// <summary>True for a call in the query of its URL: <c>GET /?Action=ListTopics</c>.</summary>
    public static bool IsQueryAction(HttpRequest request) => request.Query.ContainsKey("Action");

    /// <summary>The answer to a GET of a queue's URL without an action, as SQS gives it.</summary>
    public static Task RefuseMissingActionAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/xml";
        return context.Response.WriteAsync("<UnknownOperationException/>\n", context.RequestAborted);
    }

    /// <summary>The answer to a path that is none of a service's: the operation behind it is not supported.</summary>
    public static Task RefuseUnknownPathAsync(HttpContext context)
    {
        var request = context.Request;
        return RefuseAsync(context, new AwsServiceException(
            "UnknownOperationException",
            $"LocalCloud does not support {request.Method} {request.Path} of the service {SigningName(request) ?? "(unsigned request)"}.",
            HttpStatusCode.NotFound));
    }

    /// <summary>Answers a request that no service gets to see with an error, in the protocol that it speaks.</summary>
    public static Task RefuseAsync(HttpContext context, AwsServiceException error)
    {
        var requestId = Guid.NewGuid().ToString();
        if (context.Request.HasFormContentType)
        {
            return WriteXmlErrorAsync(context, new AwsServiceDescription("unknown"), requestId, error);
        }

        context.Response.Headers["x-amzn-ErrorType"] = error.Code;
        return WriteJsonErrorAsync(context, new AwsServiceDescription("unknown") { JsonContentType = "application/json" }, requestId, error);
    }

    /// <summary>The signing name in the request's <see cref="CredentialScope"/>, null without one.</summary>
    public static string? SigningName(HttpRequest request)
    {
        var scope = CredentialScope(request);
        Span<Range> parts = stackalloc Range[6];
        return scope.Split(parts, '/') == 5 ? scope[parts[3]].ToString() : null;
    }

    /// <summary>
    /// <c>key/20260101/us-east-1/sqs/aws4_request</c>, from <c>Authorization: AWS4-HMAC-SHA256 Credential=…, …</c> or from the query's
    /// <c>X-Amz-Credential</c>; empty where the request is not signed.
    /// </summary>
    public static ReadOnlySpan<char> CredentialScope(HttpRequest request)
    {
        if (!request.Headers.TryGetValue("Authorization", out var header) || header.Count == 0)
        {
            return request.QueryString.HasValue ? request.Query["X-Amz-Credential"].ToString() : "";
        }

        var text = header[0].AsSpan();
        var start = text.IndexOf("Credential=", StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }

        var scope = text[(start + "Credential=".Length)..];
        var end = scope.IndexOfAny(',', ' ');
        return end < 0 ? scope : scope[..end];
    }

    private async Task HandleJsonAsync(HttpContext context, StringValues target)
    {
        var requestId = Guid.NewGuid().ToString();
        var text = target.ToString();
        var dot = text.LastIndexOf('.');
        var prefix = dot < 0 ? text : text[..dot];
        if (!_byTarget.TryGetValue(prefix, out var description))
        {
            await WriteJsonErrorAsync(context, new AwsServiceDescription("unknown"), requestId, new AwsServiceException(
                "UnknownOperationException",
                $"LocalCloud has no service with the target {text}. It has: {string.Join(", ", _byTarget.Keys.Order())}."));
            return;
        }

        var buffer = ResponseBuffer.Rent();
        var body = default(RequestBody);
        try
        {
            body = await RequestBody.ReadAsync(context.Request, MaximumBodyLength, context.RequestAborted);
            using var document = JsonInput.ParseObject(body.Memory);
            var call = new AwsCall(description.SigningName, text[(dot + 1)..], document.RootElement)
            {
                RequestId = requestId,
                Protocol = AwsProtocol.Json,
                TraceParent = TraceContext.HeaderOf(context.Request),
            };
            await api.InvokeAsync(call, buffer.Writer, context.RequestAborted);
            buffer.Writer.Flush();
            if (buffer.Written.Length == 0)
            {
                buffer.Writer.WriteStartObject();
                buffer.Writer.WriteEndObject();
                buffer.Writer.Flush();
            }

            var response = context.Response;
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = description.JsonContentType;
            response.ContentLength = buffer.Written.Length;
            response.Headers["x-amzn-RequestId"] = requestId;
            await response.BodyWriter.WriteAsync(buffer.Written, context.RequestAborted);
        }
        catch (AwsServiceException error)
        {
            await WriteJsonErrorAsync(context, description, requestId, error);
        }
        catch (Exception error) when (IsClientGone(context, error))
        {
            // There is nobody to answer.
        }
        catch (Exception error)
        {
            LogFault(error, description.SigningName, text);
            await WriteJsonErrorAsync(context, description, requestId, InternalFailure());
        }
        finally
        {
            body.Dispose();
            buffer.Return();
        }
    }

    private async Task HandleQueryAsync(HttpContext context)
    {
        var requestId = Guid.NewGuid().ToString();
        Dictionary<string, string> form;
        try
        {
            form = await ReadFormAsync(context);
        }
        catch (AwsServiceException error)
        {
            await WriteXmlErrorAsync(context, new AwsServiceDescription("unknown"), requestId, error);
            return;
        }

        var version = form.GetValueOrDefault("Version", "");
        var signingName = SigningName(context.Request);
        var description = (signingName is null ? null : api.Find(signingName)?.Description)
            ?? _byVersion.GetValueOrDefault(version)
            ?? (version.Length == 0 && context.Request.Path.Value?.Length > 1 ? _byPath : null);
        if (description is null || (description.QueryVersion is null))
        {
            await WriteXmlErrorAsync(context, new AwsServiceDescription("unknown"), requestId, new AwsServiceException(
                "InvalidAction",
                $"LocalCloud has no service {signingName ?? "(unsigned request)"} with the Query protocol version '{version}'."));
            return;
        }

        if (!form.TryGetValue("Action", out var action))
        {
            await WriteXmlErrorAsync(context, description, requestId, new AwsServiceException(
                "MissingAction", "The request must contain the parameter Action."));
            return;
        }

        try
        {
            var tree = QueryForm.Parse(form.Where(pair => pair.Key is not ("Action" or "Version") && !IsOfSignature(pair.Key)));
            if (description.IsAddressedByPath && context.Request.Path.Value is { Length: > 1 } path)
            {
                tree.TryAdd("QueueUrl", $"{context.Request.Scheme}://{context.Request.Host}{path}");
            }

            var input = description.FromQuery?.Invoke(action, tree) ?? tree;
            using var document = JsonInput.ToDocument(input);
            var buffer = new ArrayBufferWriter<byte>();
            await using (var writer = new Utf8JsonWriter(buffer))
            {
                var call = new AwsCall(description.SigningName, action, document.RootElement)
                {
                    RequestId = requestId,
                    Protocol = AwsProtocol.Query,
                    TraceParent = TraceContext.HeaderOf(context.Request),
                };
                await api.InvokeAsync(call, writer, context.RequestAborted);
            }

            await WriteXmlAsync(context, StatusCodes.Status200OK, requestId, QueryXml.Render(description, action, requestId, buffer.WrittenMemory));
        }
        catch (AwsServiceException error)
        {
            await WriteXmlErrorAsync(context, description, requestId, error);
        }
        catch (Exception error) when (IsClientGone(context, error))
        {
            // There is nobody to answer.
        }
        catch (Exception error)
        {
            LogFault(error, description.SigningName, action);
            await WriteXmlErrorAsync(context, description, requestId, InternalFailure());
        }
    }

    private static bool IsOfSignature(string parameter) =>
        parameter.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase) || s_signatureParameters.Contains(parameter);

    /// <exception cref="AwsServiceException">The body is too long, cannot be read, or is no form.</exception>
    private static async Task<Dictionary<string, string>> ReadFormAsync(HttpContext context)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in context.Request.Query)
        {
            values[key] = value.ToString();
        }

        if (!context.Request.HasFormContentType)
        {
            return values;
        }

        using var body = await RequestBody.ReadAsync(context.Request, MaximumBodyLength, context.RequestAborted);
        // The body's own limit bounds the form: a PutMetricData of 1,000 metrics has more keys than ASP.NET takes by default.
        using var form = new FormReader(Encoding.UTF8.GetString(body.Memory.Span))
        {
            ValueCountLimit = MaximumBodyLength,
            KeyLengthLimit = MaximumBodyLength,
            ValueLengthLimit = MaximumBodyLength,
        };
        foreach (var (key, value) in await form.ReadFormAsync(context.RequestAborted))
        {
            values[key] = value.ToString();
        }

        return values;
    }

    /// <summary>The HTTP status of an error in the JSON or the CBOR protocol.</summary>
    public static HttpStatusCode StatusOf(HttpRequest request, AwsServiceDescription description, AwsServiceException error) =>
        description.IsQueryCompatible && (int)error.Status is > 400 and < 500 && request.Headers["x-amzn-query-mode"] != "true"
            ? HttpStatusCode.BadRequest
            : error.Status;

    public static bool IsClientGone(HttpContext context, Exception error) =>
        error is ConnectionResetException
        || (error is OperationCanceledException && context.RequestAborted.IsCancellationRequested);

    private static AwsServiceException InternalFailure() =>
        new("InternalFailure", "LocalCloud failed to answer; its log tells why.", HttpStatusCode.InternalServerError);

    private static async Task WriteJsonErrorAsync(HttpContext context, AwsServiceDescription description, string requestId, AwsServiceException error)
    {
        var buffer = ResponseBuffer.Rent();
        try
        {
            ErrorBody.Write(buffer.Writer, error);
            buffer.Writer.Flush();
            var response = context.Response;
            response.StatusCode = (int)StatusOf(context.Request, description, error);
            response.ContentType = description.JsonContentType;
            response.ContentLength = buffer.Written.Length;
            response.Headers["x-amzn-RequestId"] = requestId;
            if (error.QueryErrorCode is not null)
            {
                response.Headers["x-amzn-query-error"] = $"{error.QueryErrorCode};{((int)error.Status < 500 ? "Sender" : "Receiver")}";
            }

            await response.BodyWriter.WriteAsync(buffer.Written, context.RequestAborted);
        }
        finally
        {
            buffer.Return();
        }
    }

    private static Task WriteXmlErrorAsync(HttpContext context, AwsServiceDescription description, string requestId, AwsServiceException error) =>
        // The Query protocol has a code of its own for an operation that is none.
        error.Code == "UnknownOperationException" ? WriteXmlErrorAsync(context, description, requestId, new AwsServiceException("InvalidAction", error.Message))
        : WriteXmlAsync(context, (int)error.Status, requestId, QueryXml.RenderError(description, requestId, error));

    private static async Task WriteXmlAsync(HttpContext context, int status, string requestId, byte[] xml)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/xml";
        context.Response.ContentLength = xml.Length;
        context.Response.Headers["x-amzn-RequestId"] = requestId;
        await context.Response.BodyWriter.WriteAsync(xml, context.RequestAborted);
    }

    [LoggerMessage(1, LogLevel.Error, "{Service} failed in {Operation}")]
    private partial void LogFault(Exception error, string service, string operation);
}
