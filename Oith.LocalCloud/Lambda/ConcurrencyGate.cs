namespace Oith.LocalCloud.Lambda;

/// <summary>Counts a function's running invocations and refuses those above its reserved concurrency.</summary>
internal sealed class ConcurrencyGate
{
    private int _running;

    public int Running => Volatile.Read(ref _running);

    /// <param name="limit">Reserved concurrency, null for none.</param>
    public bool TryEnter(int? limit)
    {
        var running = Interlocked.Increment(ref _running);
        if (limit is null || running <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _running);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _running);
}
