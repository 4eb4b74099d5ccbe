using System.Numerics;

namespace Oith.Matching.Engine;

/// <summary>
/// Guesses the compatibility that the last of the best will have, from searches of people alike: a search that begins with it
/// looks at hardly anybody in vain. A guess that was too high costs a second search and nothing else.
/// </summary>
internal sealed class ThresholdGuess
{
    // Of how many are wanted or excluded, how much there is to search, and what is known of the seeker.
    private const int WantedBits = 3;
    private const int SizeBits = 3;
    private const int SmallBits = 5;
    private const int InterestBits = 3;
    private const int AgeBits = 3;
    private const int GroupBits = 4;

    // As TCP does with round trips: mean and mean deviation, each moved by a share of what was wrong with it.
    private const float Share = 1 / 8f;
    private const float Deviations = 2.5f;

    // Where one search was seen and nothing is known of how others differ.
    private const float FirstDeviation = 5;

    private readonly (float Mean, float Deviation)[] _seen = new (float, float)[1 << (WantedBits + SizeBits + InterestBits + AgeBits + GroupBits)];

    private int _at;

    /// <param name="wanted">Or excluded: those are mostly the best, too.</param>
    /// <param name="buckets">Within reach.</param>
    public int For(int wanted, int buckets, Seeker seeker)
    {
        _at = Math.Min(BitOperations.Log2((uint)wanted), (1 << WantedBits) - 1);
        _at = _at << SizeBits | Math.Clamp(BitOperations.Log2((uint)buckets | 1) - SmallBits, 0, (1 << SizeBits) - 1);
        _at = _at << InterestBits | Math.Min(seeker.Profile.Interests.Count, (1 << InterestBits) - 1);
        _at = _at << AgeBits | AgeBand.Of(seeker.Age);
        _at = _at << GroupBits | seeker.Group;
        var (mean, deviation) = _seen[_at];
        return Math.Max(0, (int)(mean - Deviations * deviation));
    }

    /// <summary>Tells what the last guess should have been.</summary>
    public void Learn(int threshold)
    {
        ref var seen = ref _seen[_at];
        if (seen.Mean == 0)
        {
            seen = (threshold, FirstDeviation);
            return;
        }

        var error = threshold - seen.Mean;
        seen.Mean += Share * error;
        seen.Deviation += Share * (Math.Abs(error) - seen.Deviation);
    }
}
