using Oith.LocalCloud.CloudWatch.Alarms;
using Oith.LocalCloud.CloudWatch.Vending;

namespace Oith.LocalCloud.CloudWatch;

/// <summary>At each full minute of the clock collects the gauges of the minute that ends and evaluates the alarms; every ten seconds when an alarm asks for it.</summary>
internal sealed partial class CloudWatchTicker(CloudWatchClock clock, VendedMetrics vended, AlarmEvaluator evaluator, ILogger<CloudWatchTicker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var now = clock.Now;
                var step = TimeSpan.FromSeconds(evaluator.HasShortPeriods ? 10 : 60).Ticks;
                var next = new DateTimeOffset(now.UtcTicks - now.UtcTicks % step + step, TimeSpan.Zero);
                await clock.Delay(next - now, stoppingToken);
                await TickAsync(next, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // LocalCloud stops.
        }
    }

    private async Task TickAsync(DateTimeOffset boundary, CancellationToken cancellationToken)
    {
        try
        {
            if (boundary.Second == 0)
            {
                // What is read at the boundary belongs to the minute that ends there.
                await vended.CollectAsync(boundary.AddSeconds(-1), cancellationToken);
            }

            evaluator.Evaluate(boundary);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogFault(error);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "CloudWatch could not collect metrics or evaluate alarms")]
    private partial void LogFault(Exception error);
}
