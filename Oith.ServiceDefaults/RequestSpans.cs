using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Oith.ServiceDefaults;

/// <summary>
/// Names the span of each request by its method and route (<c>POST /api/match/next</c>) and drops those of health probes. It runs before
/// every other middleware, and does nothing for a request that no trace records.
/// </summary>
internal sealed class RequestSpans : IStartupFilter
{
    /// <summary>ASP.NET Core's source of one span a request.</summary>
    public const string SourceName = "Microsoft.AspNetCore";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(following => context =>
            Activity.Current is { Recorded: true } activity ? AnswerAsync(context, activity, following) : following(context));
        next(app);
    };

    private static async Task AnswerAsync(HttpContext context, Activity activity, RequestDelegate next)
    {
        var request = context.Request;
        if (IsProbe(request.Path))
        {
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            await next(context);
            return;
        }

        activity.SetTag("http.request.method", request.Method)
            .SetTag("url.scheme", request.Scheme)
            .SetTag("url.path", request.Path.Value)
            .SetTag("server.address", request.Host.Host);
        if (request.Host.Port is { } port)
        {
            activity.SetTag("server.port", port);
        }

        try
        {
            await next(context);
        }
        finally
        {
            Complete(context, activity);
        }
    }

    private static void Complete(HttpContext context, Activity activity)
    {
        // The exception handler clears the endpoint, and keeps it in its feature.
        var endpoint = context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint();
        var route = endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route;
        if (route is not null)
        {
            activity.SetTag("http.route", route);
        }

        // A handler may have chosen a better name: that of the operation which the body asks for.
        if (activity.DisplayName == activity.OperationName)
        {
            activity.DisplayName = $"{context.Request.Method} {NameOf(route)}";
        }

        var status = context.Response.StatusCode;
        activity.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            activity.SetTag("error.type", status.ToString(CultureInfo.InvariantCulture));
            if (activity.Status == ActivityStatusCode.Unset)
            {
                activity.SetStatus(ActivityStatusCode.Error);
            }
        }
    }

    // A group's own route ends with a slash, /api/match/requests/; clients post to it without the slash.
    private static string NameOf(string? route) => route is null ? "(no route)" : route.Length > 1 ? route.TrimEnd('/') : route;

    private static bool IsProbe(PathString path) => path.StartsWithSegments(Extensions.HealthPath) || path.StartsWithSegments(Extensions.AlivePath);
}
