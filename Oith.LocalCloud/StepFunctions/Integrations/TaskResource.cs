using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>One attempt of a Task state.</summary>
/// <param name="Parameters">What the resource gets.</param>
internal sealed record TaskCall(Branch Branch, TaskState State, AslValue Parameters)
{
    /// <summary>Seconds until the attempt counts as timed out, null for no limit.</summary>
    public long? Timeout { get; init; }

    /// <summary>Seconds that may pass between heartbeats, null for no limit.</summary>
    public long? Heartbeat { get; init; }

    /// <summary>The role that the definition asks to be used; noted in the history.</summary>
    public string? RoleArn { get; init; }

    public ExecutionEngine Engine => Branch.Execution.Engine;
}

/// <summary>What a Task state calls, as its Resource names it.</summary>
internal abstract class TaskResource(string arn)
{
    // A timer takes at most about 49 days, a task at most 99,999,999 seconds.
    private const long LongestTimer = 45L * 24 * 60 * 60;

    public string Arn { get; } = arn;

    /// <summary>True: the resource is given a token and the state waits until it comes back.</summary>
    public virtual bool WaitsForTaskToken => false;

    /// <summary>Does the work and writes its events to the history.</summary>
    /// <exception cref="StateFailedException">The work failed or timed out.</exception>
    public abstract Task<AslValue> RunAsync(TaskCall call, CancellationToken cancellationToken);

    /// <summary>Runs the work until the state's timeout.</summary>
    /// <exception cref="StateFailedException">States.Timeout.</exception>
    protected static async Task<AslValue> WithTimeoutAsync(
        TaskCall call, Func<CancellationToken, Task<AslValue>> work, CancellationToken cancellationToken)
    {
        if (call.Timeout is not { } seconds)
        {
            return await work(cancellationToken);
        }

        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(Math.Min(seconds, LongestTimer)), call.Engine.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new StateFailedException(new StateFailure(StateFailure.Timeout, null));
        }
    }

    protected static IEnumerable<HistoryDetail> FailureDetails(StateFailure failure)
    {
        // AWS gives a timeout no cause in the history.
        if (failure.Error is not null)
        {
            yield return HistoryDetail.Text("error", failure.Error);
        }

        if (failure.Cause is not null)
        {
            yield return HistoryDetail.Text("cause", failure.Cause);
        }
    }

    protected static IEnumerable<HistoryDetail> LimitDetails(TaskCall call)
    {
        if (call.Timeout is { } timeout)
        {
            yield return HistoryDetail.Number("timeoutInSeconds", timeout);
        }

        if (call.Heartbeat is { } heartbeat)
        {
            yield return HistoryDetail.Number("heartbeatInSeconds", heartbeat);
        }
    }

    /// <exception cref="StateFailedException">The result is larger than a task may give.</exception>
    protected static AslValue CheckedSize(AslValue result, string subject) =>
        result.IsWithin(State.MaximumPayload)
            ? result
            : throw new StateFailedException(new StateFailure(
                StateFailure.DataLimitExceeded,
                $"The state/task '{subject}' returned a result with a size exceeding the maximum number of bytes service limit."));
}
