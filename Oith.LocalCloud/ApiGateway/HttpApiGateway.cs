using System.Diagnostics;
using System.Net;
using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Oith.LocalCloud.CloudWatch.Vending;
using Oith.LocalCloud.Faults;
using Yarp.ReverseProxy.Forwarder;

namespace Oith.LocalCloud.ApiGateway;

/// <summary>
/// Forwards the requests of an HTTP API to its process as they come, with the limits and errors of API Gateway. Requests under <c>/api</c>
/// are struck by the faults of the API's name and counted in AWS/ApiGateway and AWS/Lambda.
/// </summary>
internal sealed partial class HttpApiGateway(
    IHttpForwarder forwarder, FaultSwitch faults, ApiGatewayMetrics metrics, TimeProvider time, ILogger<HttpApiGateway> logger) : IDisposable
{
    /// <summary>API Gateway's limit.</summary>
    public const int MaximumBodyLength = 10 * 1024 * 1024;

    // Without a propagator there is no span of the forwarding, and the caller's trace context passes unchanged.
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
    });

    public async Task HandleAsync(HttpContext context, HttpApi api)
    {
        HideFromTelemetry(context);
        if (!context.Request.Path.StartsWithSegments(ApiGatewayMetrics.RoutePrefix))
        {
            await ForwardAsync(context, api);
            return;
        }

        var start = time.GetTimestamp();
        if (!faults.IsOn || !await faults.StrikeAsync(context, api.Name, ApiGatewayMetrics.RoutePrefix, time))
        {
            await ForwardAsync(context, api);
        }

        metrics.RecordForwarded(api, context.Response.StatusCode, time.GetElapsedTime(start));
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The process's own span and metrics show the request; those of the forwarding would show it twice.</summary>
    private static void HideFromTelemetry(HttpContext context)
    {
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } tags)
        {
            tags.MetricsDisabled = true;
        }

        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } activity)
        {
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }

    private async Task ForwardAsync(HttpContext context, HttpApi api)
    {
        if (context.Request.ContentLength > MaximumBodyLength)
        {
            await RefuseAsync(context, HttpStatusCode.RequestEntityTooLarge, "Request Entity Too Large");
            return;
        }

        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        context.Request.Body = new LimitedBody(context.Request.Body, MaximumBodyLength);
        // As API Gateway does; it also tells a process that the request is no event of its function.
        context.Request.Headers.Append("X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        var error = await forwarder.SendAsync(context, api.Destination, _client, api.Request, HttpTransformer.Empty);
        if (error is ForwarderError.None or ForwarderError.Request)
        {
            Report(api, isSilent: error != ForwarderError.None);
        }

        if (error == ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (error != ForwarderError.RequestBodyClient)
        {
            await RefuseAsync(context, HttpStatusCode.ServiceUnavailable, "Service Unavailable");
        }
        else if (context.Response.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            await RefuseAsync(context, HttpStatusCode.RequestEntityTooLarge, "Request Entity Too Large");
        }
    }

    private static Task RefuseAsync(HttpContext context, HttpStatusCode status, string message)
    {
        context.Response.StatusCode = (int)status;
        return context.Response.WriteAsJsonAsync(new { message }, options: null, MediaTypeNames.Application.Json);
    }

    private void Report(HttpApi api, bool isSilent)
    {
        if (!api.SetSilent(isSilent))
        {
            return;
        }

        if (isSilent)
        {
            LogSilent(api.Name, api.Destination);
        }
        else
        {
            LogAnswers(api.Name, api.Destination);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The HTTP API {Api} answers 503, because {Url} does not answer")]
    private partial void LogSilent(string api, string url);

    [LoggerMessage(2, LogLevel.Information, "The HTTP API {Api} answers again, because {Url} does")]
    private partial void LogAnswers(string api, string url);
}
