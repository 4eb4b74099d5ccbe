namespace Oith.Stack.Population;

/// <summary>
/// G. Steele's SplitMix64: a few bytes of state, so that every person has a generator of their own. System.Random promises
/// no sequence across versions; this one stays the same for ever.
/// </summary>
internal struct SplitMix64(ulong seed, ulong stream)
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong _state = Mix(seed + GoldenGamma) ^ Mix(stream * GoldenGamma);

    public ulong Next() => Mix(_state += GoldenGamma);

    /// <returns>0…1, without 1.</returns>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <returns>0…<paramref name="limit"/> - 1.</returns>
    public int Next(int limit) => (int)(((Next() >> 32) * (ulong)limit) >> 32);

    /// <returns><paramref name="low"/>…<paramref name="high"/>, both included.</returns>
    public int Between(int low, int high) => low + Next(high - low + 1);

    public T Pick<T>(T[] from) => from[Next(from.Length)];

    /// <returns>Null in all but <paramref name="share"/> of the cases.</returns>
    public string? PickOrNone(string[] from, double share) => NextDouble() < share ? Pick(from) : null;

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
