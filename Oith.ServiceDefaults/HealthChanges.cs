using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Oith.ServiceDefaults;

/// <summary>
/// Answers health probes and logs a change of health once, not at every probe. A process that has not been ready yet is starting, which is
/// no failure and not logged.
/// </summary>
internal sealed partial class HealthChanges(ILogger<HealthChanges> logger)
{
    private readonly Lock _lock = new();
    private HealthStatus? _last;

    public Task WriteAsync(HttpContext context, HealthReport report)
    {
        Observe(report);
        context.Response.ContentType = "text/plain";
        // "Degraded", and below it a line for each reason: "redis: Redis cannot be reached."
        return context.Response.WriteAsync(string.Join('\n', ReasonsOf(report).Prepend(report.Status.ToString())), context.RequestAborted);
    }

    internal void Observe(HealthReport report)
    {
        lock (_lock)
        {
            var isStarting = _last is null && report.Status == HealthStatus.Unhealthy;
            if (isStarting || report.Status == _last)
            {
                return;
            }

            if (report.Status == HealthStatus.Healthy)
            {
                if (_last is not null)
                {
                    LogHealthy();
                }
            }
            else
            {
                LogUnwell(report.Status, string.Join(' ', ReasonsOf(report)), report.Entries.Values.Select(entry => entry.Exception).FirstOrDefault(exception => exception is not null));
            }

            _last = report.Status;
        }
    }

    // "store: DynamoDB's circuit is open."
    private static IEnumerable<string> ReasonsOf(HealthReport report) => report.Entries
        .Where(entry => entry.Value.Status != HealthStatus.Healthy)
        .Select(entry => $"{entry.Key}: {entry.Value.Description ?? entry.Value.Exception?.Message ?? entry.Value.Status.ToString()}");

    [LoggerMessage(1, LogLevel.Warning, "The service is {Status}. {Reasons}")]
    private partial void LogUnwell(HealthStatus status, string reasons, Exception? exception);

    [LoggerMessage(2, LogLevel.Information, "The service is healthy again")]
    private partial void LogHealthy();
}
