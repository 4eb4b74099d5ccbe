using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.LocalCloud;

/// <summary>
/// Healthy while LocalCloud's health endpoint answers. A process that has just started is asked again within the check, because the next
/// check
/// would come a second later and all that waits for LocalCloud with it.
/// </summary>
internal sealed class LocalCloudHealthCheck(LocalCloudResource localCloud, IHttpClientFactory clients, TimeProvider time) : IHealthCheck
{
    public const string HttpClientName = "Aspire.Hosting.LocalCloud.Health";

    private const string Path = "/health";

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var endpoint = localCloud.PrimaryEndpoint;
        if (!endpoint.IsAllocated)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "LocalCloud has no port yet.");
        }

        using var client = clients.CreateClient(HttpClientName);
        var url = new Uri(new Uri(endpoint.Url), Path);
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                using var response = await client.GetAsync(url, cancellationToken);
                return response.IsSuccessStatusCode
                    ? HealthCheckResult.Healthy()
                    : new HealthCheckResult(context.Registration.FailureStatus, $"{url} answers {(int)response.StatusCode}.");
            }
            catch (HttpRequestException error) when (time.GetElapsedTime(began) >= s_patience)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, $"{url} does not answer.", error);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(s_interval, time, cancellationToken);
            }
        }
    }
}
