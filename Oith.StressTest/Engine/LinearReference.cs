using System.Diagnostics;
using Oith.Matching.Compatibility;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;

namespace Oith.StressTest.Engine;

/// <summary>The plain reading of the rules over everybody, one after the other: what the engine is compared with.</summary>
internal static class LinearReference
{
    // So many profiles are looked at in all: a few seconds.
    private const long Budget = 20_000_000;

    /// <summary>P95 in microseconds, of as many seekers as the time allows.</summary>
    /// <exception cref="InvalidOperationException">The engine answered otherwise.</exception>
    public static double Measure(
        Profile[] people, Profile[] seekers, PackedCandidateIndex index, DateTimeOffset seenSince, CancellationToken cancellationToken)
    {
        var ticks = new List<long>();
        foreach (var seeker in seekers.AsSpan(0, (int)Math.Clamp(Budget / people.Length, 20, seekers.Length)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            var best = FindBest(people, seeker, seenSince);
            ticks.Add(Stopwatch.GetTimestamp() - start);
            Compare(best, seeker, index, seenSince);
        }

        return MatchTimes.Of(ticks, 0).P95Us;
    }

    private static Candidate? FindBest(Profile[] people, Profile seeker, DateTimeOffset seenSince)
    {
        Candidate? best = null;
        foreach (var person in people)
        {
            if (person.IsVisible && person.ActiveMatchEmail is null && person.LastSeen >= seenSince && person.Email != seeker.Email
                && PreferenceRules.IsReciprocal(seeker, person))
            {
                var candidate = new Candidate(
                    person.Email, CompatibilityScore.Of(seeker, person), PreferenceRules.Distance(seeker, person)!.Value);
                if (best is null || candidate < best)
                {
                    best = candidate;
                }
            }
        }

        return best;
    }

    private static void Compare(Candidate? best, Profile seeker, PackedCandidateIndex index, DateTimeOffset seenSince)
    {
        var top = new Candidate[1];
        Candidate? answer = index.FindTop(seeker, new HashSet<string>(), seenSince, top).Found == 1 ? top[0] : null;
        if (answer != best)
        {
            throw new InvalidOperationException($"For {seeker.Email} the engine finds {answer}, the plain reference {best}.");
        }
    }
}
