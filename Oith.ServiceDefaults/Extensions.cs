using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Oith.ServiceDefaults.Alarms;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Oith.ServiceDefaults;

/// <summary>What every OITH process has: telemetry, health endpoints, and for outgoing HTTP resilience and discovery.</summary>
public static class Extensions
{
    /// <summary>Readiness: every check must pass.</summary>
    public const string HealthPath = "/health";

    /// <summary>Liveness: only checks tagged <c>live</c> must pass.</summary>
    public const string AlivePath = "/alive";

    /// <summary>Meters and activity sources of OITH have their room's name.</summary>
    private const string OwnTelemetry = "Oith.*";

    /// <summary>Basic defaults plus service discovery and resilience for every <see cref="HttpClient"/> of the process.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddBasicServiceDefaults();
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        return builder;
    }

    /// <summary>Telemetry and health, for a process that makes no outgoing HTTP calls of its own.</summary>
    public static TBuilder AddBasicServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        // Following every request costs more than answering most of them: not for nobody.
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            builder.AddTelemetryExport();
        }

        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
        return builder;
    }

    /// <summary>Maps <see cref="HealthPath"/> and <see cref="AlivePath"/>; the answer names each check that is not healthy.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(HealthPath, new HealthCheckOptions { ResponseWriter = WriteHealthAsync });
        app.MapHealthChecks(
            AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains("live"), ResponseWriter = WriteHealthAsync });
        return app;
    }

    // "Degraded", and below it a line for each reason: "redis: Redis cannot be reached."
    private static Task WriteHealthAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain";
        var reasons = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy)
            .Select(entry => $"\n{entry.Key}: {entry.Value.Description ?? entry.Value.Status.ToString()}");
        return context.Response.WriteAsync(report.Status + string.Concat(reasons), context.RequestAborted);
    }

    private static void AddTelemetryExport<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddMeter(OwnTelemetry)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                // The convention's buckets jump over the target of 200 ms; a percentile near it would be a guess.
                .AddView(
                    AlarmInstruments.RequestDuration,
                    new ExplicitBucketHistogramConfiguration { Boundaries = [.. AlarmInstruments.RequestDurationBounds] }))
            .WithTracing(tracing => tracing
                .AddSource(OwnTelemetry)
                .AddAspNetCoreInstrumentation(options => options.Filter = context =>
                    !context.Request.Path.StartsWithSegments(HealthPath) && !context.Request.Path.StartsWithSegments(AlivePath))
                .AddHttpClientInstrumentation())
            .UseOtlpExporter();
    }
}
