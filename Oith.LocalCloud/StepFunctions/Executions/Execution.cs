using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

internal enum ExecutionStatus
{
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

internal static class ExecutionStatusNames
{
    public static string ToAws(this ExecutionStatus status) => status switch
    {
        ExecutionStatus.Running => "RUNNING",
        ExecutionStatus.Succeeded => "SUCCEEDED",
        ExecutionStatus.Failed => "FAILED",
        ExecutionStatus.TimedOut => "TIMED_OUT",
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
internal sealed record ResumePoint(string StateName, AslValue Input, long EnteredEventId, DateTimeOffset EnteredTime, AslValue Variables);

/// <summary>One run of a state machine.</summary>
internal sealed class Execution : IDisposable
{
    private static readonly TimeSpan s_longestExpress = TimeSpan.FromMinutes(5);

    // Longer than any timer takes, and nothing runs that long here.
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(45);

    private const long EmptyBytes = 1000;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
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
    public required bool IsExpress { get; init; }

    public DateTimeOffset StartDate { get; init; }

    public DateTimeOffset? StopDate { get; private set; }

    public ExecutionStatus Status { get; private set; } = ExecutionStatus.Running;

    public AslValue? Output { get; private set; }

    public string? Error { get; private set; }

    public string? Cause { get; private set; }

    public ExecutionHistory History { get; }

    /// <summary>Cancelled when the execution is to end: by StopExecution, its timeout, or the shutdown.</summary>
    public CancellationToken Stopping { get; private set; }

    /// <summary>About what the execution takes in memory.</summary>
    public long Bytes => EmptyBytes + Input.Bytes + (Output?.Bytes ?? 0) + History.Bytes;

    /// <summary>Completes when the execution has ended, however.</summary>
    public Task Ended => _ended.Task;

    public AslValue ContextObject => _contextObject ??= TestContextObject.With("RedriveCount", AslValue.Of(0));

    /// <summary>The context object as TestState, which redrives nothing, shows it.</summary>
    public AslValue TestContextObject => AslValue.Object(
        ("Id", AslValue.Of(Arn)),
        ("Input", Input),
        ("StartTime", AslValue.Of(Timestamps.Iso(StartDate))),
        ("Name", AslValue.Of(Name)),
        ("RoleArn", AslValue.Of(Revision.RoleArn)));

    /// <summary>Runs to the end. Never throws: how it ended is the status.</summary>
    /// <param name="resumeAt">Where an execution of an earlier process goes on; null to begin.</param>
    public async Task RunAsync(CancellationToken shutdown, ResumePoint? resumeAt = null)
    {
        using var span = ExecutionTracing.StartExecution(this, TraceCaller);
        Engine.Metrics.Started(this);
        using var timeout = StartTimeout();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, timeout?.Token ?? CancellationToken.None, shutdown);
        Stopping = ending.Token;
        var branch = new Branch(this);
        if (resumeAt is null)
        {
            History.Add("ExecutionStarted", 0, [HistoryDetail.Data("input", Input), HistoryDetail.Text("roleArn", Revision.RoleArn)]);
        }
        else
        {
            branch.Assign(resumeAt.Variables);
        }

        var result = await BranchRunner.RunAsync(
            branch, Processor ?? Revision.Definition.States, resumeAt?.Input ?? Input, ending.Token, resumeAt);
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

    /// <summary>Takes the end that an earlier process recorded.</summary>
    public void Restore(ExecutionStatus status, AslValue? output, string? error, string? cause, DateTimeOffset stopDate)
    {
        Status = status;
        Output = output;
        Error = error;
        Cause = cause;
        StopDate = stopDate;
        _ended.TrySetResult();
    }

    public void Dispose() => _stop.Dispose();

    private CancellationTokenSource? StartTimeout()
    {
        var limit = Processor is null && Revision.Definition.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
        if (IsExpress && limit > s_longestExpress)
        {
            limit = s_longestExpress;
        }

        var left = limit == TimeSpan.MaxValue ? limit : StartDate + limit - Engine.Clock.GetUtcNow();
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
