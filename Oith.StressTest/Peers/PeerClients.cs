namespace Oith.StressTest.Peers;

/// <summary>Clients that block, each on a thread of its own: on few cores that costs less than anything asynchronous.</summary>
internal static class PeerClients
{
    /// <param name="run">What the client of this number does, until the duration is over; returns how often it did it.</param>
    /// <returns>How often all of them did it.</returns>
    public static async Task<long> RunAsync(int clients, Func<int, long> run)
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Factory.StartNew(
            () => run(client), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return counts.Sum();
    }
}
