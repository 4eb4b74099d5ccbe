using Oith.Matching.Storage;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Erasure;

/// <summary>Finishes the erasures that somebody stopped in the middle of.</summary>
internal sealed partial class ErasureResumption(
    ProfileStore profiles, ProfileEraser eraser, TimeProvider time, ILogger<ErasureResumption> logger) : BackgroundService
{
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            using var activity = MatchingActivities.StartWork("resume erasures");
            try
            {
                foreach (var email in await profiles.FindErasingAsync(stoppingToken))
                {
                    await eraser.EraseAsync(email, stoppingToken);
                    Resumed(logger);
                }

                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                NotResumed(logger, exception);
                await Task.Delay(s_retryInterval, time, stoppingToken);
            }
        }
    }

    [LoggerMessage(501, LogLevel.Information, "An erasure that was interrupted is finished")]
    private static partial void Resumed(ILogger logger);

    [LoggerMessage(502, LogLevel.Warning, "An interrupted erasure could not be finished; trying again")]
    private static partial void NotResumed(ILogger logger, Exception exception);
}
