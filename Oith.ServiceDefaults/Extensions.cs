using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Oith.ServiceDefaults.Alarms;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Oith.ServiceDefaults;

/// <summary>What every OITH process has: telemetry, health endpoints, and for outgoing HTTP resilience and discovery.</summary>
public static class Extensions
{
    /// <summary>Readiness: every check must pass.</summary>
    public const string HealthPath = "/health";

    /// <summary>Liveness: only checks tagged <c>live</c> must pass.</summary>
    public const string AlivePath = "/alive";

    /// <summary>Names the environment that a process belongs to: development, staging or production.</summary>
    private const string EnvironmentVariable = "OITH_ENVIRONMENT";

    // Any source of the configuration may say otherwise.
    private static readonly Dictionary<string, string?> s_logLevels = new()
    {
        // Four lines a request would drown everything else, those of health probes first of all.
        ["Logging:LogLevel:Microsoft.AspNetCore"] = nameof(LogLevel.Warning),
        // An error at every probe of a process that is still starting; HealthChanges logs each change of health once.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = nameof(LogLevel.None),
    };

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
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = s_logLevels });
        builder.Services.TryAddEnumerable(ServiceDescriptor.Transient<IStartupFilter, RequestSpans>());
        builder.Services.TryAddSingleton<HealthChanges>();
        // Following every request costs more than answering most of them: not for nobody.
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            builder.AddTelemetryExport();
        }

        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
        return builder;
    }

    /// <summary>Maps <see cref="HealthPath"/> and <see cref="AlivePath"/>, which neither logs nor traces nor metrics of requests show. The answer names each check that is not healthy.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        var changes = app.Services.GetRequiredService<HealthChanges>();
        app.MapHealthChecks(HealthPath, new HealthCheckOptions { ResponseWriter = changes.WriteAsync }).DisableHttpMetrics();
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") }).DisableHttpMetrics();
        return app;
    }

    /// <summary>
    /// Runs the application until it is told to stop. A signal that comes during the start ends it as a later one does: without an exception, which
    /// the runtime would show with its stack trace as a crash.
    /// </summary>
    /// <exception cref="OperationCanceledException">Something was cancelled though nobody stops the application.</exception>
    public static async Task RunUntilStoppedAsync(this WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What started waits for nothing any more.
        }
    }

    private static void AddTelemetryExport<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        // Meters and activity sources of a room have its name. Not those of the other one: in a single process all would be exported twice.
        string[] own = [builder.Environment.ApplicationName, builder.Environment.ApplicationName + ".*"];
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
            logging.AddOtlpExporter();
        });
        var finalExport = new FinalExport();
        builder.Services.AddHostedService(_ => finalExport);
        builder.Services.ConfigureAll<OtlpExporterOptions>(options => options.HttpClientFactory = () => finalExport.CreateClient(options));
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, builder.Environment, builder.Configuration))
            .WithMetrics(metrics => metrics
                .AddMeter(own)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                // The convention's buckets jump over the target of 200 ms; a percentile near it would be a guess.
                .AddView(
                    AlarmInstruments.RequestDuration,
                    new ExplicitBucketHistogramConfiguration { Boundaries = [.. AlarmInstruments.RequestDurationBounds] })
                .AddOtlpExporter())
            .WithTracing(tracing => tracing
                .AddSource(own)
                .AddSource(RequestSpans.SourceName)
                .AddHttpClientInstrumentation()
                .AddOtlpExporter());
    }

    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, so that whatever they name wins.
    private static void Describe(ResourceBuilder resource, IHostEnvironment host, IConfiguration configuration) => resource
        .Clear()
        .AddService(host.ApplicationName, serviceVersion: VersionOf(host.ApplicationName))
        .AddAttributes([new("deployment.environment.name", configuration[EnvironmentVariable] ?? host.EnvironmentName.ToLowerInvariant())])
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    private static string? VersionOf(string application) =>
        AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(assembly => assembly.GetName().Name == application)
            ?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
