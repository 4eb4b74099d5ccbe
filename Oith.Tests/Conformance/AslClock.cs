using Microsoft.Extensions.Time.Testing;

namespace Oith.Tests.Conformance;

/// <summary>A clock that runs ten times as fast, so that recorded waits and timeouts take a tenth of their time.</summary>
internal sealed class AslClock : IAsyncDisposable
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public AslClock() => _running = RunAsync();

    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_step / 10);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                Time.Advance(s_step);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }
}
