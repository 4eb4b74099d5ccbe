namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Runs a step for each resource as soon as the steps it waits for are done; independent ones run side by side.</summary>
internal static class DependencyRunner
{
    /// <param name="graph">Whom each resource waits for.</param>
    /// <param name="step">The work; false means that it failed: what is under way ends, nothing further starts.</param>
    /// <returns>The resources whose step failed.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(
        IReadOnlyDictionary<string, HashSet<string>> graph, Func<string, CancellationToken, Task<bool>> step, CancellationToken cancellationToken)
    {
        var waiting = graph.ToDictionary(pair => pair.Key, pair => pair.Value.Where(graph.ContainsKey).ToHashSet(StringComparer.Ordinal));
        var running = new List<Task<(string Name, bool Done)>>();
        var failed = new List<string>();
        while (true)
        {
            if (failed.Count == 0)
            {
                foreach (var ready in waiting.Where(pair => pair.Value.Count == 0).Select(pair => pair.Key).ToList())
                {
                    waiting.Remove(ready);
                    running.Add(RunAsync(ready));
                }
            }

            if (running.Count == 0)
            {
                return failed;
            }

            var first = await Task.WhenAny(running);
            running.Remove(first);
            var (name, done) = await first;
            if (done)
            {
                foreach (var others in waiting.Values)
                {
                    others.Remove(name);
                }
            }
            else
            {
                failed.Add(name);
            }
        }

        async Task<(string Name, bool Done)> RunAsync(string name) => (name, await step(name, cancellationToken));
    }

    /// <summary>The graph the other way round: whom each resource has to outlive.</summary>
    public static Dictionary<string, HashSet<string>> Reverse(IEnumerable<StackResource> resources)
    {
        var all = resources.ToDictionary(resource => resource.LogicalId, StringComparer.Ordinal);
        return all.Keys.ToDictionary(
            name => name,
            name => all.Values.Where(other => other.DependsOn.Contains(name)).Select(other => other.LogicalId).ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal);
    }
}
