using System.Threading.Channels;

namespace Aspire.Hosting.CloudFormation;

/// <summary>
/// The deployments of one stack while the application runs: one at a time, requests that arrive meanwhile share the next.
/// </summary>
internal sealed class StackRun : IDisposable
{
    private readonly Channel<TaskCompletionSource<StackDeploymentResult>> _requests =
        Channel.CreateUnbounded<TaskCompletionSource<StackDeploymentResult>>();
    private readonly Lock _lock = new();
    private CancellationTokenSource? _attempt;

    /// <summary>Why the latest deployment failed; null while none did.</summary>
    public string? Failure { get; set; }

    /// <summary>The outputs of the latest successful deployment; null before the first.</summary>
    public IReadOnlyDictionary<string, string>? LatestOutputs { get; set; }

    /// <summary>The names of the properties that the latest deployment showed.</summary>
    public IReadOnlySet<string> ShownProperties { get; set; } = new HashSet<string>();

    /// <summary>True from a deployment's begin, with the wait for what it depends on, to its end.</summary>
    public bool IsDeploying
    {
        get
        {
            lock (_lock)
            {
                return _attempt is not null;
            }
        }
    }

    /// <summary>Asks for a deployment and returns its outcome.</summary>
    public Task<StackDeploymentResult> Request()
    {
        var request = new TaskCompletionSource<StackDeploymentResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Writer.TryWrite(request);
        return request.Task;
    }

    /// <summary>Waits for a request and begins a deployment, which answers all requests made so far.</summary>
    public async Task<(IReadOnlyList<TaskCompletionSource<StackDeploymentResult>> Requests, CancellationToken Attempt)> BeginAsync(
        CancellationToken cancellationToken)
    {
        var requests = new List<TaskCompletionSource<StackDeploymentResult>> { await _requests.Reader.ReadAsync(cancellationToken) };
        while (_requests.Reader.TryRead(out var request))
        {
            requests.Add(request);
        }

        lock (_lock)
        {
            _attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            return (requests, _attempt.Token);
        }
    }

    public void End()
    {
        lock (_lock)
        {
            _attempt?.Dispose();
            _attempt = null;
        }
    }

    /// <summary>Cancels the deployment that is under way, because its endpoint stopped.</summary>
    public void Interrupt()
    {
        lock (_lock)
        {
            _attempt?.Cancel();
        }
    }

    public void Dispose() => End();
}
