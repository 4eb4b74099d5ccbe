namespace Oith.StressTest.Peers;

/// <summary>The emulators of one benchmark that this machine has; disposing ends them.</summary>
internal sealed class PeerGroup : IAsyncDisposable
{
    private const int Rounds = 3;

    private readonly List<PeerProcess> _peers = [];

    private PeerGroup()
    {
    }

    public IReadOnlyList<PeerProcess> Peers => _peers;

    /// <summary>Starts those that are there, in their order, and says which are not.</summary>
    public static async Task<PeerGroup> StartAsync(IEnumerable<PeerProgram> programs, CancellationToken cancellationToken)
    {
        var group = new PeerGroup();
        try
        {
            foreach (var program in programs)
            {
                if (await PeerProcess.StartAsync(program, cancellationToken) is { } peer)
                {
                    group._peers.Add(peer);
                }
                else
                {
                    Console.WriteLine($"{program.Name,-12} is not on this machine");
                }
            }

            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// They take turns, so that whatever else the machine does meets all of them; the first round warms up, of the others the best counts.
    /// </summary>
    /// <param name="rateOf">The greater, the better.</param>
    /// <returns>In the order of <see cref="Peers"/>.</returns>
    public async Task<T[]> BestAsync<T>(Func<PeerProcess, Task<T>> measure, Func<T, double> rateOf)
    {
        var best = new T[_peers.Count];
        for (var round = 0; round <= Rounds; round++)
        {
            for (var peer = 0; peer < _peers.Count; peer++)
            {
                var measured = await measure(_peers[peer]);
                if (round <= 1 || rateOf(measured) > rateOf(best[peer]))
                {
                    best[peer] = measured;
                }
            }
        }

        return best;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }
    }
}
