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
    /// <param name="resumeAt">Where to go on after a restart; null to begin at the group's start.</param>
    public static async Task<BranchResult> RunAsync(
        Branch branch, StateGroup group, AslValue input, CancellationToken cancellationToken, ResumePoint? resumeAt = null)
    {
        var state = group.States[resumeAt?.StateName ?? group.StartAt];
        while (true)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return new BranchResult(null, null, branch.LastEventId, null);
            }

            if (resumeAt is null)
            {
                branch.Enter(state, input);
            }
            else
            {
                branch.Reenter(state, resumeAt.EnteredEventId, resumeAt.EnteredTime);
                resumeAt = null;
            }

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
                // A fault of the interpreter ends the execution instead of leaving it RUNNING for ever.
                return Failed(branch, state, branch.FailureOf(state, new StateRuntimeException($"LocalCloud failed to run the state: {error}")), span);
            }

            ExecutionTracing.Succeeded(span, branch);
            branch.Exit(state, result);
            if (result.Next is null)
            {
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
