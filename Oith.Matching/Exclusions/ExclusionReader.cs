using Oith.Matching.Blocks;
using Oith.Matching.Profiles;

namespace Oith.Matching.Exclusions;

/// <summary>Who may not be shown to a person: history and blocks in both directions. Presenting checks each of them again.</summary>
internal sealed class ExclusionReader(HistoryStore history, BlockStore blocks)
{
    public async Task<HashSet<string>> ReadAsync(Profile seeker, CancellationToken cancellationToken)
    {
        var remembered = history.FindAllAsync(seeker.Email, cancellationToken);
        if (!seeker.HasBlocks)
        {
            return new HashSet<string>(await remembered, StringComparer.Ordinal);
        }

        var blocked = blocks.FindBlockedAsync(seeker.Email, cancellationToken);
        var blockers = blocks.FindBlockersAsync(seeker.Email, cancellationToken);
        await Task.WhenAll(remembered, blocked, blockers);
        return new HashSet<string>([.. await remembered, .. await blocked, .. await blockers], StringComparer.Ordinal);
    }
}
