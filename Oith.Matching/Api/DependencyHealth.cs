using Microsoft.Extensions.Diagnostics.HealthChecks;
using Oith.Matching.Candidates;
using Oith.Matching.Redis;
using Oith.Matching.Storage;

namespace Oith.Matching.Api;

/// <summary>Unhealthy until everybody can be found; afterwards as DynamoDB's circuit says.</summary>
internal sealed class StoreHealth(IndexState index, [FromKeyedServices(DynamoDBStore.Circuit)] DependencyCircuit circuit) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            !index.IsReady ? HealthCheckResult.Unhealthy("The candidate index is being filled.")
            : circuit.IsOpen ? HealthCheckResult.Unhealthy("DynamoDB's circuit is open.")
            : HealthCheckResult.Healthy());
}

/// <summary>Degraded without Redis: no decks, no rate limit, changes made elsewhere are seen late.</summary>
internal sealed class RedisHealth(RedisStore redis) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(redis.IsReachable ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("Redis cannot be reached."));
}
