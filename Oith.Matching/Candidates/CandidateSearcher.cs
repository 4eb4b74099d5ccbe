using Oith.Matching.Matches;
using Oith.Matching.Profiles;

namespace Oith.Matching.Candidates;

/// <summary>Searches the index of this process, once it holds everybody.</summary>
internal sealed class CandidateSearcher(ICandidateIndex index, IndexState state, TimeProvider time)
{
    // Longer than filling takes for most; whoever still waits then is told to come back.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>People in the index.</summary>
    public int Pool => index.Count;

    /// <summary>Waits a little for an index that is still being filled; call it before a search.</summary>
    /// <exception cref="IndexNotReadyException">It takes longer.</exception>
    public async ValueTask ReadyAsync(CancellationToken cancellationToken)
    {
        if (state.IsReady)
        {
            return;
        }

        try
        {
            await state.Ready.WaitAsync(s_patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new IndexNotReadyException();
        }
    }

    /// <summary>The best <paramref name="count"/> candidates, best first.</summary>
    public Candidate[] FindTop(
        Profile seeker, IReadOnlySet<string> excluded, int count, out CandidateSearch cost, IReadOnlySet<string>? shard = null)
    {
        var top = new Candidate[count];
        cost = index.FindTop(seeker, excluded, SeenSince, top, shard);
        return cost.Found == count ? top : top[..cost.Found];
    }

    /// <inheritdoc cref="ICandidateIndex.Cells"/>
    public IReadOnlyList<CellPopulation> Cells(Profile? seeker = null) => index.Cells(seeker);

    /// <summary>People last seen before are shown to nobody.</summary>
    public DateTimeOffset SeenSince => time.GetUtcNow() - Matchmaking.ActiveWithin;
}

/// <summary>Whether the index holds everybody yet.</summary>
internal sealed class IndexState
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsReady => _ready.Task.IsCompleted;

    /// <summary>Completes when the index holds everybody.</summary>
    public Task Ready => _ready.Task;

    public void SetReady() => _ready.TrySetResult();
}

/// <summary>The candidate index is still being filled: to be tried again in a moment.</summary>
internal sealed class IndexNotReadyException() : Exception("The candidate index is being filled.");
