using System.Diagnostics;

namespace Oith.LocalCloud.Telemetry;

/// <summary>
/// Decides which traces are recorded, as X-Ray does: so many new ones a second. Whoever looks sees every trace of a quiet
/// system, and a busy one does not pay for each.
/// </summary>
internal sealed class TraceSampler(TimeProvider time)
{
    /// <summary>New traces that are recorded in a second.</summary>
    public const int TracesPerSecond = 50;

    private long _second;
    private int _begun;

    /// <summary>Whoever begins a trace decides about all of it; the others are told by the context that they are given.</summary>
    public ActivitySamplingResult Sample(ActivityContext parent)
    {
        if (parent != default)
        {
            return parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None;
        }

        var second = time.GetTimestamp() / time.TimestampFrequency;
        if (Interlocked.Exchange(ref _second, second) != second)
        {
            Volatile.Write(ref _begun, 0);
        }

        // A trace that is not recorded still has a beginning, so that those it calls know of it and begin none of their own.
        return Interlocked.Increment(ref _begun) <= TracesPerSecond ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.PropagationData;
    }
}
