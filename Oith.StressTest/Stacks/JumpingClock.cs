namespace Oith.StressTest.Stacks;

/// <summary>A clock whose time of day can be set, as an administrator or a time server does; durations are not touched.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private long _offset;

    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _offset));
        set => Interlocked.Exchange(ref _offset, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
