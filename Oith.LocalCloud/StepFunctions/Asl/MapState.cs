using System.Globalization;
using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>A number given in the definition or by a path.</summary>
internal sealed record NumberField(string Name, double? Literal, PathExpression? Path)
{
    public JsonataField? Expression { get; init; }

    public IEnumerable<string> Variables => (Path?.Variables ?? []).Concat(Expression?.Variables ?? []);

    /// <exception cref="StateRuntimeException">The path gives no whole number.</exception>
    public long? Whole(in Evaluation evaluation)
    {
        if (Expression is not null)
        {
            return (long)Expression.Evaluate(evaluation, "integer").Number;
        }

        if (Path is null)
        {
            return (long?)Literal;
        }

        var value = Path.EvaluateField(evaluation);
        return value.Kind is AslKind.Number or AslKind.String
            && long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? whole
            : throw new StateRuntimeException(
                $"The {Name}Path field refers to value \"{(value.IsString ? value.Text : value.ToJson())}\" which is not a valid integer: {Path.Text}");
    }

    /// <exception cref="StateRuntimeException">The path gives no number.</exception>
    public double? Fraction(in Evaluation evaluation)
    {
        if (Expression is not null)
        {
            return Expression.Evaluate(evaluation, "number").Number;
        }

        if (Path is null)
        {
            return Literal;
        }

        var value = Path.EvaluateField(evaluation);
        return value.Kind is AslKind.Number or AslKind.String
            && double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StateRuntimeException(
                $"The {Name}Path field refers to value \"{(value.IsString ? value.Text : value.ToJson())}\" which is not a valid float: {Path.Text}");
    }
}

/// <summary>Runs its item processor for every item of a list; its result is the list of the outputs.</summary>
internal sealed class MapState : RetryingState
{
    /// <summary>How many iterations of an inline Map run at once at most.</summary>
    private const int MaximumInlineConcurrency = 40;

    public override string Type => "Map";

    public required StateGroup ItemProcessor { get; init; }

    /// <summary>Set for a distributed Map, whose items run as executions of their own.</summary>
    public DistributedMap? Distributed { get; init; }

    public PathExpression? ItemsPath { get; init; }

    /// <summary>The items in JSONata: an expression, or an array that may hold some.</summary>
    public PayloadTemplate? ItemsTemplate { get; init; }

    /// <summary>ItemSelector, or Parameters as it was called before.</summary>
    public PayloadTemplate? ItemSelector { get; init; }

    public NumberField MaxConcurrency { get; init; } = new("MaxConcurrency", 0, null);

    public override IEnumerable<StateGroup> Groups => [ItemProcessor];

    protected override IEnumerable<string> OwnVariables => base.OwnVariables
        .Concat(ItemsPath?.Variables ?? [])
        .Concat(ItemsTemplate?.Variables ?? [])
        .Concat(ItemSelector?.Variables ?? [])
        .Concat(MaxConcurrency.Variables)
        .Concat(Distributed?.Variables ?? []);

    /// <summary>The items of the list that the state works on.</summary>
    /// <exception cref="StateRuntimeException">There is no such list.</exception>
    public AslValue Items(Branch branch, AslValue input)
    {
        if (IsJsonata)
        {
            return JsonataItems(new Evaluation(input, branch));
        }

        var items = ItemsPath is null ? input : ItemsPath.EvaluateField(new Evaluation(input, branch));
        return items.IsArray
            ? items
            : throw new StateRuntimeException($"Reference path \"{(ItemsPath?.Text ?? "$").Replace("$$", "$", StringComparison.Ordinal)}\" must point to array.");
    }

    /// <summary>What the processor gets for one item.</summary>
    public AslValue ItemInput(Branch branch, AslValue input, int index, AslValue item)
    {
        branch.SetMapItem(index, item);
        return ItemSelector is null ? item : Checked(ItemSelector.Evaluate(new Evaluation(input, branch)), Name);
    }

    protected override async ValueTask<AslValue> RunAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        if (branch.Inspection is { } inspection)
        {
            return Inspect(branch, input, inspection);
        }

        var concurrency = MaxConcurrency.Whole(new Evaluation(input, branch)) ?? 0;
        if (concurrency < 0)
        {
            throw new StateRuntimeException($"The MaxConcurrencyPath field refers to value \"{concurrency}\" which is not a valid integer: {MaxConcurrency.Path?.Text}");
        }

        return Distributed is not null
            ? await Distributed.RunAsync(this, branch, input, (int)Math.Min(concurrency, int.MaxValue), cancellationToken)
            : await RunInlineAsync(branch, input, (int)Math.Min(concurrency, MaximumInlineConcurrency), cancellationToken);
    }

    private AslValue JsonataItems(in Evaluation evaluation)
    {
        if (ItemsTemplate is JsonataTemplate { Whole: { } expression })
        {
            return expression.Evaluate(evaluation, "array");
        }

        var items = ItemsTemplate?.Evaluate(evaluation) ?? evaluation.Input;
        return items.IsArray
            ? items
            : throw new StateRuntimeException($"Map state input must be an array but was: {items.ToJson()}", JsonataField.EvaluationError);
    }

    protected override void OnFailed(Branch branch) => branch.Record("MapStateFailed");

    /// <summary>What TestState shows of a Map, which it tests with a mock only.</summary>
    private AslValue Inspect(Branch branch, AslValue input, StateInspection inspection)
    {
        var evaluation = new Evaluation(input, branch);
        var isAnswered = IsJsonata && (inspection.Mock!.Failure is not null || Distributed?.Reader is not null);
        var items = isAnswered ? null : Items(branch, input);
        if (items is not null)
        {
            NotePath(branch, "afterItemsPath", items);
        }

        inspection.Note("maxConcurrency", AslValue.Of(MaxConcurrency.Whole(evaluation) ?? 0));
        if (Distributed?.ToleratedFailureCount.Whole(evaluation) is { } count)
        {
            inspection.Note("toleratedFailureCount", AslValue.Of(count));
        }

        if (Distributed?.ToleratedFailurePercentage.Fraction(evaluation) is { } percentage)
        {
            inspection.Note("toleratedFailurePercentage", AslValue.Of(percentage));
        }

        var result = inspection.Mock!.Answer();
        return Distributed?.IsOverThreshold(evaluation, inspection.MapIterationFailureCount ?? 0, items?.Count ?? result.Count) == true
            ? throw DistributedMap.OverThreshold()
            : result;
    }

    private async Task<AslValue> RunInlineAsync(Branch branch, AslValue input, int concurrency, CancellationToken cancellationToken)
    {
        var items = Items(branch, input);
        LineProgress[]? progress = null;
        var areKept = false;
        if (branch.Progress is not null)
        {
            (progress, areKept) = branch.Progress.TakeInner(items.Count);
        }

        if (!areKept)
        {
            branch.Record("MapStateStarted", HistoryDetail.Number("length", items.Count));
        }

        using var siblings = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = new InlineRun(this, branch, input, items, siblings, progress);
        var lines = new Task[Math.Min(run.Open, concurrency == 0 ? MaximumInlineConcurrency : concurrency)];
        var first = new (int Index, long EventId)[lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            // All the first iterations are started before any of them moves.
            first[i] = run.StartNext(branch.LastEventId);
        }

        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = run.RunLineAsync(first[i].Index, first[i].EventId);
        }

        await Task.WhenAll(lines);
        cancellationToken.ThrowIfCancellationRequested();
        run.Finish();
        return Checked(AslValue.Array(run.Outputs), Name);
    }

    /// <summary>The iterations of one inline run: as many lines as may run at once, each taking the next item when it is free.</summary>
    private sealed class InlineRun
    {
        private readonly MapState _state;
        private readonly Branch _branch;
        private readonly AslValue _input;
        private readonly AslValue _items;
        private readonly CancellationTokenSource _siblings;
        private readonly LineProgress[]? _progress;
        private readonly BranchResult?[] _results;
        private readonly int[] _open;
        private int _next;
        private long _lastSucceeded;

        /// <param name="progress">How far each iteration came; those that succeeded before a redrive are not run again.</param>
        public InlineRun(MapState state, Branch branch, AslValue input, AslValue items, CancellationTokenSource siblings, LineProgress[]? progress)
        {
            (_state, _branch, _input, _items, _siblings, _progress) = (state, branch, input, items, siblings, progress);
            _results = new BranchResult?[items.Count];
            Outputs = progress is null ? new AslValue[items.Count] : [.. progress.Select(line => line.Output!)];
            _open = [.. Enumerable.Range(0, items.Count).Where(index => progress?[index].Output is null)];
            _lastSucceeded = branch.LastEventId;
        }

        /// <summary>How many iterations are to be run.</summary>
        public int Open => _open.Length;

        public AslValue[] Outputs { get; }

        /// <returns>The next iteration and the event that it follows; -1 when there is none.</returns>
        public (int Index, long EventId) StartNext(long previousEventId)
        {
            var next = Interlocked.Increment(ref _next) - 1;
            if (next >= _open.Length)
            {
                return (-1, previousEventId);
            }

            // An iteration that is redriven was started before.
            var index = _open[next];
            return (index, _progress?[index].At is null ? Record("MapIterationStarted", index, previousEventId) : previousEventId);
        }

        public async Task RunLineAsync(int index, long lastEventId)
        {
            while (true)
            {
                var iteration = _branch.Fork(_progress?[index]);
                iteration.LastEventId = lastEventId;
                var result = await RunIterationAsync(iteration, index);
                _results[index] = result;
                lastEventId = result.LastEventId;
                if (result.Output is null)
                {
                    if (result.Failure is not null)
                    {
                        await _siblings.CancelAsync();
                    }

                    return;
                }

                Outputs[index] = result.Output;
                InterlockedMax(Record("MapIterationSucceeded", index, lastEventId));
                if (_siblings.IsCancellationRequested)
                {
                    return;
                }

                (index, lastEventId) = StartNext(lastEventId);
                if (index < 0)
                {
                    return;
                }
            }
        }

        /// <exception cref="StateFailedException">An iteration failed.</exception>
        public void Finish()
        {
            if (BranchResult.FirstFailure([.. _results.OfType<BranchResult>()]) is { } failed)
            {
                _branch.LastEventId = failed.LastEventId;
                if (!failed.Failure!.IsCatchable)
                {
                    // It ends the execution on the spot, without a word of the states around it.
                    throw new StateFailedException(failed.Failure);
                }

                var first = Array.IndexOf(_results, failed);
                End("MapIterationFailed", first, failed);
                for (var i = 0; i < _results.Length; i++)
                {
                    if (i != first && _results[i] is { Output: null } aborted)
                    {
                        End("MapIterationAborted", i, aborted);
                    }
                }

                throw new StateFailedException(failed.Failure);
            }

            if (_items.Count > 0)
            {
                _branch.LastEventId = _lastSucceeded;
            }

            _branch.RecordPassing("MapStateSucceeded");
        }

        private async Task<BranchResult> RunIterationAsync(Branch iteration, int index)
        {
            AslValue item;
            try
            {
                item = _state.ItemInput(iteration, _input, index, _items.Items[index]);
            }
            catch (StateRuntimeException error)
            {
                return new BranchResult(null, _branch.FailureOf(_state, error), iteration.LastEventId, null);
            }

            return await BranchRunner.RunAsync(iteration, _state.ItemProcessor, item, _siblings.Token);
        }

        private void End(string type, int index, BranchResult result)
        {
            Record(type, index, _branch.LastEventId);
            if (result.AbortedStateType is { } aborted)
            {
                _branch.RecordBeside(aborted + "StateAborted");
            }
        }

        private long Record(string type, int index, long previousEventId) => _branch.Execution.History.Add(
            type, previousEventId, [HistoryDetail.Text("name", _state.Name), HistoryDetail.Number("index", index)]);

        private void InterlockedMax(long id)
        {
            var seen = Volatile.Read(ref _lastSucceeded);
            while (id > seen && Interlocked.CompareExchange(ref _lastSucceeded, id, seen) is var current && current != seen)
            {
                seen = current;
            }
        }
    }
}
