using Oith.LocalCloud.StepFunctions.JSONata.Syntax;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary>Builds what is evaluated from the analysed syntax tree.</summary>
internal static class NodeBuilder
{
    public static Node Build(SyntaxNode syntax)
    {
        var node = Create(syntax);
        node.Position = syntax.Position;
        node.KeepsArray = syntax.KeepsArray;
        node.Predicates = [.. (syntax.Predicates ?? []).Select(filter => Build(filter.Left!))];
        node.Group = syntax.Group is { } group ? Clause(group.Pairs, group.Position) : null;

        // What stands after a call in tail position (a grouping, []) does not apply to it, as in the reference.
        return syntax.IsTailCall ? new TailCallNode((CallNode)node) { Position = syntax.Position } : node;
    }

    private static Node Create(SyntaxNode syntax) => syntax.Kind switch
    {
        SyntaxKind.Path => Path(syntax),
        SyntaxKind.Name => new NameNode(syntax.Text),
        SyntaxKind.Variable => new VariableNode(syntax.Text),
        SyntaxKind.String or SyntaxKind.Number or SyntaxKind.Value => new LiteralNode(syntax.Literal!),
        SyntaxKind.Wildcard => new WildcardNode(),
        SyntaxKind.Descendant => new DescendantNode(),
        SyntaxKind.Parent => new ParentNode(syntax.Slot!.Label),
        SyntaxKind.Regex => new RegexNode(RegexTranslator.Translate(syntax.Text, syntax.Flags, syntax.Position), syntax.Text),
        SyntaxKind.Unary => Unary(syntax),
        SyntaxKind.Binary => Binary(syntax),
        SyntaxKind.Function => new CallNode(Build(syntax.Left!), Build(syntax.Children)),
        SyntaxKind.Partial => new PartialNode(
            Build(syntax.Left!), [.. syntax.Children.Select(argument => argument.Kind == SyntaxKind.Operator ? null : Build(argument))]),
        SyntaxKind.Lambda => new LambdaNode([.. syntax.Children.Select(parameter => parameter.Text)], syntax.Signature, Build(syntax.Right!)),
        SyntaxKind.Condition => new ConditionNode(Build(syntax.Left!), Build(syntax.Right!), syntax.Third is null ? null : Build(syntax.Third)),
        SyntaxKind.Block => new BlockNode(Build(syntax.Children)),
        SyntaxKind.Bind => new BindNode(syntax.Text, Build(syntax.Right!)),
        SyntaxKind.Apply => new ApplyNode(Build(syntax.Left!), Build(syntax.Right!)),
        SyntaxKind.Transform => new TransformNode(Build(syntax.Left!), Build(syntax.Right!), syntax.Third is null ? null : Build(syntax.Third)),
        SyntaxKind.Sort => new SortNode(
            [.. syntax.Terms.Select(term => Build(term.Expression))], [.. syntax.Terms.Select(term => term.IsDescending)]),
        _ => throw new JsonataException("S0201", syntax.Position) { Token = syntax.Text },
    };

    private static Node[] Build(List<SyntaxNode> children) => [.. children.Select(Build)];

    private static GroupClause Clause(IReadOnlyList<(SyntaxNode Key, SyntaxNode Value)> pairs, int position) =>
        new([.. pairs.Select(pair => Build(pair.Key))], [.. pairs.Select(pair => Build(pair.Value))], position);

    private static Node Unary(SyntaxNode syntax) => syntax.Text switch
    {
        "[" => new ArrayNode(Build(syntax.Children), syntax.IsConstructedArray),
        "{" => new ObjectNode(Clause(syntax.Pairs, syntax.Position)),
        _ => new NegationNode(Build(syntax.Left!)),
    };

    private static Node Binary(SyntaxNode syntax)
    {
        var (left, right) = (Build(syntax.Left!), Build(syntax.Right!));
        return syntax.Text switch
        {
            "and" or "or" => new LogicNode(left, right, syntax.Text == "and"),
            "=" or "!=" => new EqualityNode(syntax.Text, left, right),
            "<" or "<=" or ">" or ">=" => new ComparisonNode(syntax.Text, left, right),
            "&" => new ConcatenationNode(left, right),
            ".." => new RangeNode(left, right),
            "in" => new InclusionNode(left, right),
            _ => new ArithmeticNode(syntax.Text, left, right),
        };
    }

    private static PathNode Path(SyntaxNode syntax) => new([.. syntax.Children.Select(Step)], syntax.IsTuple, syntax.KeepsSingleton)
    {
        FirstName = syntax.Children[0].Kind == SyntaxKind.Name ? syntax.Children[0].Text : null,
    };

    private static PathStep Step(SyntaxNode syntax) => new(Build(syntax))
    {
        Stages = [.. (syntax.Stages ?? []).Select(stage =>
            stage.Kind == SyntaxKind.Filter ? new Stage(Build(stage.Left!), null) : new Stage(null, stage.Text))],
        Focus = syntax.Focus,
        IndexVariable = syntax.IndexVariable,
        AncestorLabel = syntax.Ancestor?.Label,
        IsTuple = syntax.IsTuple,
        IsConstructedArray = syntax.IsConstructedArray,
    };
}
