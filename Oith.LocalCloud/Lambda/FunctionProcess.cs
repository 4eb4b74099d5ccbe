using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Faults;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>
/// Posts an event to the local process that plays a function and turns its HTTP answer into the function's result, as the
/// Lambda Web Adapter does in AWS.
/// </summary>
internal sealed class FunctionProcess(LocalCloudOptions options, FaultSwitch faults, TimeProvider time) : IDisposable
{
    private const string TimedOut = "Sandbox.Timedout";
    private const int MaximumResponseLength = 6 * 1024 * 1024 + 100;

    // The span of the invocation is the caller's of the function: one more of the request would only repeat it.
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The function's answer to <paramref name="payload"/>, a JSON text.</summary>
    /// <param name="clientContext">The caller's ClientContext (base64 of JSON), handed on in the adapter's context header.</param>
    public async Task<FunctionResult> RunAsync(
        InvocationTarget target, string requestId, ReadOnlyMemory<byte> payload, string? clientContext, string? traceParent, CancellationToken cancellationToken)
    {
        if (!options.Functions.TryGetValue(target.Name, out var address))
        {
            return FunctionResult.Failed(
                "LocalCloud.FunctionProcessMissing",
                $"No local process plays the function {target.Name}: set LocalCloud:Functions:{target.Name} to the URL that its events are posted to.");
        }

        using var timeout = new CancellationTokenSource(target.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            if (faults.IsOn && faults.Draw(FaultsService.Function, target.Name) is var strike && strike != default)
            {
                await Task.Delay(strike.Latency, time, linked.Token);
                if (strike.ErrorCode is not null)
                {
                    return strike.ErrorCode == TimedOut ? FailedByTimeout(target, requestId) : FunctionResult.Failed(strike.ErrorCode, "A fault of LocalCloud failed the function.");
                }
            }

            using var request = CreateRequest(target, address, requestId, payload, clientContext, traceParent);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            var body = await response.Content.ReadAsByteArrayAsync(linked.Token);
            return FunctionAnswer.Error(response, body) is { } own ? own
                : target.ErrorStatusCodes.Contains((int)response.StatusCode) ? FunctionResult.Failed(
                    "Error", $"Request failed with configured error status code: {(int)response.StatusCode}")
                : body.Length > MaximumResponseLength ? FunctionResult.Failed(
                    "Function.ResponseSizeTooLarge",
                    $"Response payload size ({body.Length} bytes) exceeded maximum allowed payload size ({MaximumResponseLength} bytes).")
                : new FunctionResult(FunctionAnswer.AsJson(body), IsError: false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return FailedByTimeout(target, requestId);
        }
        catch (HttpRequestException error)
        {
            return FunctionResult.Failed(
                "LocalCloud.FunctionProcessUnreachable",
                $"RequestId: {requestId} Error: the process that plays {target.Name} does not answer at {address}: {error.Message}");
        }
    }

    public void Dispose() => _client.Dispose();

    private static FunctionResult FailedByTimeout(InvocationTarget target, string requestId) => FunctionResult.Failed(
        TimedOut,
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"RequestId: {requestId} Error: Task timed out after {target.Timeout.TotalSeconds:F2} seconds"));

    private HttpRequestMessage CreateRequest(
        InvocationTarget target, Uri address, string requestId, ReadOnlyMemory<byte> payload, string? clientContext, string? traceParent)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ReadOnlyMemoryContent(payload) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var context = Activity.Current?.Context ?? TraceContext.Parse(traceParent);
        var lambdaContext = new JsonObject
        {
            ["request_id"] = requestId,
            ["deadline"] = (time.GetUtcNow() + target.Timeout).ToUnixTimeMilliseconds(),
            ["invoked_function_arn"] = target.Arn,
            ["client_context"] = clientContext is null ? null : ParseClientContext(clientContext),
        };
        if (context != default)
        {
            var xray = TraceContext.ToXRay(context);
            lambdaContext["xray_trace_id"] = xray;
            request.Headers.TryAddWithoutValidation("traceparent", TraceContext.ToW3C(context));
            request.Headers.TryAddWithoutValidation("X-Amzn-Trace-Id", xray);
        }

        request.Headers.TryAddWithoutValidation("x-amzn-lambda-context", lambdaContext.ToJsonString());
        request.Headers.TryAddWithoutValidation("X-Events-Secret", options.FunctionSecret);
        return request;
    }

    private static JsonNode? ParseClientContext(string base64)
    {
        try
        {
            return JsonNode.Parse(Convert.FromBase64String(base64));
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            throw LambdaErrors.InvalidContent("Client context must be a valid Base64-encoded JSON object.");
        }
    }
}

/// <summary>What a function answered.</summary>
/// <param name="Payload">Its JSON; <c>{"errorType", "errorMessage"}</c> of a failed invocation.</param>
internal readonly record struct FunctionResult(ReadOnlyMemory<byte> Payload, bool IsError)
{
    public static FunctionResult Failed(string errorType, string errorMessage) => new(
        JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["errorType"] = errorType, ["errorMessage"] = errorMessage }), IsError: true);
}
