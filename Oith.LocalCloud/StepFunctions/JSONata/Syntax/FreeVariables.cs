namespace Oith.LocalCloud.StepFunctions.JSONata.Syntax;

/// <summary>Finds the variables that an expression reads and does not bind.</summary>
internal static class FreeVariables
{
    public static IReadOnlyList<string> Of(SyntaxNode tree)
    {
        var read = new List<string>();
        var bound = new HashSet<string>(StringComparer.Ordinal) { "", "$" };
        Collect(tree, read, bound);
        return [.. read.Distinct(StringComparer.Ordinal).Where(name => !bound.Contains(name) && Functions.FunctionTable.Find(name) is null)];
    }

    private static void Collect(SyntaxNode? node, List<string> read, HashSet<string> bound)
    {
        if (node is null)
        {
            return;
        }

        switch (node.Kind)
        {
            case SyntaxKind.Variable:
                read.Add(node.Text);
                break;
            case SyntaxKind.Bind:
                bound.Add(node.Text);
                break;
            case SyntaxKind.Lambda:
                bound.UnionWith(node.Children.Select(parameter => parameter.Text));
                break;
            case SyntaxKind.Index:
                bound.Add(node.Text);
                break;
        }

        bound.UnionWith(new[] { node.Focus, node.IndexVariable }.OfType<string>());
        foreach (var part in Parts(node))
        {
            Collect(part, read, bound);
        }
    }

    private static IEnumerable<SyntaxNode?> Parts(SyntaxNode node) =>
        new[] { node.Left, node.Right, node.Third }
            .Concat(node.Kind == SyntaxKind.Lambda ? [] : node.Children)
            .Concat(node.Pairs.SelectMany(pair => new[] { pair.Key, pair.Value }))
            .Concat(node.Terms.Select(term => term.Expression))
            .Concat(node.Predicates ?? [])
            .Concat(node.Stages ?? [])
            .Concat(node.Group is null ? [] : node.Group.Pairs.SelectMany(pair => new[] { pair.Key, pair.Value }));
}
