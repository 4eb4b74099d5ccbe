using CsCheck;

namespace Oith.StressTest.Fuzz;

/// <summary>Runs a given number of attempts on several threads.</summary>
internal static class FuzzLoop
{
    /// <param name="threads">At once; each has a sequence of its own, which the seed decides.</param>
    /// <param name="attempt">One attempt, drawn from the thread's sequence.</param>
    public static Task RunAsync(
        long attempts, ulong seed, int threads, Func<PCG, CancellationToken, Task> attempt, CancellationToken cancellationToken)
    {
        var left = attempts;
        return Parallel.ForEachAsync(
            Enumerable.Range(0, threads),
            new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken },
            async (thread, threadToken) =>
            {
                var random = new PCG((uint)thread, seed);
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    await attempt(random, threadToken);
                }
            });
    }
}
