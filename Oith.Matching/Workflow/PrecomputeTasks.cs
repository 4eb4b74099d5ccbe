using Oith.Matching.Candidates;
using Oith.Matching.Decks;
using Oith.Matching.Exclusions;
using Oith.Matching.Storage;

namespace Oith.Matching.Workflow;

/// <summary>The tasks of batch-precompute: a deck for every active user, shard by shard.</summary>
internal sealed class PrecomputeTasks(
    ProfileStore profiles, ExclusionReader exclusions, CandidateSearcher searcher, DeckStore decks)
{
    private const int PeopleInShard = 1000;

    /// <summary>As many as a state's output of 256 KiB can name.</summary>
    private const int MostShards = 5000;

    private const int DecksAtOnce = 8;

    public async Task<PrecomputePlan> PlanAsync(CancellationToken cancellationToken)
    {
        await searcher.ReadyAsync(cancellationToken);
        var cells = searcher.Cells();
        var shards = cells.Sum(cell => (long)cell.Count) / PeopleInShard + 1;
        return new PrecomputePlan(ShardPlanner.Cut(cells, (int)Math.Min(MostShards, shards)));
    }

    public async Task<PrecomputeResult> PrecomputeAsync(CellRange shard, CancellationToken cancellationToken)
    {
        await searcher.ReadyAsync(cancellationToken);
        var written = 0;
        foreach (var cell in searcher.Cells().Where(cell => shard.Contains(cell.Cell)))
        {
            var people = await profiles.FindActiveAsync(cell.Cell, searcher.SeenSince, cancellationToken);
            await Parallel.ForEachAsync(
                people.Where(person => person.IsVisible),
                new ParallelOptions { MaxDegreeOfParallelism = DecksAtOnce, CancellationToken = cancellationToken },
                async (seeker, token) =>
                {
                    var excluded = await exclusions.ReadAsync(seeker, token);
                    var found = await searcher.FindTopAsync(seeker, excluded, DeckStore.Size, token);
                    if (!await decks.PutAsync(seeker, found.Top, token))
                    {
                        // Without Redis all of it is in vain; the state machine tries the shard again.
                        throw new IOException("A deck could not be written.");
                    }

                    Interlocked.Increment(ref written);
                });
        }

        return new PrecomputeResult(written);
    }
}
