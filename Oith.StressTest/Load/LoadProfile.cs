namespace Oith.StressTest.Load;

/// <summary>How the rate of arrivals goes over time: a few phases, each with a straight line from one rate to another.</summary>
/// <param name="Phases">One after the other.</param>
internal sealed record LoadProfile(string Name, IReadOnlyList<LoadPhase> Phases)
{
    public static readonly string[] Names = ["standard", "ramp", "spike", "soak"];

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(20);

    public TimeSpan Duration => Phases.Aggregate(TimeSpan.Zero, (sum, phase) => sum + phase.Duration);

    /// <summary>Requests that arrive while it is measured, divided by that time.</summary>
    public double MeasuredRate
    {
        get
        {
            var measured = Phases.Where(phase => phase.IsMeasured).ToArray();
            return measured.Sum(phase => (phase.From + phase.To) / 2 * phase.Duration.TotalSeconds) / measured.Sum(phase => phase.Duration.TotalSeconds);
        }
    }

    /// <param name="rate">Requests a second.</param>
    /// <param name="duration">Of what is measured; the warm-up comes before.</param>
    public static LoadProfile Create(string name, double rate, TimeSpan duration)
    {
        var warmUp = new LoadPhase("warm-up", duration < s_warmUp ? duration : s_warmUp, rate * 0.1, rate, IsMeasured: false);
        var rest = duration / 5;
        return new LoadProfile(name, name switch
        {
            "ramp" => [warmUp with { To = rate * 0.1 }, new LoadPhase("ramp", duration, rate * 0.1, rate)],
            "spike" =>
            [
                warmUp,
                new LoadPhase("before", rest * 2, rate, rate),
                new LoadPhase("spike", rest, rate * 3, rate * 3),
                new LoadPhase("after", rest * 2, rate, rate),
            ],
            _ => [warmUp, new LoadPhase("steady", duration, rate, rate)],
        });
    }
}

/// <param name="From">Requests a second at its beginning.</param>
/// <param name="To">Requests a second at its end.</param>
internal sealed record LoadPhase(string Name, TimeSpan Duration, double From, double To, bool IsMeasured = true);
