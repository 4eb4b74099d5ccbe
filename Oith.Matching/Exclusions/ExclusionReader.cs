using Oith.Matching.Blocks;

namespace Oith.Matching.Exclusions;

/// <summary>Who may not be shown to a person: history and blocks in both directions. Presenting checks each of them again.</summary>
internal sealed class ExclusionReader(HistoryStore history, BlockStore blocks)
{
    public async Task<HashSet<string>> ReadAsync(string email, CancellationToken cancellationToken)
    {
        var remembered = history.FindAllAsync(email, cancellationToken);
        var blocked = blocks.FindBlockedAsync(email, cancellationToken);
        var blockers = blocks.FindBlockersAsync(email, cancellationToken);
        await Task.WhenAll(remembered, blocked, blockers);

        var excluded = new HashSet<string>(StringComparer.Ordinal);
        excluded.UnionWith(await remembered);
        excluded.UnionWith(await blocked);
        excluded.UnionWith(await blockers);
        return excluded;
    }
}
