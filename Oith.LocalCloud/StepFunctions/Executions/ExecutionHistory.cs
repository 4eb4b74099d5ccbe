namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>The events of one execution. Branches that run side by side write to it at once.</summary>
/// <param name="onAdded">Told every event in order, under the history's lock; null when nobody listens.</param>
internal sealed class ExecutionHistory(TimeProvider clock, Action<HistoryEvent>? onAdded = null)
{
    /// <summary>AWS ends an execution that has more events.</summary>
    public const int MaximumEvents = 25_000;

    private readonly Lock _lock = new();
    private readonly List<HistoryEvent> _events = new(8);
    private long _last;
    private long _bytes;
    private bool _isClosed;

    /// <summary>About what the events take in memory; data that several share counts for each.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public bool IsFull => Volatile.Read(ref _last) >= MaximumEvents - 1;

    /// <returns>The event's id; 0 when the execution had ended before.</returns>
    public long Add(string type, long previousEventId, HistoryDetail[] details, bool isLast = false)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return 0;
            }

            var added = new HistoryEvent(++_last, previousEventId, type, clock.GetUtcNow(), details);
            _events.Add(added);
            _bytes += added.Bytes;
            _isClosed = isLast;
            onAdded?.Invoke(added);
            return added.Id;
        }
    }

    /// <summary>The id of the last event, 0 before the first.</summary>
    public long LastId => Volatile.Read(ref _last);

    /// <summary>Accepts events again, after the execution's end was redriven.</summary>
    public void Reopen()
    {
        lock (_lock)
        {
            _isClosed = false;
        }
    }

    /// <summary>Takes an event kept from before a restart.</summary>
    public void Restore(HistoryEvent kept)
    {
        lock (_lock)
        {
            _events.Add(kept);
            _bytes += kept.Bytes;
            _last = kept.Id;
        }
    }

    /// <summary>Drops the events after one, whose work is done again.</summary>
    public void TruncateAfter(long eventId)
    {
        lock (_lock)
        {
            _events.RemoveAll(one => one.Id > eventId);
            _last = eventId;
        }
    }

    public IReadOnlyList<HistoryEvent> Snapshot()
    {
        lock (_lock)
        {
            return [.. _events];
        }
    }
}
