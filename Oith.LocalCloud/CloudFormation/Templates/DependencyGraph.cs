namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>Which resource of a stack waits for which others.</summary>
internal static class DependencyGraph
{
    /// <summary>The graph of the resources whose conditions hold.</summary>
    /// <exception cref="Wire.AwsServiceException">ValidationError: a circle, with the resources that form it.</exception>
    public static Dictionary<string, HashSet<string>> Build(Template template, TemplateResolver resolver)
    {
        var included = template.Resources.Values.Where(resource => resolver.Holds(resource.Condition)).ToList();
        var names = included.Select(resource => resource.LogicalId).ToHashSet(StringComparer.Ordinal);
        var graph = included.ToDictionary(
            resource => resource.LogicalId,
            resource => TemplateReferences.In(resource.Properties, condition => resolver.Holds(condition))
                .Select(reference => reference.Name)
                .Concat(resource.DependsOn)
                .Where(names.Contains)
                .ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal);
        CheckCircles(graph);
        return graph;
    }

    private static void CheckCircles(Dictionary<string, HashSet<string>> graph)
    {
        // Taking away whatever waits for nothing leaves the circles and what waits for them; the second pass, from the
        // other end, takes the latter away.
        var left = graph.ToDictionary(pair => pair.Key, pair => new HashSet<string>(pair.Value, StringComparer.Ordinal));
        while (left.FirstOrDefault(pair => !pair.Value.Overlaps(left.Keys)) is { Key: { } free })
        {
            left.Remove(free);
        }

        while (left.Keys.FirstOrDefault(name => !left.Values.Any(waits => waits.Contains(name))) is { } unneeded)
        {
            left.Remove(unneeded);
        }

        if (left.Count > 0)
        {
            throw TemplateErrors.Validation($"Circular dependency between resources: [{string.Join(", ", left.Keys)}]");
        }
    }
}
