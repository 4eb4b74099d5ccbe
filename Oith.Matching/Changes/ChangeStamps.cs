namespace Oith.Matching.Changes;

/// <summary>
/// Counts the changes of each person that this instance knows of. What was cached about somebody is still true while the count is
/// what it was before it was read. People share counters, which costs a needless read now and then and never a stale one.
/// </summary>
internal sealed class ChangeStamps
{
    private const int Counters = 1 << 18;

    private readonly long[] _counters = new long[Counters];

    /// <summary>Take it before reading what is to be cached.</summary>
    public long Of(string email) => Volatile.Read(ref _counters[Slot(email)]);

    /// <summary>Call it after the change is stored and before anybody is told.</summary>
    /// <returns>The count from now on.</returns>
    public long Changed(string email) => Interlocked.Increment(ref _counters[Slot(email)]);

    private static int Slot(string email) => string.GetHashCode(email, StringComparison.Ordinal) & (Counters - 1);
}
