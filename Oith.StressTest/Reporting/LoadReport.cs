using System.Text.Json.Serialization;
using Oith.StressTest.Faults;
using Oith.StressTest.Invariants;
using Oith.StressTest.Measurement;

namespace Oith.StressTest.Reporting;

/// <summary>One run; the file report.json. Latencies are milliseconds, other times seconds from the start of the run.</summary>
/// <param name="Invariants">Null when the tables could not be read.</param>
/// <param name="DynamoDBLatency">P95 of GetItem on the users table in milliseconds; null when CloudWatch has none.</param>
/// <param name="Saturation">The trials of a search for the highest rate; empty in a plain run.</param>
internal sealed record LoadReport(
    DateTimeOffset At,
    RunDescription Run,
    RunCost Cost,
    Figures Figures,
    IReadOnlyList<QueueDepth> Queue,
    IReadOnlyList<RaisedAlarm> Alarms,
    IReadOnlyList<FaultWindow> Faults,
    InvariantReport? Invariants,
    double? DynamoDBLatency,
    IReadOnlyList<TargetResult> Targets,
    IReadOnlyList<SaturationTrial> Saturation)
{
    /// <summary>True when every target that was asked for is met.</summary>
    public bool IsMet => Targets.All(target => target.Met != false);
}

/// <param name="Warmup">Seconds before anything was measured.</param>
/// <param name="Duration">Seconds that were measured.</param>
/// <param name="Unanswered">Queued requests without an answer when the run ended.</param>
internal sealed record RunDescription(
    string Command, string Stack, string Machine, string Mix, string Profile, int Users, double Rate, double Warmup, double Duration, ulong Seed, int Unanswered);

/// <summary>What the run cost after the warm-up, of all processes that the tool knows: itself, and the stack where it started it.</summary>
/// <param name="Requests">Those that follow queued requests included.</param>
/// <param name="ProcessorMicroseconds">A request.</param>
/// <param name="AllocatedBytes">A request, in the tool's own process.</param>
/// <param name="PauseMilliseconds">Garbage collection of the tool's own process, in sum.</param>
internal sealed record RunCost(long Requests, double ProcessorMicroseconds, double AllocatedBytes, double PauseMilliseconds, int Gen2Collections);

internal sealed record SaturationTrial(double Rate, double P95, double P99, double ErrorRate, bool IsMet);

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DictionaryKeyPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LoadReport))]
internal sealed partial class LoadReportJson : JsonSerializerContext;
