using System.Text;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>One step of a document path: a member's name, written out or as a placeholder, or a list's index.</summary>
/// <param name="Name">The written name in UTF-8; null for a placeholder or an index.</param>
/// <param name="Placeholder">Which of the expression's name placeholders; -1 for none.</param>
/// <param name="Index">The list's index; -1 for a name.</param>
internal readonly record struct PathStep(byte[]? Name, int Placeholder, int Index)
{
    public bool IsIndex => Index >= 0;

    public byte[] NameIn(Bindings bindings) => Name ?? bindings.Names[Placeholder];
}

/// <summary>Where a value stands in an item: <c>address.lines[0]</c>.</summary>
internal sealed record DocumentPath(PathStep[] Steps)
{
    public byte[] Head(Bindings bindings) => Steps[0].NameIn(bindings);

    public AttributeValue Resolve(AttributeValue root, Bindings bindings)
    {
        foreach (var step in Steps)
        {
            if (!root.IsPresent)
            {
                return default;
            }

            root = step.IsIndex ? root.Element(step.Index) : root.Member(step.NameIn(bindings));
        }

        return root;
    }

    public bool Is(DocumentPath other, Bindings bindings) =>
        Steps.Length == other.Steps.Length && CommonSteps(other, bindings, out _) == Steps.Length;

    /// <summary>How many leading steps both paths share.</summary>
    /// <param name="conflict">True: they part where one has a name and the other an index.</param>
    public int CommonSteps(DocumentPath other, Bindings bindings, out bool conflict)
    {
        conflict = false;
        var length = Math.Min(Steps.Length, other.Steps.Length);
        for (var index = 0; index < length; index++)
        {
            var (mine, theirs) = (Steps[index], other.Steps[index]);
            if (mine.IsIndex != theirs.IsIndex)
            {
                conflict = true;
                return index;
            }

            if (mine.IsIndex ? mine.Index != theirs.Index : !mine.NameIn(bindings).AsSpan().SequenceEqual(theirs.NameIn(bindings)))
            {
                return index;
            }
        }

        return length;
    }

    /// <summary>The path as errors show it: <c>[address, lines, [0]]</c>.</summary>
    public string Describe(Bindings bindings) =>
        $"[{string.Join(", ", Steps.Select(step => step.IsIndex ? $"[{step.Index}]" : Encoding.UTF8.GetString(step.NameIn(bindings))))}]";

    /// <exception cref="ExpressionException">Two of the paths overlap or conflict.</exception>
    public static void CheckDistinct(IReadOnlyList<DocumentPath> paths, Bindings bindings)
    {
        for (var second = 1; second < paths.Count; second++)
        {
            for (var first = 0; first < second; first++)
            {
                var shared = paths[first].CommonSteps(paths[second], bindings, out var conflict);
                if (!conflict && shared < Math.Min(paths[first].Steps.Length, paths[second].Steps.Length))
                {
                    continue;
                }

                throw new ExpressionException(
                    $"Two document paths {(conflict ? "conflict" : "overlap")} with each other; must remove or rewrite one of these paths; "
                    + $"path one: {paths[first].Describe(bindings)}, path two: {paths[second].Describe(bindings)}");
            }
        }
    }
}
