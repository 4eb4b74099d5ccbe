using System.Threading.Channels;

namespace Oith.Matching.Erasure;

/// <summary>Erasures that stopped in the middle, as found when the profiles were read.</summary>
internal sealed class ErasureQueue
{
    private readonly Channel<string> _interrupted = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    public ChannelReader<string> Interrupted => _interrupted.Reader;

    public void Resume(string email) => _interrupted.Writer.TryWrite(email);
}

/// <summary>Finishes interrupted erasures.</summary>
internal sealed partial class ErasureResumption(ErasureQueue queue, ProfileEraser eraser, ILogger<ErasureResumption> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var email in queue.Interrupted.ReadAllAsync(stoppingToken))
        {
            try
            {
                await eraser.EraseAsync(email, stoppingToken);
                Resumed(logger);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Found again at the next start, or finished when the person asks again.
                NotResumed(logger, exception);
            }
        }
    }

    [LoggerMessage(501, LogLevel.Information, "An erasure that was interrupted is finished")]
    private static partial void Resumed(ILogger logger);

    [LoggerMessage(502, LogLevel.Warning, "An interrupted erasure could not be finished")]
    private static partial void NotResumed(ILogger logger, Exception exception);
}
