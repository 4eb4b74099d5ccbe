using System.Collections.Concurrent;
using System.Security.Cryptography;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>A task that waits for its token to come back.</summary>
internal sealed class PendingTask(TaskTokens tokens, string token, TimeProvider clock) : IDisposable
{
    private readonly TaskCompletionSource<AslValue> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private ITimer? _heartbeat;
    private TimeSpan _interval;

    public string Token { get; } = token;

    /// <param name="heartbeatSeconds">Seconds that may pass without a heartbeat, null for any.</param>
    /// <exception cref="StateFailedException">The task failed, or its heartbeat did not come.</exception>
    public async Task<AslValue> WaitAsync(long? heartbeatSeconds, CancellationToken cancellationToken)
    {
        if (heartbeatSeconds is { } seconds)
        {
            lock (_lock)
            {
                _interval = TimeSpan.FromSeconds(seconds);
                _heartbeat = clock.CreateTimer(_ => Miss(), null, _interval, Timeout.InfiniteTimeSpan);
            }
        }

        return await _answer.Task.WaitAsync(cancellationToken);
    }

    public bool Succeed(AslValue output) => _answer.TrySetResult(output);

    public bool Fail(StateFailure failure) => _answer.TrySetException(new StateFailedException(failure));

    public void Beat()
    {
        lock (_lock)
        {
            _heartbeat?.Change(_interval, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        tokens.Remove(this);
        lock (_lock)
        {
            _heartbeat?.Dispose();
            _heartbeat = null;
        }

        // Nobody may ask for the failure of a task that is given up.
        _ = _answer.Task.Exception;
    }

    private void Miss() => Fail(new StateFailure(StateFailure.Timeout, null) { IsHeartbeat = true });
}

/// <summary>The tokens that are out.</summary>
internal sealed class TaskTokens(TimeProvider clock)
{
    private const int Length = 96;

    private readonly ConcurrentDictionary<string, PendingTask> _pending = new(StringComparer.Ordinal);

    /// <summary>A new token; nobody can guess it.</summary>
    public static string Create()
    {
        var bytes = RandomNumberGenerator.GetBytes(Length);
        bytes[0] = 1;
        bytes[1] = 2;
        return Convert.ToBase64String(bytes);
    }

    /// <summary>True for a text that looks like a token of ours, whether it is out or not.</summary>
    public static bool IsToken(string text)
    {
        Span<byte> bytes = stackalloc byte[Length + 3];
        return Convert.TryFromBase64String(text, bytes, out var written) && written == Length && bytes[0] == 1 && bytes[1] == 2;
    }

    public PendingTask Register(string token) => _pending[token] = new PendingTask(this, token, clock);

    public PendingTask? Find(string token) => _pending.GetValueOrDefault(token);

    public void Remove(PendingTask task) => _pending.TryRemove(KeyValuePair.Create(task.Token, task));
}
