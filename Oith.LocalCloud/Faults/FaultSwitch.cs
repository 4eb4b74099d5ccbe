using System.Collections.Concurrent;
using System.Text.Json;

namespace Oith.LocalCloud.Faults;

/// <summary>
/// What goes wrong on purpose at the moment. Whoever can be struck asks it at each call; while nothing is set, asking is one
/// volatile read.
/// </summary>
public sealed class FaultSwitch
{
    // Which calls are struck can be repeated from run to run.
    private readonly Random _random = new(2006);
    private readonly ConcurrentDictionary<string, bool> _processes = new(StringComparer.Ordinal);
    private volatile Fault[] _faults = [];

    /// <summary>Whether any fault is set.</summary>
    public bool IsOn => _faults.Length > 0;

    /// <summary>Names of the processes beside LocalCloud that ask: <c>matching</c>.</summary>
    internal ICollection<string> Processes => _processes.Keys;

    internal IReadOnlyList<Fault> Faults => _faults;

    /// <summary>A process beside LocalCloud will ask by this name from now on.</summary>
    internal void Join(string process) => _processes[process] = true;

    internal void Set(IEnumerable<Fault> faults) => _faults = [.. faults];

    /// <summary>What strikes this call; the default when nothing does.</summary>
    internal FaultStrike Draw(string service, string operation, JsonElement input)
    {
        var strike = default(FaultStrike);
        foreach (var fault in _faults)
        {
            if (fault.Concerns(service, operation) && fault.ConcernsResource(input) && IsDrawn(fault))
            {
                strike = strike.And(fault);
            }
        }

        return strike;
    }

    /// <inheritdoc cref="Draw(string, string, JsonElement)"/>
    internal FaultStrike Draw(string service, string resource)
    {
        var strike = default(FaultStrike);
        foreach (var fault in _faults)
        {
            if (fault.Concerns(service, "") && fault.ConcernsResource(resource) && IsDrawn(fault))
            {
                strike = strike.And(fault);
            }
        }

        return strike;
    }

    private bool IsDrawn(Fault fault)
    {
        if (fault.Probability < 1)
        {
            lock (_random)
            {
                if (_random.NextDouble() >= fault.Probability)
                {
                    return false;
                }
            }
        }

        fault.Strike();
        return true;
    }
}

/// <summary>What strikes one call.</summary>
/// <param name="Latency">How long it is held up.</param>
/// <param name="ErrorCode">What is answered instead of carrying it out; null carries it out.</param>
/// <param name="Action">What is done after it was carried out.</param>
internal readonly record struct FaultStrike(TimeSpan Latency, string? ErrorCode, FaultAction Action)
{
    /// <summary>Delays add up; of several errors the first is answered.</summary>
    public FaultStrike And(Fault fault) =>
        new(Latency + fault.Latency, ErrorCode ?? fault.ErrorCode, Action == FaultAction.None ? fault.Action : Action);
}
