using Oith.LocalCloud.Redis;

namespace Oith.LocalCloud.Faults;

/// <summary>Brings Redis into the state that the faults of the service <c>redis</c> ask for.</summary>
internal sealed class RedisFaults(FaultSwitch faults, RedisServer redis, TimeProvider time)
{
    private bool _stopped;

    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var set = faults.Faults.Where(fault => fault.Service == FaultsService.Redis).ToList();
        if (set.Any(fault => fault.Latency > TimeSpan.Zero))
        {
            await redis.ForwardAsync(DelayAsync, cancellationToken);
        }

        var stop = set.Any(fault => fault.Action == FaultAction.Stop);
        if (stop != _stopped)
        {
            // Struck once, by being stopped, not by each call that fails.
            _stopped = stop;
            await (stop ? redis.StopAsync(cancellationToken) : redis.StartAsync(cancellationToken));
        }
    }

    private async ValueTask DelayAsync(CancellationToken cancellationToken)
    {
        if (faults.IsOn && faults.Draw(FaultsService.Redis, "") is { Latency: var latency } && latency > TimeSpan.Zero)
        {
            await Task.Delay(latency, time, cancellationToken);
        }
    }
}
