using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Runs branches side by side on the same input; its result is the list of their outputs.</summary>
internal sealed class ParallelState : RetryingState
{
    public override string Type => "Parallel";

    public required IReadOnlyList<StateGroup> Branches { get; init; }

    public override IEnumerable<StateGroup> Groups => Branches;

    protected override async ValueTask<AslValue> RunAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        var parameters = Prepared(branch, input);
        if (branch.Inspection?.Mock is { } mock)
        {
            return mock.Answer();
        }

        LineProgress[]? lines = null;
        var areKept = false;
        if (branch.Progress is { } progress)
        {
            (lines, areKept) = progress.TakeInner(Branches.Count);
        }

        if (!areKept)
        {
            branch.Record("ParallelStateStarted");
        }

        var started = branch.LastEventId;
        using var siblings = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Task<BranchResult>[Branches.Count];
        for (var i = 0; i < running.Length; i++)
        {
            running[i] = lines?[i].Output is { } output
                ? Task.FromResult(new BranchResult(output, null, started, null))
                : RunAsync(branch.Fork(lines?[i]), Branches[i], parameters, siblings);
        }

        var results = await Task.WhenAll(running);
        cancellationToken.ThrowIfCancellationRequested();
        if (BranchResult.FirstFailure(results) is { } failed)
        {
            branch.LastEventId = failed.LastEventId;
            foreach (var result in results)
            {
                // A failure that nothing can catch ends the execution on the spot, without a word of the states around it.
                if (failed.Failure!.IsCatchable && result.AbortedStateType is { } type)
                {
                    branch.RecordBeside(type + "StateAborted");
                }
            }

            throw new StateFailedException(failed.Failure!);
        }

        branch.LastEventId = results.Length == 0 ? started : results.Max(result => result.LastEventId);
        branch.RecordPassing("ParallelStateSucceeded");
        return Checked(AslValue.Array([.. results.Select(result => result.Output!)]), Name);
    }

    protected override void OnFailed(Branch branch) => branch.Record("ParallelStateFailed");

    private static async Task<BranchResult> RunAsync(Branch branch, StateGroup group, AslValue input, CancellationTokenSource siblings)
    {
        var result = await BranchRunner.RunAsync(branch, group, input, siblings.Token);
        if (result.Failure is not null)
        {
            await siblings.CancelAsync();
        }

        return result;
    }
}
