namespace Oith.LocalCloud.StepFunctions.JSONata.Syntax;

/// <summary>Turns what was parsed into what is evaluated: operators into paths with steps, stages and bindings.</summary>
internal sealed class Analyzer
{
    private readonly AncestorResolver _ancestors = new();

    private Analyzer()
    {
    }

    /// <exception cref="JsonataException">The expression does not make sense.</exception>
    public static SyntaxNode Analyze(SyntaxNode tree)
    {
        var node = new Analyzer().Process(tree);
        return node.Kind != SyntaxKind.Parent && node.SeekingParent is null
            ? node
            : throw new JsonataException("S0217", tree.Position) { Token = tree.Text };
    }

    private SyntaxNode Process(SyntaxNode node)
    {
        var result = node.Kind switch
        {
            SyntaxKind.Binary => Binary(node),
            SyntaxKind.Unary => Unary(node),
            SyntaxKind.Function or SyntaxKind.Partial => Call(node),
            SyntaxKind.Lambda => Lambda(node),
            SyntaxKind.Condition => Condition(node),
            SyntaxKind.Transform => Transform(node),
            SyntaxKind.Block => Block(node),
            SyntaxKind.Name => Name(node),
            SyntaxKind.Parent => _ancestors.NewParent(node),
            SyntaxKind.Operator when node.Text is "and" or "or" or "in" => Name(node),
            SyntaxKind.Operator when node.Text != "?" => throw new JsonataException("S0201", node.Position) { Token = node.Text },
            SyntaxKind.End => throw new JsonataException("S0207", node.Position),
            _ => node,
        };
        result.KeepsArray |= node.KeepsArray;
        return result;
    }

    private SyntaxNode Name(SyntaxNode node)
    {
        var step = node.Kind == SyntaxKind.Name ? node : new SyntaxNode(SyntaxKind.Name, node.Text, node.Position) { KeepsArray = node.KeepsArray };
        return new SyntaxNode(SyntaxKind.Path, "", node.Position) { Children = [step], KeepsSingleton = node.KeepsArray };
    }

    private SyntaxNode Binary(SyntaxNode node) => node.Text switch
    {
        "." => Path(node),
        "[" => Predicate(node),
        "{" => Group(node),
        "^" => OrderBy(node),
        ":=" => Bind(node),
        "@" => Focus(node),
        "#" => Index(node),
        "~>" => Apply(node),
        _ => Operation(node),
    };

    private SyntaxNode Operation(SyntaxNode node)
    {
        var result = new SyntaxNode(SyntaxKind.Binary, node.Text, node.Position) { Left = Process(node.Left!), Right = Process(node.Right!) };
        AncestorResolver.Pass(result, result.Left);
        AncestorResolver.Pass(result, result.Right);
        return result;
    }

    private SyntaxNode Path(SyntaxNode node)
    {
        var left = Process(node.Left!);
        var result = left.Kind == SyntaxKind.Path ? left : new SyntaxNode(SyntaxKind.Path, "", node.Position) { Children = [left] };
        if (left.Kind == SyntaxKind.Parent)
        {
            result.SeekingParent = [left.Slot!];
        }

        var rest = Process(node.Right!);
        if (rest.Kind == SyntaxKind.Path)
        {
            result.Children.AddRange(rest.Children);
        }
        else
        {
            MovePredicatesToStages(rest);
            result.Children.Add(rest);
        }

        foreach (var step in result.Children)
        {
            if (step.Kind is SyntaxKind.Number or SyntaxKind.Value)
            {
                throw new JsonataException("S0213", step.Position) { Value = JsonataException.Shown(step.Literal) };
            }

            if (step.Kind == SyntaxKind.String)
            {
                step.Kind = SyntaxKind.Name;
            }
        }

        result.KeepsSingleton |= result.Children.Exists(step => step.KeepsArray);
        MarkConstructedArray(result.Children[0]);
        MarkConstructedArray(result.Children[^1]);
        _ancestors.Resolve(result);
        return result;
    }

    private static void MarkConstructedArray(SyntaxNode step) => step.IsConstructedArray |= step is { Kind: SyntaxKind.Unary, Text: "[" };

    private static void MovePredicatesToStages(SyntaxNode step)
    {
        if (step.Predicates is not null)
        {
            step.Stages = step.Predicates;
            step.Predicates = null;
        }
    }

    private SyntaxNode Predicate(SyntaxNode node)
    {
        var result = Process(node.Left!);
        var isPath = result.Kind == SyntaxKind.Path;
        var step = isPath ? result.Children[^1] : result;
        if (step.Group is not null)
        {
            throw new JsonataException("S0209", node.Position);
        }

        var predicate = Process(node.Right!);
        _ancestors.PassFromPredicate(step, predicate);
        var filter = new SyntaxNode(SyntaxKind.Filter, "[", node.Position) { Left = predicate };
        if (isPath)
        {
            (step.Stages ??= []).Add(filter);
        }
        else
        {
            (step.Predicates ??= []).Add(filter);
        }

        return result;
    }

    private SyntaxNode Group(SyntaxNode node)
    {
        var result = Process(node.Left!);
        if (result.Group is not null)
        {
            throw new JsonataException("S0210", node.Position);
        }

        result.Group = new GroupSyntax([.. node.Pairs.Select(pair => (Process(pair.Key), Process(pair.Value)))], node.Position);
        return result;
    }

    private SyntaxNode OrderBy(SyntaxNode node)
    {
        var result = Process(node.Left!);
        if (result.Kind != SyntaxKind.Path)
        {
            result = new SyntaxNode(SyntaxKind.Path, "", node.Position) { Children = [result] };
        }

        var sort = new SyntaxNode(SyntaxKind.Sort, "^", node.Position);
        sort.Terms = [.. node.Terms.Select(term =>
        {
            var expression = Process(term.Expression);
            AncestorResolver.Pass(sort, expression);
            return term with { Expression = expression };
        })];
        result.Children.Add(sort);
        _ancestors.Resolve(result);
        return result;
    }

    private SyntaxNode Bind(SyntaxNode node)
    {
        var result = new SyntaxNode(SyntaxKind.Bind, node.Left!.Text, node.Position) { Right = Process(node.Right!) };
        AncestorResolver.Pass(result, result.Right);
        return result;
    }

    private SyntaxNode Focus(SyntaxNode node)
    {
        var result = Process(node.Left!);
        var step = result.Kind == SyntaxKind.Path ? result.Children[^1] : result;
        if (step.Stages is not null || step.Predicates is not null)
        {
            throw new JsonataException("S0215", node.Position);
        }

        if (step.Kind == SyntaxKind.Sort)
        {
            throw new JsonataException("S0216", node.Position);
        }

        step.KeepsArray |= node.KeepsArray;
        step.Focus = node.Right!.Text;
        step.IsTuple = true;
        return result;
    }

    private SyntaxNode Index(SyntaxNode node)
    {
        var result = Process(node.Left!);
        var step = result;
        if (result.Kind == SyntaxKind.Path)
        {
            step = result.Children[^1];
        }
        else
        {
            result = new SyntaxNode(SyntaxKind.Path, "", node.Position) { Children = [step] };
            MovePredicatesToStages(step);
        }

        if (step.Stages is null)
        {
            step.IndexVariable = node.Right!.Text;
        }
        else
        {
            step.Stages.Add(new SyntaxNode(SyntaxKind.Index, node.Right!.Text, node.Position));
        }

        step.IsTuple = true;
        return result;
    }

    private SyntaxNode Apply(SyntaxNode node)
    {
        var result = new SyntaxNode(SyntaxKind.Apply, "~>", node.Position) { Left = Process(node.Left!), Right = Process(node.Right!) };
        result.KeepsArray = result.Left.KeepsArray || result.Right.KeepsArray;
        return result;
    }

    private SyntaxNode Unary(SyntaxNode node)
    {
        var result = new SyntaxNode(SyntaxKind.Unary, node.Text, node.Position);
        switch (node.Text)
        {
            case "[":
                result.Children.AddRange(node.Children.Select(item => PassTo(result, item)));
                break;
            case "{":
                result.Pairs = [.. node.Pairs.Select(pair => (PassTo(result, pair.Key), PassTo(result, pair.Value)))];
                break;
            default:
                var operand = Process(node.Left!);
                if (operand.Kind == SyntaxKind.Number)
                {
                    operand.Literal = Asl.AslValue.OfJavaScript(-operand.Literal!.Number);
                    return operand;
                }

                result.Left = operand;
                AncestorResolver.Pass(result, operand);
                break;
        }

        return result;
    }

    private SyntaxNode Call(SyntaxNode node)
    {
        var result = new SyntaxNode(node.Kind, node.Text, node.Position);
        result.Children.AddRange(node.Children.Select(argument => PassTo(result, argument)));
        result.Left = Process(node.Left!);
        return result;
    }

    private SyntaxNode Lambda(SyntaxNode node)
    {
        var body = Process(node.Right!);
        MarkTailCalls(body);
        return new SyntaxNode(SyntaxKind.Lambda, "", node.Position) { Children = node.Children, Signature = node.Signature, Right = body };
    }

    private static void MarkTailCalls(SyntaxNode? node)
    {
        while (node is not null)
        {
            switch (node.Kind)
            {
                case SyntaxKind.Function when node.Predicates is null:
                    node.IsTailCall = true;
                    return;
                case SyntaxKind.Condition:
                    MarkTailCalls(node.Right);
                    node = node.Third;
                    break;
                case SyntaxKind.Block when node.Children.Count > 0:
                    node = node.Children[^1];
                    break;
                default:
                    return;
            }
        }
    }

    private SyntaxNode Condition(SyntaxNode node)
    {
        var result = new SyntaxNode(SyntaxKind.Condition, node.Text, node.Position);
        result.Left = PassTo(result, node.Left!);
        result.Right = PassTo(result, node.Right!);
        result.Third = node.Third is null ? null : PassTo(result, node.Third);
        return result;
    }

    private SyntaxNode Transform(SyntaxNode node) => new(SyntaxKind.Transform, node.Text, node.Position)
    {
        Left = Process(node.Left!),
        Right = Process(node.Right!),
        Third = node.Third is null ? null : Process(node.Third),
    };

    private SyntaxNode Block(SyntaxNode node)
    {
        var result = new SyntaxNode(SyntaxKind.Block, node.Text, node.Position);
        foreach (var item in node.Children)
        {
            var part = PassTo(result, item);
            result.IsConstructedArray |= part.IsConstructedArray || (part.Kind == SyntaxKind.Path && part.Children[0].IsConstructedArray);
            result.Children.Add(part);
        }

        return result;
    }

    private SyntaxNode PassTo(SyntaxNode result, SyntaxNode node)
    {
        var processed = Process(node);
        AncestorResolver.Pass(result, processed);
        return processed;
    }
}
