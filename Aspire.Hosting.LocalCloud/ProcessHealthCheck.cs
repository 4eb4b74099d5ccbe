using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.LocalCloud;

/// <summary>
/// Healthy while the health endpoint of a process answers with success. A process that is not healthy yet, or not any more, is asked
/// again within the check: Aspire's next check comes one second later, the one after it two seconds later and so on, and all that waits
/// for the process waits with it.
/// </summary>
internal sealed class ProcessHealthCheck(
    IResourceWithEndpoints resource, string endpointName, string path, IHttpClientFactory clients, TimeProvider time) : IHealthCheck
{
    public const string HttpClientName = "Aspire.Hosting.LocalCloud.Health";

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private bool _wasHealthy;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var endpoint = resource.GetEndpoint(endpointName);
        if (!endpoint.IsAllocated)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"{resource.Name} has no port yet.");
        }

        using var client = clients.CreateClient(HttpClientName);
        var url = new Uri(new Uri(endpoint.Url), path);
        var patience = _wasHealthy ? TimeSpan.Zero : s_patience;
        var began = time.GetTimestamp();
        while (true)
        {
            var (problem, error) = await AskAsync(client, url, cancellationToken);
            _wasHealthy = problem is null;
            if (problem is null)
            {
                return HealthCheckResult.Healthy();
            }

            if (time.GetElapsedTime(began) >= patience)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, problem, error);
            }

            await Task.Delay(s_interval, time, cancellationToken);
        }
    }

    private static async Task<(string? Problem, Exception? Error)> AskAsync(HttpClient client, Uri url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(url, cancellationToken);
            return (response.IsSuccessStatusCode ? null : $"{url} answers {(int)response.StatusCode}.", null);
        }
        catch (HttpRequestException error)
        {
            return ($"{url} does not answer.", error);
        }
    }
}
