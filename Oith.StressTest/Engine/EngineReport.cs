using System.Text.Json.Serialization;

namespace Oith.StressTest.Engine;

/// <summary>What a run measured; the file of <c>--json</c>. Times are microseconds.</summary>
internal sealed record EngineReport(
    List<EngineResult> Results, List<UpdateResult> Updates, List<PrecomputeResult> Precompute, List<ExclusionResult> Exclusions);

/// <param name="Threads">Threads that search at once; the percentiles are theirs, too.</param>
/// <param name="BytesPerProfile">Records, cells and the map from e-mails to records.</param>
/// <param name="ReferenceP95Us">The plain linear reference, one thread; null where it was not run.</param>
internal sealed record EngineResult(
    int Users, int Threads, double P50Us, double P95Us, double P99Us, double MatchesPerSecond, double BytesPerProfile, double? ReferenceP95Us);

/// <param name="QuietP95Us">Of the same searches while nothing changed.</param>
internal sealed record UpdateResult(int Users, double UpdatesPerSecond, double QuietP95Us, double P95Us);

/// <param name="Top">Candidates found for each user.</param>
internal sealed record PrecomputeResult(int Users, int Threads, int Top, double UsersPerSecond);

/// <param name="Excluded">How many each seeker has seen already: the very best.</param>
internal sealed record ExclusionResult(int Users, int Excluded, double P95Us);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EngineReport))]
internal sealed partial class EngineReportJson : JsonSerializerContext;
