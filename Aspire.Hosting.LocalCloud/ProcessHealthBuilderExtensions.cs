using Aspire.Hosting.LocalCloud;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Checks the health of processes that start quickly.</summary>
public static class ProcessHealthBuilderExtensions
{
    /// <summary>
    /// Checks a health endpoint, as <c>WithHttpHealthCheck</c> does, but sees within 50 ms that a starting process has become healthy.
    /// </summary>
    /// <param name="path">The path that answers with success while the process is healthy.</param>
    /// <param name="endpointName">The HTTP endpoint that is asked.</param>
    public static IResourceBuilder<T> WithProcessHealthCheck<T>(this IResourceBuilder<T> builder, string path, string endpointName)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(endpointName);
        var services = builder.ApplicationBuilder.Services;
        services.TryAddSingleton(TimeProvider.System);
        // A process that starts refuses many connections; none of them is worth a line in the app host's console.
        services.AddHttpClient(ProcessHealthCheck.HttpClientName).RemoveAllLoggers();
        var name = $"{builder.Resource.Name}_check";
        // One instance for all checks of the resource: it knows whether the last one was healthy.
        ProcessHealthCheck? check = null;
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            name,
            provider => check ??= new ProcessHealthCheck(
                builder.Resource,
                endpointName,
                path,
                provider.GetRequiredService<IHttpClientFactory>(),
                provider.GetRequiredService<TimeProvider>()),
            HealthStatus.Unhealthy,
            []));
        return builder.WithHealthCheck(name);
    }
}
