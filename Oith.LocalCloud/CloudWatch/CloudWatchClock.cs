namespace Oith.LocalCloud.CloudWatch;

/// <summary>
/// The clock of metrics and alarms. It runs <see cref="LocalCloudOptions.CloudWatchClockFactor"/> times as fast as the wall clock, from
/// the moment that LocalCloud started, so that only minutes of CloudWatch are shortened and no timeout of anything else.
/// </summary>
internal sealed class CloudWatchClock(TimeProvider time, LocalCloudOptions options)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();

    public double Factor { get; } = options.CloudWatchClockFactor > 0
        ? options.CloudWatchClockFactor
        : throw new InvalidOperationException($"LocalCloud:CloudWatchClockFactor must be above 0, not {options.CloudWatchClockFactor}.");

    public DateTimeOffset Now => FromWall(time.GetUtcNow());

    /// <summary>This clock's time at a wall time; times before the start are the same on both.</summary>
    public DateTimeOffset FromWall(DateTimeOffset wall) => Factor == 1 || wall <= _start ? wall : _start + (wall - _start) * Factor;

    public Task Delay(TimeSpan delay, CancellationToken cancellationToken) => Task.Delay(delay / Factor, time, cancellationToken);
}
