using System.Globalization;

namespace Oith.LocalCloud.StepFunctions.JSONata.Syntax;

/// <summary>Finds for each <c>%</c> the step whose context it stands for, and has that step bind it.</summary>
internal sealed class AncestorResolver
{
    private int _labels;

    public SyntaxNode NewParent(SyntaxNode node) => new(SyntaxKind.Parent, node.Text, node.Position)
    {
        Slot = new ParentSlot("!" + (_labels++).ToString(CultureInfo.InvariantCulture)),
    };

    /// <summary>Has a node seek the parents that a part of it seeks.</summary>
    public static void Pass(SyntaxNode result, SyntaxNode part)
    {
        if (part.SeekingParent is null && part.Kind != SyntaxKind.Parent)
        {
            return;
        }

        var slots = part.SeekingParent ?? [];
        if (part.Kind == SyntaxKind.Parent)
        {
            slots.Add(part.Slot!);
        }

        if (result.SeekingParent is null)
        {
            result.SeekingParent = slots;
        }
        else
        {
            result.SeekingParent.AddRange(slots.ToArray());
        }
    }

    public void PassFromPredicate(SyntaxNode step, SyntaxNode predicate)
    {
        if (predicate.SeekingParent is null)
        {
            return;
        }

        foreach (var slot in predicate.SeekingParent)
        {
            if (slot.Level == 1)
            {
                Seek(step, slot);
            }
            else
            {
                slot.Level--;
            }
        }

        Pass(step, predicate);
    }

    /// <summary>Binds what the last step of a path seeks to the steps before it; the path seeks the rest.</summary>
    public void Resolve(SyntaxNode path)
    {
        var last = path.Children[^1];
        var slots = last.SeekingParent ?? [];
        if (last.Kind == SyntaxKind.Parent)
        {
            slots.Add(last.Slot!);
        }

        foreach (var slot in slots.ToArray())
        {
            var index = path.Children.Count - 2;
            while (slot.Level > 0)
            {
                if (index < 0)
                {
                    (path.SeekingParent ??= []).Add(slot);
                    break;
                }

                // Context bindings in a row count as one step.
                var step = path.Children[index--];
                while (index >= 0 && step.Focus is not null && path.Children[index].Focus is not null)
                {
                    step = path.Children[index--];
                }

                Seek(step, slot);
            }
        }
    }

    private static void Seek(SyntaxNode node, ParentSlot slot)
    {
        switch (node.Kind)
        {
            case SyntaxKind.Name or SyntaxKind.Wildcard:
                if (--slot.Level == 0)
                {
                    slot.Label = node.Ancestor?.Label ?? slot.Label;
                    node.Ancestor = slot;
                    node.IsTuple = true;
                }

                break;
            case SyntaxKind.Parent:
                slot.Level++;
                break;
            case SyntaxKind.Block:
                if (node.Children.Count > 0)
                {
                    node.IsTuple = true;
                    Seek(node.Children[^1], slot);
                }

                break;
            case SyntaxKind.Path:
                node.IsTuple = true;
                var index = node.Children.Count - 1;
                Seek(node.Children[index--], slot);
                while (slot.Level > 0 && index >= 0)
                {
                    Seek(node.Children[index--], slot);
                }

                break;
            default:
                throw new JsonataException("S0217", node.Position) { Token = node.Text };
        }
    }
}
