namespace Oith.StressTest.Load;

/// <summary>
/// When requests arrive: people who know nothing of each other, so a Poisson process, drawn from the seed alone. It is fixed before
/// the first request is sent, and a slow service does not slow it down.
/// </summary>
internal sealed class ArrivalSchedule(LoadProfile profile, Random random)
{
    private int _phase;
    private TimeSpan _phaseStart;
    private TimeSpan _at;

    /// <summary>The next arrival, from the beginning of the run.</summary>
    /// <returns>False when there is none any more.</returns>
    public bool TryNext(out TimeSpan at, out bool isMeasured)
    {
        // The rate changes slowly against the distance of two arrivals, so that of the former is good enough for the next.
        while (_phase < profile.Phases.Count)
        {
            var phase = profile.Phases[_phase];
            var share = (_at - _phaseStart) / phase.Duration;
            var rate = phase.From + (phase.To - phase.From) * share;
            var next = _at + TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / rate);
            if (next < _phaseStart + phase.Duration)
            {
                _at = at = next;
                isMeasured = phase.IsMeasured;
                return true;
            }

            _phaseStart += phase.Duration;
            _at = _phaseStart;
            _phase++;
        }

        (at, isMeasured) = (_at, false);
        return false;
    }
}
