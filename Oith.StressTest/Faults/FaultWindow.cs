namespace Oith.StressTest.Faults;

/// <summary>One fault of a run. Times are seconds from its start.</summary>
/// <param name="From">When it was made.</param>
/// <param name="To">When it was healed.</param>
/// <param name="Errors">Requests that were to be sent meanwhile and failed.</param>
/// <param name="Recovery">
/// Seconds after it was healed until a second began of which at most 0.5 % of the requests failed and at most 5 % took longer than
/// 200 ms, as the targets say; null when there was none within <see cref="Patience"/>.
/// </param>
internal sealed record FaultWindow(string Name, string Description, double From, double To, long Errors, double? Recovery)
{
    /// <summary>How long after its end a fault may be felt.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
}
