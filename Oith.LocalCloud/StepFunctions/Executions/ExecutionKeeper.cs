using Oith.LocalCloud.Durability;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>
/// Writes machines, activities and STANDARD executions to the journal. EXPRESS executions and the children of distributed
/// Maps are not kept: AWS promises no more of the former, and the latter run again with their Map.
/// </summary>
internal sealed class ExecutionKeeper(Journal journal)
{
    private readonly Lock _lock = new();

    /// <summary>Records of running executions that could not be written, for example on a full disk. They go in front of the next record.</summary>
    private readonly Queue<byte[]> _late = [];

    /// <summary>What takes the events of an execution's history; null when they are not kept.</summary>
    public Action<HistoryEvent>? Listener(Execution execution) =>
        journal.IsEnabled && IsKept(execution) ? added => AppendOrKeep(KeeperRecords.Event(execution.Arn, added)) : null;

    public void Started(Execution execution)
    {
        if (journal.IsEnabled && IsKept(execution))
        {
            Append(KeeperRecords.Started(execution));
        }
    }

    /// <summary>The main line stands at a state, from which the execution can go on.</summary>
    public void Entered(Execution execution, ResumePoint point)
    {
        if (journal.IsEnabled && IsKept(execution))
        {
            AppendOrKeep(KeeperRecords.Entered(execution.Arn, point));
        }
    }

    /// <param name="eventId">The id of its event ExecutionRedriven.</param>
    public void Redriven(Execution execution, int count, DateTimeOffset date, long eventId)
    {
        if (journal.IsEnabled && IsKept(execution))
        {
            Append(KeeperRecords.Redriven(execution.Arn, count, date, eventId));
        }
    }

    public void Ended(Execution execution)
    {
        if (journal.IsEnabled && IsKept(execution))
        {
            AppendOrKeep(KeeperRecords.Ended(execution));
        }
    }

    public void MachineChanged(StateMachine machine)
    {
        if (journal.IsEnabled)
        {
            Append(KeeperRecords.Machine(machine));
        }
    }

    public void MachineDeleted(string arn) => Append(KeeperRecords.Deleted(arn));

    public void ActivityChanged(StepActivity activity)
    {
        if (journal.IsEnabled)
        {
            Append(KeeperRecords.Activity(activity));
        }
    }

    public void ActivityDeleted(string arn) => Append(KeeperRecords.Deleted(arn));

    private static bool IsKept(Execution execution) => !execution.IsExpress && execution.MapRun is null;

    private void Append(AslValue record)
    {
        if (!journal.IsEnabled)
        {
            return;
        }

        lock (_lock)
        {
            AppendLate();
            journal.Append(KeeperRecords.ToBytes(record));
        }
    }

    /// <summary>For what an execution does by itself: it has no caller that could be refused, and must not stop half-way.</summary>
    private void AppendOrKeep(AslValue record)
    {
        var bytes = KeeperRecords.ToBytes(record);
        lock (_lock)
        {
            _late.Enqueue(bytes);
            try
            {
                AppendLate();
            }
            catch (AwsServiceException)
            {
                // The journal has logged why.
            }
        }
    }

    private void AppendLate()
    {
        while (_late.TryPeek(out var bytes))
        {
            journal.Append(bytes);
            _late.Dequeue();
        }
    }
}
