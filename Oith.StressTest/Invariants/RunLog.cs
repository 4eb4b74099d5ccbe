using Oith.StressTest.Crowds;
using Oith.StressTest.Load;

namespace Oith.StressTest.Invariants;

/// <summary>What the tool sent and what it was told, in the order of the answers. Safe for all threads.</summary>
internal sealed class RunLog
{
    private readonly Lock _lock = new();
    private readonly List<LogEntry> _entries = [];

    public void Add(in LogEntry entry)
    {
        lock (_lock)
        {
            _entries.Add(entry);
        }
    }

    public LogEntry[] Read()
    {
        lock (_lock)
        {
            return [.. _entries];
        }
    }
}

/// <summary>One request and its answer.</summary>
/// <param name="User">Number of the person who asked.</param>
/// <param name="About">Whom accept, pass and block were about; else 0.</param>
/// <param name="Start">When it was sent, from the start of the run.</param>
/// <param name="End">When its answer had been read.</param>
/// <param name="Shown">Whom the answer showed in the hand; 0 for nobody.</param>
/// <param name="Request">Of requests and their following.</param>
/// <param name="Revision">Of profile updates: which version was put.</param>
/// <param name="IsRepeated">True when it is the same as a request that was acknowledged just before.</param>
internal readonly record struct LogEntry(
    Operation Operation,
    Outcome Outcome,
    int User,
    int About,
    TimeSpan Start,
    TimeSpan End,
    int Shown = 0,
    Hand Hand = Hand.Empty,
    Guid Request = default,
    RequestState? RequestState = null,
    int Revision = 0,
    bool IsRepeated = false);
