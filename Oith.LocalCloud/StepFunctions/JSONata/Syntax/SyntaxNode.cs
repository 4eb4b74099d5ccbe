using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Syntax;

internal enum SyntaxKind
{
    Name,
    Variable,
    Operator,
    String,
    Number,
    Value,
    Regex,
    End,
    Binary,
    Unary,
    Wildcard,
    Descendant,
    Parent,
    Function,
    Partial,
    Lambda,
    Block,
    Condition,
    Transform,
    Bind,
    Apply,
    Path,
    Sort,
    Filter,
    Index,
}

/// <summary>Where the value that <c>%</c> stands for is bound while a path is evaluated.</summary>
internal sealed class ParentSlot(string label)
{
    /// <summary>The name of the binding; two slots of one step come to share it.</summary>
    public string Label { get; set; } = label;

    /// <summary>How many steps up from here.</summary>
    public int Level { get; set; } = 1;
}

/// <summary>One term of an order-by clause.</summary>
internal sealed record SortTerm(SyntaxNode Expression, bool IsDescending);

/// <summary>A grouping clause: pairs of key and value expressions.</summary>
internal sealed record GroupSyntax(IReadOnlyList<(SyntaxNode Key, SyntaxNode Value)> Pairs, int Position);

/// <summary>
/// A node of the syntax tree while it is parsed and analysed. Which members are set depends on the kind; the analysis turns
/// operators into paths, so that a node may gain stages, bindings and slots after it was made.
/// </summary>
internal sealed class SyntaxNode(SyntaxKind kind, string text, int position)
{
    public SyntaxKind Kind { get; set; } = kind;

    public string Text { get; } = text;

    public int Position { get; } = position;

    public AslValue? Literal { get; set; }

    public string Flags { get; init; } = "";

    public SyntaxNode? Left { get; set; }

    public SyntaxNode? Right { get; set; }

    /// <summary>The else branch of a condition, the delete clause of a transform.</summary>
    public SyntaxNode? Third { get; set; }

    /// <summary>Arguments, expressions of a block or an array, steps of a path.</summary>
    public List<SyntaxNode> Children { get; init; } = [];

    public IReadOnlyList<(SyntaxNode Key, SyntaxNode Value)> Pairs { get; set; } = [];

    public IReadOnlyList<SortTerm> Terms { get; set; } = [];

    public Signature? Signature { get; set; }

    /// <summary>Followed by <c>[]</c>.</summary>
    public bool KeepsArray { get; set; }

    /// <summary>A path with a step that is followed by <c>[]</c>.</summary>
    public bool KeepsSingleton { get; set; }

    /// <summary>An array constructor that is the first or the last step of a path.</summary>
    public bool IsConstructedArray { get; set; }

    public List<SyntaxNode>? Predicates { get; set; }

    public List<SyntaxNode>? Stages { get; set; }

    public GroupSyntax? Group { get; set; }

    /// <summary>The variable of <c>@$v</c>.</summary>
    public string? Focus { get; set; }

    /// <summary>The variable of <c>#$i</c>.</summary>
    public string? IndexVariable { get; set; }

    public bool IsTuple { get; set; }

    public ParentSlot? Ancestor { get; set; }

    public ParentSlot? Slot { get; set; }

    public List<ParentSlot>? SeekingParent { get; set; }

    public bool IsTailCall { get; set; }

    /// <summary>Copies a node that was parsed but not analysed yet.</summary>
    public SyntaxNode Copy() => new(Kind, Text, Position)
    {
        Literal = Literal,
        Flags = Flags,
        Left = Left?.Copy(),
        Right = Right?.Copy(),
        Third = Third?.Copy(),
        Children = Children.ConvertAll(child => child.Copy()),
        Pairs = [.. Pairs.Select(pair => (pair.Key.Copy(), pair.Value.Copy()))],
        Terms = [.. Terms.Select(term => new SortTerm(term.Expression.Copy(), term.IsDescending))],
        Signature = Signature,
        KeepsArray = KeepsArray,
    };
}
