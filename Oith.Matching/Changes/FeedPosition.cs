namespace Oith.Matching.Changes;

/// <summary>How far somebody has read the change feed: entries of each minute (since 1970) that were read.</summary>
internal sealed record FeedPosition(Dictionary<long, long> Read)
{
    /// <summary>The first minute that may have more.</summary>
    public long Oldest => Read.Keys.Min();
}

/// <summary>Somebody's profile has changed.</summary>
/// <param name="Cell">Where the person lives now; empty when whoever announced it does not know.</param>
internal readonly record struct ProfileChange(string Email, string Cell);

/// <summary>What the index is fed with: a change, or the news that all changes up to a position have come.</summary>
internal readonly record struct FeedItem(ProfileChange Change, FeedPosition? Upto = null);

/// <summary>What became of an exchange of changes.</summary>
internal enum FeedExchange
{
    Done,

    /// <summary>Redis does not answer, or too late: what was announced is still there, to be read from the same position.</summary>
    Unreachable,

    /// <summary>Redis has lost what was not read yet, or may have: only reading all profiles again helps.</summary>
    Lost,
}
