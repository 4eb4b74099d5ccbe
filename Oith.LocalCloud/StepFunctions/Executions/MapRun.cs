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

/// <summary>One run of a distributed Map, with its child executions.</summary>
internal sealed class MapRun(ExecutionEngine engine, Execution parent, string arn, string label)
{
    private readonly Lock _lock = new();
    private Execution?[] _children = [];
    private int[] _itemCounts = [];
    private int _itemCount;
    private int _failedItems;

    public string Arn { get; } = arn;

    public string Label { get; } = label;

    public Execution Parent { get; } = parent;

    public DateTimeOffset StartDate { get; } = engine.Clock.GetUtcNow();

    public DateTimeOffset? StopDate { get; private set; }

    public MapRunStatus Status { get; private set; } = MapRunStatus.Running;

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

    public void Plan(int itemCount, int childCount)
    {
        lock (_lock)
        {
            _itemCount = itemCount;
            _children = new Execution?[childCount];
            _itemCounts = new int[childCount];
        }
    }

    public Execution StartChild(int index, AslValue input, int itemCount, MapState state, Execution parent, bool isExpress)
    {
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
            _itemCounts[index] = itemCount;
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
    }

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
                    count += items && status is not null ? _itemCounts[i] : 1;
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
