using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;

namespace Oith.LocalCloud.Faults;

/// <summary>
/// Lets faults strike the requests of a web application: in its own pipeline when it runs beside LocalCloud in one process, else in the
/// HTTP API before it. No fault code is in the application.
/// </summary>
public static class ServiceFaults
{
    /// <summary>Requests under <paramref name="path"/> are struck by the faults of <paramref name="service"/>, before any of the application's own middleware.</summary>
    /// <param name="faults">LocalCloud's switch.</param>
    /// <param name="service">The name that faults call the application by: <c>matching</c>.</param>
    /// <param name="path">What its callers ask for: <c>/api</c>, and not its health.</param>
    public static IServiceCollection AddServiceFaults(this IServiceCollection services, FaultSwitch faults, string service, PathString path)
    {
        faults.Join(service);
        return services.AddSingleton<IStartupFilter>(new Filter(faults, service, path));
    }

    /// <summary>Draws the faults of a service for a request, waits and answers as they say.</summary>
    /// <returns>True when nothing is left to do: a fault answered, or the client gave up meanwhile.</returns>
    internal static async Task<bool> StrikeAsync(this FaultSwitch faults, HttpContext context, string service, PathString path, TimeProvider time)
    {
        var strike = faults.Draw(service, context.Request.Path.Value!);
        if (strike.Latency > TimeSpan.Zero)
        {
            try
            {
                await Task.Delay(strike.Latency, time, context.RequestAborted);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                return true;
            }
        }

        if (strike.ErrorCode is null)
        {
            return false;
        }

        // No route was looked for yet, and the metrics of requests are by route.
        context.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new("http.route", $"{path}/{{**rest}}"));
        var error = FaultErrors.Of(service, strike.ErrorCode);
        context.Response.StatusCode = (int)error.Status;
        await context.Response.WriteAsJsonAsync(
            new { title = error.Code, status = (int)error.Status, detail = error.Message },
            options: null, MediaTypeNames.Application.ProblemJson);
        return true;
    }

    private sealed class Filter(FaultSwitch faults, string service, PathString path) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            var time = app.ApplicationServices.GetRequiredService<TimeProvider>();
            app.Use((context, following) => faults.IsOn && context.Request.Path.StartsWithSegments(path)
                ? StrikeAsync(context, following, time)
                : following(context));
            next(app);
        };

        private async Task StrikeAsync(HttpContext context, RequestDelegate next, TimeProvider time)
        {
            if (!await faults.StrikeAsync(context, service, path, time))
            {
                await next(context);
            }
        }
    }
}
