using System.Text.Json.Nodes;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Brings the resources of a failed update back to what they were.</summary>
internal sealed class UpdateRollback(StackStore store, Stack stack, ResourceWorker worker, StackEventWriter events, TimeProvider time)
{
    private readonly List<StackResource> _replacements = [];

    /// <summary>The resources that the update had created in place of others; they still exist.</summary>
    public IReadOnlyList<StackResource> Replacements => _replacements;

    /// <param name="before">The resources as they were before the update.</param>
    /// <param name="skipped">The resources that are left alone.</param>
    /// <returns>The resources that could not be brought back.</returns>
    public Task<IReadOnlyList<string>> RestoreAsync(
        IReadOnlyList<StackResource> before, IReadOnlyCollection<string> skipped, CancellationToken cancellationToken)
    {
        var byName = before.ToDictionary(resource => resource.LogicalId, StringComparer.Ordinal);
        var graph = byName.ToDictionary(
            pair => pair.Key, pair => pair.Value.DependsOn.Where(byName.ContainsKey).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        return DependencyRunner.RunAsync(graph, (name, token) => RestoreAsync(byName[name], skipped.Contains(name), token), cancellationToken);
    }

    private async Task<bool> RestoreAsync(StackResource old, bool isSkipped, CancellationToken cancellationToken)
    {
        var current = store.Read(() => stack.Resources.GetValueOrDefault(old.LogicalId));
        if (current is null || isSkipped)
        {
            events.Resource((current ?? old) with { Status = StackStatus.UpdateComplete, StatusReason = null, Timestamp = time.GetUtcNow() });
            return true;
        }

        if (current.PhysicalId != old.PhysicalId)
        {
            lock (_replacements)
            {
                _replacements.Add(current);
            }

            events.Resource(old with { Status = StackStatus.UpdateComplete, StatusReason = null, Timestamp = time.GetUtcNow() });
            return true;
        }

        return (current.Status != StackStatus.UpdateFailed && JsonNode.DeepEquals(current.Properties, old.Properties))
            || await worker.UpdateAsync(current, old with { StatusReason = null }, null, cancellationToken);
    }
}
