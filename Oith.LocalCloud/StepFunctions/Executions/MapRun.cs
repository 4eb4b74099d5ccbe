using System.Security.Cryptography;
using System.Text;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

internal enum MapRunStatus
{
    Running,
    Succeeded,
    Failed,
    Aborted,
}

/// <summary>What a child of a Map run works on.</summary>
internal sealed record ChildInput(AslValue Input, int ItemCount);

/// <summary>One run of a distributed Map, with its child executions.</summary>
internal sealed class MapRun(ExecutionEngine engine, Execution parent, string arn, string label)
{
    private readonly Lock _lock = new();
    private Execution?[] _children = [];
    private IReadOnlyList<ChildInput> _inputs = [];
    private int _itemCount;
    private int _failedItems;

    public string Arn { get; } = arn;

    public string Label { get; } = label;

    public Execution Parent { get; } = parent;

    public DateTimeOffset StartDate { get; } = engine.Clock.GetUtcNow();

    public DateTimeOffset? StopDate { get; private set; }

    public MapRunStatus Status { get; private set; } = MapRunStatus.Running;

    public int RedriveCount { get; private set; }

    public DateTimeOffset? RedriveDate { get; private set; }

    /// <summary>The children's inputs, in the order of their items; a redrive uses them again.</summary>
    public IReadOnlyList<ChildInput> Inputs => _inputs;

    /// <summary>True when a redrive of the parent resumes this run: its items were read, and not all of its children succeeded.</summary>
    public bool IsRedrivable
    {
        get
        {
            lock (_lock)
            {
                return Status is MapRunStatus.Failed or MapRunStatus.Aborted && Array.Exists(_children, child => child?.Status != ExecutionStatus.Succeeded);
            }
        }
    }

    public int MaxConcurrency { get; set; }

    /// <summary>How many items may fail; null: not said.</summary>
    public long? ToleratedFailureCount { get; set; }

    /// <summary>How many of a hundred items may fail; null: not said. With neither said, none may.</summary>
    public double? ToleratedFailurePercentage { get; set; }

    public int ItemCount => _itemCount;

    public int ChildCount => _children.Length;

    /// <summary>The children begun so far, in the order of their items.</summary>
    public IReadOnlyList<Execution> Children
    {
        get
        {
            lock (_lock)
            {
                return [.. _children.OfType<Execution>()];
            }
        }
    }

    /// <summary>The inputs of the children that were not started.</summary>
    public IReadOnlyList<ChildInput> NotBegun
    {
        get
        {
            lock (_lock)
            {
                return [.. _inputs.Where((_, index) => _children[index] is null)];
            }
        }
    }

    /// <summary>True once more items failed than are tolerated.</summary>
    public bool IsOverThreshold
    {
        get
        {
            var failed = Volatile.Read(ref _failedItems);
            return ToleratedFailureCount is null && ToleratedFailurePercentage is null
                ? failed > 0
                : failed > ToleratedFailureCount || failed * 100.0 > ToleratedFailurePercentage * _itemCount;
        }
    }

    public void Plan(int itemCount, IReadOnlyList<ChildInput> inputs)
    {
        lock (_lock)
        {
            _itemCount = itemCount;
            _children = new Execution?[inputs.Count];
            _inputs = inputs;
        }
    }

    /// <summary>Reopens the run for the children that did not succeed or were not started.</summary>
    public void Redrive()
    {
        lock (_lock)
        {
            Status = MapRunStatus.Running;
            StopDate = null;
            RedriveCount++;
            RedriveDate = engine.Clock.GetUtcNow();
            _failedItems = 0;
        }

        foreach (var child in Children)
        {
            child.AwaitRedrive();
        }
    }

    /// <summary>Returns the child at an index, redriven or newly started; null when there is nothing to run.</summary>
    public async Task<Execution?> TakeChildAsync(int index, MapState state, Execution parent, bool isExpress)
    {
        Execution? earlier;
        lock (_lock)
        {
            earlier = _children[index];
        }

        if (earlier is null)
        {
            return StartChild(index, state, parent, isExpress);
        }

        if (earlier.Status == ExecutionStatus.Succeeded)
        {
            return null;
        }

        await earlier.Unwound;
        if (isExpress)
        {
            return StartChild(index, state, parent, isExpress);
        }

        engine.Executions.Redriving(earlier);
        var isRefused = earlier.Redrive(null) is not null;
        engine.Executions.Watch(earlier);
        if (isRefused)
        {
            // Its history is full: it counts as failed again.
            Interlocked.Add(ref _failedItems, earlier.ItemCount);
        }

        return isRefused ? null : earlier;
    }

    private Execution StartChild(int index, MapState state, Execution parent, bool isExpress)
    {
        var (input, itemCount) = _inputs[index];
        var name = Guid.NewGuid().ToString();
        var machine = $"{parent.Machine.Name}/{Label}";
        var child = new Execution(
            engine,
            parent.Machine,
            parent.Revision,
            engine.Arns.Of("states", isExpress ? $"express:{machine}:{name}:{Guid.NewGuid()}" : $"execution:{machine}:{name}"),
            name,
            input)
        {
            IsExpress = isExpress,
            MapRun = this,
            ItemCount = itemCount,
            Processor = state.ItemProcessor,
        };
        lock (_lock)
        {
            _children[index] = child;
        }

        engine.Executions.Add(child);
        return child;
    }

    public void ChildEnded(Execution child)
    {
        if (child.Status is ExecutionStatus.Failed or ExecutionStatus.TimedOut)
        {
            Interlocked.Add(ref _failedItems, child.ItemCount);
        }
    }

    public void StopChildren()
    {
        foreach (var child in Children)
        {
            child.Stop(null, null);
        }
    }

    public void End(MapRunStatus status)
    {
        Status = status;
        StopDate = engine.Clock.GetUtcNow();
        foreach (var child in Children)
        {
            child.CancelRedrive();
        }
    }

    /// <summary>How many children that did not succeed, or their items, a redrive of the parent would leave as they are.</summary>
    public int CountNotRedrivable(bool items) => Children
        .Where(child => child.Status is ExecutionStatus.Failed or ExecutionStatus.TimedOut or ExecutionStatus.Aborted && Redrivability.Of(child).Reason is not null)
        .Sum(child => items ? child.ItemCount : 1);

    /// <summary>How many children, or their items, are in a status; null counts those not begun.</summary>
    public int Count(ExecutionStatus? status, bool items)
    {
        lock (_lock)
        {
            var count = 0;
            for (var i = 0; i < _children.Length; i++)
            {
                if (_children[i]?.Status == status)
                {
                    count += items && status is not null ? _inputs[i].ItemCount : 1;
                }
            }

            return count;
        }
    }
}

/// <summary>All Map runs.</summary>
internal sealed class MapRuns(ExecutionEngine engine)
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, MapRun> _runs = new(StringComparer.Ordinal);

    public MapRun Start(Execution parent, MapState state, int maxConcurrency, long? toleratedFailureCount, double? toleratedFailurePercentage)
    {
        // AWS makes up a label for a state that has none, always the same one.
        var label = state.Distributed!.Label ?? new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(state.Name)).AsSpan(0, 16)).ToString();
        var run = new MapRun(engine, parent, engine.Arns.Of("states", $"mapRun:{parent.Machine.Name}/{label}:{Guid.NewGuid()}"), label)
        {
            MaxConcurrency = maxConcurrency,
            ToleratedFailureCount = toleratedFailureCount,
            ToleratedFailurePercentage = toleratedFailurePercentage,
        };
        _runs[run.Arn] = run;
        return run;
    }

    public MapRun? Find(string arn) => _runs.GetValueOrDefault(arn);

    public IEnumerable<MapRun> Of(string executionArn) =>
        _runs.Values.Where(run => run.Parent.Arn == executionArn).OrderBy(run => run.StartDate);
}
