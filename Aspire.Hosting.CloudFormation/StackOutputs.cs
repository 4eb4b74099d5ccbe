namespace Aspire.Hosting.CloudFormation;

/// <summary>
/// The outputs of a stack's latest deployment. A deployment that begins replaces them, so that no read returns values of a stack that is
/// gone.
/// </summary>
internal sealed class StackOutputs
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<IReadOnlyDictionary<string, string>> _latest = Create();

    public Task<IReadOnlyDictionary<string, string>> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _latest.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Makes reads wait for the deployment that begins.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (_latest.Task.IsCompleted)
            {
                _latest = Create();
            }
        }
    }

    public void Complete(IReadOnlyDictionary<string, string> outputs)
    {
        lock (_lock)
        {
            _latest.TrySetResult(outputs);
        }
    }

    public void Fail(Exception error)
    {
        lock (_lock)
        {
            _latest.TrySetException(error);
            // Read by no one where nothing uses an output; the stack itself reports the failure.
            _ = _latest.Task.Exception;
        }
    }

    private static TaskCompletionSource<IReadOnlyDictionary<string, string>> Create() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
