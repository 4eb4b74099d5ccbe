using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;

namespace Oith.LocalCloud.Faults;

/// <summary>Lets faults strike a web application that runs beside LocalCloud in one process; no fault code is in the application.</summary>
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
            var strike = faults.Draw(service, context.Request.Path.Value!);
            if (strike.Latency > TimeSpan.Zero)
            {
                await Task.Delay(strike.Latency, time, context.RequestAborted);
            }

            if (strike.ErrorCode is null)
            {
                await next(context);
                return;
            }

            // No route was looked for yet, and the metrics of requests are by route.
            context.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new("http.route", $"{path}/{{**rest}}"));
            var error = FaultErrors.Of(service, strike.ErrorCode);
            context.Response.StatusCode = (int)error.Status;
            await context.Response.WriteAsJsonAsync(
                new { title = error.Code, status = (int)error.Status, detail = error.Message },
                options: null, MediaTypeNames.Application.ProblemJson, context.RequestAborted);
        }
    }
}
