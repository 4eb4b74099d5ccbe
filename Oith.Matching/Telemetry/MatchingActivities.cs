using System.Diagnostics;

namespace Oith.Matching.Telemetry;

/// <summary>The service's own spans.</summary>
internal static class MatchingActivities
{
    public const string SourceName = "Oith.Matching";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>
    /// The span of one piece of background work, around all calls that it makes; part of the request that waits for it, if one does. Loops
    /// that find nothing to do start none.
    /// </summary>
    public static Activity? StartWork(string name) => Source.StartActivity(name);

    /// <inheritdoc cref="StartWork(string)"/>
    public static Activity? StartWork(string what, int cell) =>
        Source.HasListeners() ? Source.StartActivity($"{what} {Engine.CellId.Name(cell)}") : null;

    /// <summary>
    /// A call to another service as part of something recorded. Null otherwise: a call alone starts no trace, and one that is not recorded
    /// costs nothing.
    /// </summary>
    public static Activity? StartCall(string name, ActivityKind kind = ActivityKind.Client) =>
        Activity.Current is { Recorded: true } && Source.HasListeners() ? Source.StartActivity(name, kind) : null;
}
