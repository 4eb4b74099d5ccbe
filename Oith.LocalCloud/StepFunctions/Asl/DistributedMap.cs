using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.StepFunctions.Integrations;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>How items are put together for one child execution.</summary>
internal sealed record ItemBatcher(PayloadTemplate? BatchInput, NumberField MaxItemsPerBatch, NumberField MaxInputBytesPerBatch);

/// <summary>What makes a Map distributed: every item, or batch of items, is a child execution of a Map run.</summary>
internal sealed class DistributedMap
{
    /// <summary>How many children run at once when the definition does not say.</summary>
    private const int DefaultConcurrency = 1000;

    private const string ThresholdExceeded = "States.ExceedToleratedFailureThreshold";

    public required bool IsExpress { get; init; }

    public string? Label { get; init; }

    public ItemReader? Reader { get; init; }

    public ItemBatcher? Batcher { get; init; }

    public ResultWriter? Writer { get; init; }

    public NumberField ToleratedFailureCount { get; init; } = new("ToleratedFailureCount", null, null);

    public NumberField ToleratedFailurePercentage { get; init; } = new("ToleratedFailurePercentage", null, null);

    public IEnumerable<string> Variables => ToleratedFailureCount.Variables
        .Concat(ToleratedFailurePercentage.Variables)
        .Concat(Reader?.Variables ?? [])
        .Concat(Writer?.Variables ?? [])
        .Concat(Batcher?.BatchInput?.Variables ?? [])
        .Concat(Batcher?.MaxItemsPerBatch.Variables ?? [])
        .Concat(Batcher?.MaxInputBytesPerBatch.Variables ?? []);

    public static StateFailedException OverThreshold() =>
        new(new StateFailure(ThresholdExceeded, "The specified tolerated failure threshold was exceeded"));

    /// <summary>Whether so many failures of so many items are more than the state, where it says a limit, tolerates.</summary>
    public bool IsOverThreshold(in Evaluation evaluation, long failures, int items)
    {
        var (count, percentage) = Tolerated(evaluation);
        return failures > count || (items > 0 && 100.0 * failures / items > percentage);
    }

    public async Task<AslValue> RunAsync(MapState state, Branch branch, AslValue input, int concurrency, CancellationToken cancellationToken)
    {
        var evaluation = new Evaluation(input, branch);
        AslValue? items = null;
        long? maximumItems = null;
        var run = branch.Progress?.TakeMapRun();
        var isRedriven = run is not null;
        run ??= Start(state, branch, input, concurrency, evaluation, out items, out maximumItems);
        try
        {
            if (isRedriven)
            {
                run.Redrive();
                branch.Record("MapRunRedriven", HistoryDetail.Text("mapRunArn", run.Arn), HistoryDetail.Number("redriveCount", run.RedriveCount));
            }
            else
            {
                items ??= await Reader!.ReadAsync(branch, evaluation, maximumItems, cancellationToken);
                run.Plan(items.Count, Inputs(state, branch, input, items, evaluation));
            }

            await RunChildrenAsync(state, branch, run, concurrency == 0 ? DefaultConcurrency : concurrency, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            var written = Writer is { Parameters: not null } ? await Writer.WriteAsync(branch, run, evaluation, cancellationToken) : null;
            if (run.IsOverThreshold)
            {
                throw OverThreshold();
            }

            var result = written ?? Writer?.Collect(run)
                ?? AslValue.Array([.. run.Children.Where(child => child.Output is not null).Select(child => child.Output!)]);
            run.End(MapRunStatus.Succeeded);
            branch.Record("MapRunSucceeded");
            branch.RecordPassing("MapStateSucceeded");
            return result;
        }
        catch (StateFailedException error)
        {
            run.End(MapRunStatus.Failed);
            branch.Record(
                "MapRunFailed",
                [.. Details(error.Failure)]);
            throw;
        }
        catch (OperationCanceledException)
        {
            run.End(MapRunStatus.Aborted);
            throw;
        }
        catch (StateRuntimeException)
        {
            run.End(MapRunStatus.Failed);
            throw;
        }
    }

    private MapRun Start(
        MapState state, Branch branch, AslValue input, int concurrency, in Evaluation evaluation, out AslValue? items, out long? maximumItems)
    {
        items = Reader is null ? state.Items(branch, input) : null;
        branch.Record("MapStateStarted", HistoryDetail.Number("length", items?.Count ?? 0));
        var (count, percentage) = Tolerated(evaluation);
        maximumItems = Reader?.MaxItems.Whole(evaluation);
        var run = branch.Execution.Engine.MapRuns.Start(branch.Execution, state, concurrency, count, percentage);
        branch.Record("MapRunStarted", HistoryDetail.Text("mapRunArn", run.Arn));
        if (branch.Progress is { } progress)
        {
            progress.MapRun = run;
        }

        return run;
    }

    private static IEnumerable<HistoryDetail> Details(StateFailure failure)
    {
        if (failure.Error is not null)
        {
            yield return HistoryDetail.Text("error", failure.Error);
        }

        if (failure.Cause is not null)
        {
            yield return HistoryDetail.Text("cause", failure.Cause);
        }
    }

    private (long? Count, double? Percentage) Tolerated(in Evaluation evaluation)
    {
        var count = ToleratedFailureCount.Whole(evaluation);
        if (count < 0)
        {
            throw new StateRuntimeException("ToleratedFailureCount cannot be negative.");
        }

        var percentage = ToleratedFailurePercentage.Fraction(evaluation);
        return percentage is null or (>= 0 and <= 100)
            ? (count, percentage)
            : throw new StateRuntimeException("ToleratedFailurePercentage must be between 0 and 100.");
    }

    private List<ChildInput> Inputs(MapState state, Branch branch, AslValue input, AslValue items, in Evaluation evaluation)
    {
        var single = new List<ChildInput>(items.Count);
        var selecting = branch.Fork();
        for (var i = 0; i < items.Count; i++)
        {
            single.Add(new ChildInput(state.ItemInput(selecting, input, i, items.Items[i]), 1));
        }

        if (Batcher is null)
        {
            return single;
        }

        var maximumItems = Batcher.MaxItemsPerBatch.Whole(evaluation) ?? long.MaxValue;
        var maximumBytes = Batcher.MaxInputBytesPerBatch.Whole(evaluation) ?? State.MaximumPayload;
        var batchInput = Batcher.BatchInput?.Evaluate(evaluation);
        var batches = new List<ChildInput>();
        var batch = new List<AslValue>();
        var bytes = 0L;
        foreach (var (item, _) in single)
        {
            var size = item.ToJson().Length + 1;
            if (batch.Count > 0 && (batch.Count >= maximumItems || bytes + size > maximumBytes))
            {
                batches.Add(new ChildInput(Batch(batch, batchInput), batch.Count));
                batch.Clear();
                bytes = 0;
            }

            batch.Add(item);
            bytes += size;
        }

        if (batch.Count > 0)
        {
            batches.Add(new ChildInput(Batch(batch, batchInput), batch.Count));
        }

        return batches;
    }

    private static AslValue Batch(List<AslValue> items, AslValue? batchInput)
    {
        var list = ("Items", AslValue.Array([.. items]));
        return batchInput is null ? AslValue.Object(list) : AslValue.Object(("BatchInput", batchInput), list);
    }

    private async Task RunChildrenAsync(MapState state, Branch branch, MapRun run, int concurrency, CancellationToken cancellationToken)
    {
        var next = -1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var aborting = stop.Token.Register(run.StopChildren);

        async Task RunLineAsync()
        {
            // Off the caller's thread, so that children compute side by side too.
            await Task.Yield();
            while (!stop.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < run.Inputs.Count)
            {
                if (await run.TakeChildAsync(index, state, branch.Execution, IsExpress) is not { } child)
                {
                    continue;
                }

                if (stop.IsCancellationRequested)
                {
                    child.Stop(null, null);
                }

                await child.RunAsync(CancellationToken.None);
                run.ChildEnded(child);
                if (run.IsOverThreshold)
                {
                    await stop.CancelAsync();
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(concurrency, run.Inputs.Count)).Select(_ => RunLineAsync()));
    }
}
