using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Telemetry;
using Oith.ServiceDefaults;

namespace Oith.Matching.Api;

/// <summary>
/// Turns requests away with 503 and Retry-After before so many are at work that none is finished in time. People and state machines
/// have a compartment each: a flood of queued requests, or the nightly precompute, takes no place from somebody who opens the app.
/// </summary>
internal static class LoadShedding
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(1);

    private enum Compartment
    {
        Probes,
        People,
        Workflows,
    }

    public static IServiceCollection AddLoadShedding(this IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<MatchingOptions>, MatchingMetrics, TimeProvider>((limiter, options, metrics, time) =>
        {
            var concurrency = options.Value.Concurrency;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, Compartment>(context => CompartmentOf(context) switch
            {
                Compartment.Probes => RateLimitPartition.GetNoLimiter(Compartment.Probes),
                var compartment => RateLimitPartition.Get(compartment, _ => new AdaptiveLimiter(concurrency, time)),
            });
            limiter.OnRejected = async (rejected, _) =>
            {
                metrics.Shed();
                await Problems.Unavailable(rejected.HttpContext, s_wait, "Too many requests are at work.").ExecuteAsync(rejected.HttpContext);
            };
        });
        return services;
    }

    // A load balancer that cannot see that the service is alive would make things worse, so probes are never turned away.
    private static Compartment CompartmentOf(HttpContext context) => context.Request.Path switch
    {
        var path when path.StartsWithSegments(Extensions.HealthPath) || path.StartsWithSegments(Extensions.AlivePath) => Compartment.Probes,
        var path when path.StartsWithSegments("/events") => Compartment.Workflows,
        _ => Compartment.People,
    };
}
