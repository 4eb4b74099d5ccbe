using System.Diagnostics;
using System.Globalization;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>How a line of states ended: with an output, a failure, or neither when it was aborted.</summary>
/// <param name="AbortedStateType">The type of the state that was left unfinished, null when none is shown as aborted.</param>
internal sealed record BranchResult(AslValue? Output, StateFailure? Failure, long LastEventId, string? AbortedStateType)
{
    /// <summary>The failure that came first, going by the history.</summary>
    public static BranchResult? FirstFailure(IReadOnlyList<BranchResult> results) =>
        results.Where(result => result.Failure is not null).MinBy(result => result.LastEventId);
}

/// <summary>Runs the states of one line after the other.</summary>
internal static class BranchRunner
{
    /// <param name="resumeAt">Where to go on after a restart; null to begin at the group's start, or where a redriven line stands.</param>
    public static async Task<BranchResult> RunAsync(
        Branch branch, StateGroup group, AslValue input, CancellationToken cancellationToken, ResumePoint? resumeAt = null)
    {
        if (resumeAt is null && branch.Progress?.TakePoint() is { } redriven)
        {
            resumeAt = redriven with { IsRedriven = true };
        }

        var state = group.States[resumeAt?.StateName ?? group.StartAt];
        input = resumeAt?.Input ?? input;
        while (true)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                // A redrive must not run the state before again, which was left.
                if (resumeAt is null)
                {
                    branch.Progress?.Enter(new ResumePoint(state.Name, input, 0, default, branch.Variables) { IsEntered = false });
                }

                return new BranchResult(null, null, branch.LastEventId, null);
            }

            if (resumeAt is { IsEntered: true })
            {
                branch.Reenter(state, resumeAt);
            }
            else
            {
                branch.Assign(resumeAt?.Variables);
            }

            // AWS enters a Fail state anew when it is redriven, other states go on where they are.
            if (resumeAt is not { IsEntered: true } || (resumeAt.IsRedriven && state is FailState))
            {
                branch.Enter(state, input);
            }

            resumeAt = null;

            using var span = ExecutionTracing.StartState(branch, state);
            StateResult result;
            try
            {
                if (branch.Execution.History.IsFull)
                {
                    throw new StateFailedException(new StateFailure(
                        StateFailure.Runtime,
                        $"The execution reached the maximum number of history events ({ExecutionHistory.MaximumEvents.ToString(CultureInfo.InvariantCulture)}).")
                    {
                        IsCatchable = false,
                    });
                }

                result = await state.ExecuteAsync(branch, input, cancellationToken);
            }
            catch (StateFailedException error)
            {
                return Failed(branch, state, error.Failure, span);
            }
            catch (StateRuntimeException error)
            {
                return Failed(branch, state, branch.FailureOf(state, error), span);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                span?.SetStatus(ActivityStatusCode.Error, "aborted");
                return new BranchResult(null, null, branch.LastEventId, state.IsAbortable ? state.Type : null);
            }

            catch (Exception error) when (error is not OperationCanceledException)
            {
                // A fault of the interpreter ends the execution instead of leaving it in RUNNING.
                return Failed(branch, state, branch.FailureOf(state, new StateRuntimeException($"LocalCloud failed to run the state: {error}")), span);
            }

            ExecutionTracing.Succeeded(span, branch);
            branch.Exit(state, result);
            if (result.Next is null)
            {
                branch.Progress?.Succeed(result.Output);
                return new BranchResult(result.Output, null, branch.LastEventId, null);
            }

            state = group.States[result.Next];
            input = result.Output;
        }
    }

    private static BranchResult Failed(Branch branch, State state, StateFailure failure, Activity? span)
    {
        ExecutionTracing.Failed(span, branch, failure);
        return new BranchResult(null, failure, branch.LastEventId, state is TaskState ? state.Type : null);
    }
}
