using System.Collections.Concurrent;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>
/// The executions that can be asked for. STANDARD ones stay as long as AWS keeps them, of EXPRESS ones, which AWS shows nowhere but in its logs,
/// the latest are kept for the console. Those of a deleted machine go with it.
/// </summary>
internal sealed class ExecutionStore
{
    private const int ExpressKept = 200;
    private const int StandardKept = 100_000;

    // What inputs, outputs and histories may take together, before the oldest executions that have ended are forgotten.
    private const long BytesKept = 128L * 1024 * 1024;

    private static readonly TimeSpan s_retention = TimeSpan.FromDays(90);

    private readonly ConcurrentDictionary<string, Execution> _byArn = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Execution> _express = new();
    private readonly ConcurrentQueue<Execution> _standard = new();
    private long _bytes;

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

    /// <summary>Forgets an execution: it is due, its machine is deleted, or it was added and could not be started.</summary>
    public void Remove(Execution execution)
    {
        // Another execution may have the name since; and only one that has ended was counted.
        if (_byArn.TryRemove(KeyValuePair.Create(execution.Arn, execution)) && execution.Ended.IsCompleted)
        {
            Interlocked.Add(ref _bytes, -execution.Bytes);
        }
    }

    /// <summary>The latest first.</summary>
    public IEnumerable<Execution> Where(Func<Execution, bool> condition) =>
        _byArn.Values.Where(condition).OrderByDescending(execution => execution.StartDate).ThenByDescending(execution => execution.Arn, StringComparer.Ordinal);

    /// <summary>Forgets the executions of a machine that is deleted; those that still run, when they end.</summary>
    public void Forget(StateMachine machine)
    {
        foreach (var execution in _byArn.Values.Where(execution => ReferenceEquals(execution.Machine, machine)))
        {
            if (execution.Status == ExecutionStatus.Running)
            {
                execution.Ended.ContinueWith(_ => Remove(execution), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            else
            {
                Remove(execution);
            }
        }
    }

    /// <summary>Call before an execution that has ended is redriven: it is counted again when it ends again.</summary>
    public void Redriving(Execution execution) => Interlocked.Add(ref _bytes, -execution.Bytes);

    /// <summary>Counts what an execution takes once it has ended.</summary>
    public void Watch(Execution execution) => execution.Ended.ContinueWith(
        _ => Interlocked.Add(ref _bytes, execution.Bytes), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private void Note(Execution execution)
    {
        (execution.IsExpress ? _express : _standard).Enqueue(execution);
        Watch(execution);
        Trim(_express, ExpressKept);
        Trim(_standard, StandardKept);
    }

    private void Trim(ConcurrentQueue<Execution> queue, int limit)
    {
        while (queue.TryPeek(out var oldest) && (!_byArn.ContainsKey(oldest.Arn) || IsDue(oldest, queue.Count > limit)) && queue.TryDequeue(out oldest))
        {
            Remove(oldest);
        }
    }

    private bool IsDue(Execution oldest, bool isFull) => oldest.Status != ExecutionStatus.Running
        && (isFull || Interlocked.Read(ref _bytes) > BytesKept || oldest.StopDate < oldest.Engine.Clock.GetUtcNow() - s_retention);
}
