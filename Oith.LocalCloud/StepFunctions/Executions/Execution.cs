using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Executions;

internal enum ExecutionStatus
{
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,

    /// <summary>A child of a redriven Map run that waits for its own redrive.</summary>
    PendingRedrive,
}

internal static class ExecutionStatusNames
{
    public static string ToAws(this ExecutionStatus status) => status switch
    {
        ExecutionStatus.Running => "RUNNING",
        ExecutionStatus.Succeeded => "SUCCEEDED",
        ExecutionStatus.Failed => "FAILED",
        ExecutionStatus.TimedOut => "TIMED_OUT",
        ExecutionStatus.PendingRedrive => "PENDING_REDRIVE",
        _ => "ABORTED",
    };

    public static ExecutionStatus Parse(string name) => name switch
    {
        "RUNNING" => ExecutionStatus.Running,
        "SUCCEEDED" => ExecutionStatus.Succeeded,
        "FAILED" => ExecutionStatus.Failed,
        "TIMED_OUT" => ExecutionStatus.TimedOut,
        _ => ExecutionStatus.Aborted,
    };
}

/// <summary>Where a running execution stood: the state of its main line that was entered last.</summary>
internal sealed record ResumePoint(string StateName, AslValue Input, long EnteredEventId, DateTimeOffset EnteredTime, AslValue Variables)
{
    /// <summary>The event that the next one follows: that of the entry after a restart, ExecutionRedriven after a redrive.</summary>
    public long LastEventId { get; init; } = EnteredEventId;

    /// <summary>False for a state that was about to be entered.</summary>
    public bool IsEntered { get; init; } = true;

    /// <summary>True when RedriveExecution resumes here: waits and timeouts start anew.</summary>
    public bool IsRedriven { get; init; }
}

/// <summary>One run of a state machine.</summary>
internal sealed class Execution : IDisposable
{
    private static readonly TimeSpan s_longestExpress = TimeSpan.FromMinutes(5);

    // Longer than any timer takes, and nothing runs that long here.
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(45);

    private const long EmptyBytes = 1000;

    private readonly Lock _lock = new();
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _unwound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _stop = new();
    private ExecutionStatus _unsuccessful;
    private AslValue? _contextObject;

    public Execution(ExecutionEngine engine, StateMachine machine, StateMachineRevision revision, string arn, string name, AslValue input)
    {
        Engine = engine;
        Machine = machine;
        Revision = revision;
        Arn = arn;
        Name = name;
        Input = input;
        StartDate = engine.Clock.GetUtcNow();
        History = new ExecutionHistory(engine.Clock, engine.Keeper.Listener(this));
    }

    public ExecutionEngine Engine { get; }

    public EvaluatedExpressions Expressions { get; } = new();

    public StateMachine Machine { get; }

    public StateMachineRevision Revision { get; }

    public string Arn { get; }

    public string Name { get; }

    public AslValue Input { get; }

    /// <summary>The version or alias that was started, null for the machine itself.</summary>
    public string? VersionArn { get; init; }

    public string? AliasArn { get; init; }

    /// <summary>The run of a distributed Map that this execution is a child of.</summary>
    public MapRun? MapRun { get; init; }

    /// <summary>How many items a child execution works on.</summary>
    public int ItemCount { get; init; }

    /// <summary>The states to run, when they are not the machine's own: an item processor.</summary>
    public StateGroup? Processor { get; init; }

    /// <summary>W3C trace context or X-Ray header of whoever started it.</summary>
    public string? TraceCaller { get; init; }

    /// <summary>True for EXPRESS machines and EXPRESS children of a distributed Map.</summary>
    public required bool IsExpress
    {
        get;
        init
        {
            field = value;
            Progress = value ? null : new LineProgress();
        }
    }

    public DateTimeOffset StartDate { get; init; }

    public DateTimeOffset? StopDate { get; private set; }

    public ExecutionStatus Status { get; private set; } = ExecutionStatus.Running;

    public AslValue? Output { get; private set; }

    public string? Error { get; private set; }

    public string? Cause { get; private set; }

    public ExecutionHistory History { get; }

    /// <summary>The progress of the main line; null for EXPRESS executions, which start again when they are redriven.</summary>
    public LineProgress? Progress { get; private init; }

    public int RedriveCount { get; private set; }

    public DateTimeOffset? RedriveDate { get; private set; }

    public RedriveTokens RedriveTokens { get; } = new();

    /// <summary>Cancelled when the execution is to end: by StopExecution, its timeout, or the shutdown.</summary>
    public CancellationToken Stopping { get; private set; }

    /// <summary>About what the execution takes in memory.</summary>
    public long Bytes => EmptyBytes + Input.Bytes + (Output?.Bytes ?? 0) + History.Bytes;

    /// <summary>Completes when the execution has ended, however.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when no state runs any more; after StopExecution that is later than <see cref="Ended"/>.</summary>
    public Task Unwound => _unwound.Task;

    public AslValue ContextObject => _contextObject ??= RedriveDate is { } redriven
        ? TestContextObject.With("RedriveCount", AslValue.Of(RedriveCount)).With("RedriveTime", AslValue.Of(Timestamps.Iso(redriven)))
        : TestContextObject.With("RedriveCount", AslValue.Of(0));

    /// <summary>The context object as TestState, which redrives nothing, shows it.</summary>
    public AslValue TestContextObject => AslValue.Object(
        ("Id", AslValue.Of(Arn)),
        ("Input", Input),
        ("StartTime", AslValue.Of(Timestamps.Iso(StartDate))),
        ("Name", AslValue.Of(Name)),
        ("RoleArn", Revision.RoleArn.Length == 0 ? AslValue.Null : AslValue.Of(Revision.RoleArn)));

    /// <summary>Runs to the end. Never throws: how it ended is the status.</summary>
    /// <param name="resumeAt">Where an execution of an earlier process goes on; null to begin, or to go on where a redrive found it.</param>
    public async Task RunAsync(CancellationToken shutdown, ResumePoint? resumeAt = null)
    {
        var unwound = _unwound;
        try
        {
            await RunToEndAsync(resumeAt, shutdown);
        }
        finally
        {
            unwound.TrySetResult();
        }
    }

    private async Task RunToEndAsync(ResumePoint? resumeAt, CancellationToken shutdown)
    {
        using var span = ExecutionTracing.StartExecution(this, TraceCaller);
        Engine.Metrics.Started(this);
        using var timeout = StartTimeout();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, timeout?.Token ?? CancellationToken.None, shutdown);
        Stopping = ending.Token;
        var branch = new Branch(this, null, Progress) { LastEventId = RedriveDate is null ? 0 : History.LastId };
        if (resumeAt is null && RedriveDate is null)
        {
            History.Add("ExecutionStarted", 0, [HistoryDetail.Data("input", Input), HistoryDetail.Text("roleArn", Revision.RoleArn)]);
        }

        var result = await BranchRunner.RunAsync(branch, Processor ?? Revision.Definition.States, Input, ending.Token, resumeAt);
        if (shutdown.IsCancellationRequested && result is { Output: null, Failure: null })
        {
            // Not an end: a durable execution goes on at the next start.
            _ended.TrySetCanceled(shutdown);
            return;
        }

        Complete(result, timeout?.IsCancellationRequested == true);
        ExecutionTracing.Ended(span, this);
    }

    /// <summary>Ends it from outside.</summary>
    /// <returns>False when it had ended before.</returns>
    public bool Stop(string? error, string? cause)
    {
        if (!End(ExecutionStatus.Aborted, null, error, cause, "ExecutionAborted", 0))
        {
            return false;
        }

        _stop.Cancel();
        return true;
    }

    /// <summary>Reopens an execution that did not succeed and has unwound; <see cref="RunAsync"/> then resumes it at the failed state.</summary>
    /// <returns>Null when it was redriven, else why it cannot be.</returns>
    /// <exception cref="AwsServiceException">The redrive cannot be kept; nothing was changed.</exception>
    public string? Redrive(string? clientToken)
    {
        lock (_lock)
        {
            RestoreUnsuccessful();
            if (Redrivability.Of(this).Reason is { } reason)
            {
                return reason;
            }

            var date = Engine.Clock.GetUtcNow();
            Engine.Keeper.Redriven(this, RedriveCount + 1, date, History.LastId + 1);
            RedriveTokens.Add(clientToken, date);
            RestoreRedrive(RedriveCount + 1, date);
            _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _unwound = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _stop.Dispose();
            _stop = new CancellationTokenSource();
            Status = ExecutionStatus.Running;
            (Output, Error, Cause, StopDate) = (null, null, null, null);
            History.Reopen();
            History.Add("ExecutionRedriven", History.LastId, [HistoryDetail.Number("redriveCount", RedriveCount)]);
            Progress?.Redrive();
            return null;
        }
    }

    /// <summary>Restores the latest redrive that an earlier process recorded.</summary>
    public void RestoreRedrive(int count, DateTimeOffset date)
    {
        RedriveCount = count;
        RedriveDate = date;
        _contextObject = null;
    }

    /// <summary>Shows a child of a Map run, until it is redriven, as PENDING_REDRIVE.</summary>
    public void AwaitRedrive()
    {
        lock (_lock)
        {
            if (Status is ExecutionStatus.Failed or ExecutionStatus.TimedOut or ExecutionStatus.Aborted)
            {
                _unsuccessful = Status;
                Status = ExecutionStatus.PendingRedrive;
            }
        }
    }

    /// <summary>Restores the status of a child whose Map run ended before the child was redriven.</summary>
    public void CancelRedrive()
    {
        lock (_lock)
        {
            RestoreUnsuccessful();
        }
    }

    /// <summary>Takes the end that an earlier process recorded.</summary>
    public void Restore(ExecutionStatus status, AslValue? output, string? error, string? cause, DateTimeOffset stopDate)
    {
        Status = status;
        Output = output;
        Error = error;
        Cause = cause;
        StopDate = stopDate;
        _ended.TrySetResult();
        _unwound.TrySetResult();
    }

    public void Dispose() => _stop.Dispose();

    private void RestoreUnsuccessful()
    {
        if (Status == ExecutionStatus.PendingRedrive)
        {
            Status = _unsuccessful;
        }
    }

    private CancellationTokenSource? StartTimeout()
    {
        var limit = Processor is null && Revision.Definition.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
        if (IsExpress && limit > s_longestExpress)
        {
            limit = s_longestExpress;
        }

        var left = limit == TimeSpan.MaxValue ? limit : (RedriveDate ?? StartDate) + limit - Engine.Clock.GetUtcNow();
        return limit == TimeSpan.MaxValue
            ? null
            : new CancellationTokenSource(left < TimeSpan.Zero ? TimeSpan.Zero : left < s_longestTimer ? left : s_longestTimer, Engine.Clock);
    }

    private void Complete(BranchResult result, bool isTimedOut)
    {
        if (result.Output is { } output)
        {
            End(ExecutionStatus.Succeeded, output, null, null, "ExecutionSucceeded", result.LastEventId);
        }
        else if (result.Failure is { } failure)
        {
            End(ExecutionStatus.Failed, null, failure.Error, failure.Cause, "ExecutionFailed", result.LastEventId);
        }
        else if (isTimedOut)
        {
            End(ExecutionStatus.TimedOut, null, null, null, "ExecutionTimedOut", 0);
        }
    }

    private bool End(ExecutionStatus status, AslValue? output, string? error, string? cause, string eventType, long previousEventId)
    {
        lock (_lock)
        {
            if (Status != ExecutionStatus.Running)
            {
                return false;
            }

            var details = new List<HistoryDetail>(2);
            if (output is not null)
            {
                details.Add(HistoryDetail.Data("output", output));
            }

            if (error is not null)
            {
                details.Add(HistoryDetail.Text("error", error));
            }

            if (cause is not null)
            {
                details.Add(HistoryDetail.Text("cause", cause));
            }

            History.Add(eventType, previousEventId, [.. details], isLast: true);
            Output = output;
            Error = error;
            Cause = cause;
            StopDate = Engine.Clock.GetUtcNow();
            Status = status;
        }

        Engine.Keeper.Ended(this);
        Engine.Metrics.Ended(this);
        _ended.TrySetResult();
        return true;
    }
}
