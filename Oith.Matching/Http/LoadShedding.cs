using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Oith.Matching.Telemetry;
using Oith.ServiceDefaults;

namespace Oith.Matching.Http;

/// <summary>Turns requests away with 503 and Retry-After before so many are at work that none is finished in time.</summary>
internal static class LoadShedding
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(1);

    public static IServiceCollection AddLoadShedding(this IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<MatchingOptions>, MatchingMetrics>((limiter, options, metrics) =>
        {
            var concurrency = options.Value.Concurrency;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, bool>(context => IsProbe(context)
                ? RateLimitPartition.GetNoLimiter(true)
                : RateLimitPartition.GetConcurrencyLimiter(false, _ => new ConcurrencyLimiterOptions
                {
                    PermitLimit = concurrency,
                    QueueLimit = concurrency,
                    QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
                }));
            limiter.OnRejected = async (rejected, _) =>
            {
                metrics.Shed();
                await Problems.Unavailable(rejected.HttpContext, s_wait, "Too many requests are at work.").ExecuteAsync(rejected.HttpContext);
            };
        });
        return services;
    }

    // A load balancer that cannot see that the service is alive would make things worse.
    private static bool IsProbe(HttpContext context) =>
        context.Request.Path.StartsWithSegments(Extensions.HealthPath) || context.Request.Path.StartsWithSegments(Extensions.AlivePath);
}
