using System.Runtime;

namespace Oith.LocalCloud.Memory;

/// <summary>
/// Gives memory back to the operating system when LocalCloud comes to rest: a process that allocates nothing collects nothing, so after a load it
/// would keep what the load left behind.
/// </summary>
internal sealed class IdleCollector(TimeProvider time) : BackgroundService
{
    private const long RestingBytes = 4 * 1024 * 1024;
    private const long WorthBytes = 32 * 1024 * 1024;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        var before = GC.GetTotalAllocatedBytes();
        var collected = before;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = GC.GetTotalAllocatedBytes();
                if (now - before < RestingBytes && now - collected > WorthBytes)
                {
                    GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    collected = now;
                }

                before = now;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // LocalCloud stops.
        }
    }
}
