using System.Security.Cryptography;
using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>When and how often a failure is tried again.</summary>
internal sealed record Retrier(IReadOnlyList<string> ErrorEquals)
{
    public double IntervalSeconds { get; init; } = 1;

    public int MaxAttempts { get; init; } = 3;

    public double BackoffRate { get; init; } = 2;

    public double? MaxDelaySeconds { get; init; }

    public bool HasFullJitter { get; init; }

    /// <param name="attempt">How often this retrier was used before: 0 at first.</param>
    public TimeSpan Delay(int attempt)
    {
        var seconds = Math.Min(IntervalSeconds * Math.Pow(BackoffRate, attempt), MaxDelaySeconds ?? double.MaxValue);
        var delay = TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue));
        return HasFullJitter ? delay * (RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20)) : delay;
    }
}

/// <summary>Where a failure leads.</summary>
internal sealed record Catcher(IReadOnlyList<string> ErrorEquals, string Next, ResultPath ResultPath, PayloadTemplate? Assign, PayloadTemplate? Output);

/// <summary>A state that does something that may fail, be tried again or be caught: Task, Parallel, Map.</summary>
internal abstract class RetryingState : State
{
    public PayloadTemplate? Parameters { get; init; }

    public PayloadTemplate? ResultSelector { get; init; }

    public ResultPath ResultPath { get; init; }

    public IReadOnlyList<Retrier> Retry { get; init; } = [];

    public IReadOnlyList<Catcher> Catch { get; init; } = [];

    public override bool IsAbortable => true;

    public override IEnumerable<string> Targets => base.Targets.Concat(Catch.Select(catcher => catcher.Next));

    protected override IEnumerable<string> OwnVariables => (Parameters?.Variables ?? [])
        .Concat(ResultSelector?.Variables ?? [])
        .Concat(Catch.SelectMany(catcher => (catcher.Assign?.Variables ?? []).Concat(catcher.Output?.Variables ?? [])));

    public override async ValueTask<StateResult> ExecuteAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        var used = new int[Retry.Count];
        if (branch.Inspection is { } inspected)
        {
            Array.Fill(used, inspected.RetrierRetryCount);
        }

        while (true)
        {
            StateFailure failure;
            var isOwn = false;
            try
            {
                var effective = InputPath.Apply(input, branch);
                NotePath(branch, "afterInputPath", effective);
                var result = await RunAsync(branch, effective, cancellationToken);
                return Complete(branch, input, result);
            }
            catch (StateFailedException error)
            {
                failure = error.Failure;
            }
            catch (StateRuntimeException error)
            {
                failure = branch.FailureOf(this, error);
                isOwn = error.Error != JsonataField.EvaluationError;
            }

            if (failure.IsCatchable && FindRetrier(failure, used) is { } retrier)
            {
                var delay = Retry[retrier].Delay(used[retrier]++);
                if (branch.Inspection is { } inspection)
                {
                    inspection.Retried(retrier, delay);
                    throw new StateFailedException(failure);
                }

                await Task.Delay(delay, branch.Execution.Engine.Clock, cancellationToken);
                branch.RetryCount++;
                continue;
            }

            if (!isOwn && failure.IsCatchable)
            {
                OnFailed(branch);
            }

            if (!failure.IsCatchable || FindCatcher(failure) is not { } index)
            {
                branch.Inspection?.Exhausted(failure.IsCatchable ? FindMatching(failure) : null);
                throw new StateFailedException(failure);
            }

            return Caught(branch, input, index, failure);
        }
    }

    /// <summary>Does the work once.</summary>
    protected abstract ValueTask<AslValue> RunAsync(Branch branch, AslValue input, CancellationToken cancellationToken);

    /// <summary>Notes for TestState a step that only JSONPath has.</summary>
    protected void NotePath(Branch branch, string name, AslValue value)
    {
        if (!IsJsonata)
        {
            branch.Inspection?.Note(name, value);
        }
    }

    /// <summary>What the work is given: Parameters in JSONPath, Arguments in JSONata, else the input.</summary>
    protected AslValue Prepared(Branch branch, AslValue input)
    {
        var parameters = Parameters is null ? input : Checked(Parameters.Evaluate(new Evaluation(input, branch)), Name);
        if (!IsJsonata)
        {
            branch.Inspection?.Note("afterParameters", parameters);
        }
        else if (Parameters is not null)
        {
            branch.Inspection?.Note("afterArguments", parameters);
        }

        return parameters;
    }

    /// <summary>Called when the work failed and is not tried again, before the failure is caught or passed on.</summary>
    protected virtual void OnFailed(Branch branch)
    {
    }

    private StateResult Caught(Branch branch, AslValue input, int index, StateFailure failure)
    {
        var catcher = Catch[index];
        var output = failure.ToOutput();
        branch.Inspection?.Caught(index, failure);
        if (IsJsonata)
        {
            var evaluation = new Evaluation(input, branch) { ErrorOutput = output };
            var variables = catcher.Assign?.Evaluate(evaluation);
            return new StateResult(Checked(catcher.Output?.Evaluate(evaluation) ?? output, Name), catcher.Next, variables);
        }

        var assigned = Assigned(branch, output, catcher.Assign);
        branch.Inspection?.Note("afterResultPath", catcher.ResultPath.Apply(input, output));
        return new StateResult(catcher.ResultPath.Apply(input, output), catcher.Next, assigned);
    }

    private StateResult Complete(Branch branch, AslValue input, AslValue result)
    {
        branch.Inspection?.Note("result", result);
        if (IsJsonata)
        {
            return JsonataResult(new Evaluation(input, branch) { Result = result }, result, Next);
        }

        var selected = ResultSelector?.Evaluate(new Evaluation(result, branch)) ?? result;
        branch.Inspection?.Note("afterResultSelector", selected);
        var assigned = Assigned(branch, selected, Assign);
        var combined = ResultPath.Apply(input, selected);
        branch.Inspection?.Note("afterResultPath", combined);
        return new StateResult(Checked(OutputPath.Apply(combined, branch), Name), Next, assigned);
    }

    private int? FindRetrier(StateFailure failure, int[] used)
    {
        // The first that matches decides, even when it has no attempt left.
        return FindMatching(failure) is { } index && used[index] < Retry[index].MaxAttempts ? index : null;
    }

    private int? FindMatching(StateFailure failure)
    {
        for (var i = 0; i < Retry.Count; i++)
        {
            if (Matches(Retry[i].ErrorEquals, failure))
            {
                return i;
            }
        }

        return null;
    }

    private int? FindCatcher(StateFailure failure)
    {
        for (var i = 0; i < Catch.Count; i++)
        {
            if (Matches(Catch[i].ErrorEquals, failure))
            {
                return i;
            }
        }

        return null;
    }

    private static bool Matches(IReadOnlyList<string> names, StateFailure failure)
    {
        foreach (var name in names)
        {
            if (name == StateFailure.All || name == failure.Error
                || (name == StateFailure.TaskFailed && failure.Error != StateFailure.Timeout)
                || (name == StateFailure.HeartbeatTimeout && failure.IsHeartbeat))
            {
                return true;
            }
        }

        return false;
    }
}
