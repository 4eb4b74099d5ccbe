using System.Collections.Concurrent;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>
/// The executions that can be asked for. STANDARD ones stay; of EXPRESS ones, which AWS shows nowhere but in its logs, the
/// latest are kept for the console.
/// </summary>
internal sealed class ExecutionStore
{
    private const int ExpressKept = 200;

    // AWS forgets an execution 90 days after its end; here the number bounds the memory.
    private const int StandardKept = 100_000;

    private readonly ConcurrentDictionary<string, Execution> _byArn = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Execution> _express = new();
    private readonly ConcurrentQueue<Execution> _standard = new();

    public Execution? Find(string arn) => _byArn.GetValueOrDefault(arn);

    public void Add(Execution execution)
    {
        _byArn[execution.Arn] = execution;
        Note(execution);
    }

    /// <returns>False when there is one of that ARN.</returns>
    public bool TryAdd(Execution execution)
    {
        if (!_byArn.TryAdd(execution.Arn, execution))
        {
            return false;
        }

        Note(execution);
        return true;
    }

    /// <summary>Takes back an execution that was added and could not be started.</summary>
    public void Remove(Execution execution) => _byArn.TryRemove(KeyValuePair.Create(execution.Arn, execution));

    /// <summary>The latest first.</summary>
    public IEnumerable<Execution> Where(Func<Execution, bool> condition) =>
        _byArn.Values.Where(condition).OrderByDescending(execution => execution.StartDate).ThenByDescending(execution => execution.Arn, StringComparer.Ordinal);

    private void Note(Execution execution)
    {
        var (queue, limit) = execution.IsExpress ? (_express, ExpressKept) : (_standard, StandardKept);
        queue.Enqueue(execution);
        while (queue.Count > limit && queue.TryPeek(out var oldest) && oldest.Status != ExecutionStatus.Running && queue.TryDequeue(out oldest))
        {
            _byArn.TryRemove(oldest.Arn, out _);
        }
    }
}
