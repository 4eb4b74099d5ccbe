using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Oith.Tests.LocalCloud.StepFunctions;

/// <summary>A clock that stands still until it is advanced, and tells of the timers that were set by it: one that is set after the advance would never ring.</summary>
internal sealed class WatchedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly ConcurrentQueue<TimeSpan> _set = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _set.Enqueue(dueTime);
        return timer;
    }

    /// <summary>Waits until a timer of that time has been set.</summary>
    public Task UntilTimerAsync(TimeSpan dueTime) => StepFunctionsClient.UntilAsync(() => Task.FromResult(_set.Contains(dueTime)));
}
