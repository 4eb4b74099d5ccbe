using Oith.LocalCloud.Redis;

namespace Oith.LocalCloud.Faults;

/// <summary>Brings Redis into the state that the faults of the service <c>redis</c> ask for.</summary>
internal sealed class RedisFaults(FaultSwitch faults, RedisServer redis, RedisLoad load, TimeProvider time)
{
    private bool _stopped;

    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var set = faults.Faults.Where(fault => fault.Service == FaultsService.Redis).ToList();
        if (set.Any(fault => fault.Latency > TimeSpan.Zero))
        {
            await redis.ForwardAsync(DelayAsync, cancellationToken);
        }

        var stop = IsSet(FaultAction.Stop);
        if (stop != _stopped)
        {
            _stopped = stop;
            await load.RestAsync();
            load.Forget();
            await (stop ? redis.StopAsync(cancellationToken) : redis.StartAsync(cancellationToken));
        }

        if (stop)
        {
            return;
        }

        await (IsSet(FaultAction.Fill) ? load.FillAsync(cancellationToken) : load.EmptyAsync(cancellationToken));
        if (IsSet(FaultAction.Busy))
        {
            load.KeepBusy();
        }
        else
        {
            await load.RestAsync();
        }

        bool IsSet(FaultAction action) => set.Any(fault => fault.Action == action);
    }

    private async ValueTask DelayAsync(CancellationToken cancellationToken)
    {
        if (faults.IsOn && faults.Draw(FaultsService.Redis, "") is { Latency: var latency } && latency > TimeSpan.Zero)
        {
            await Task.Delay(latency, time, cancellationToken);
        }
    }
}
