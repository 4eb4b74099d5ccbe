namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>A parsed expression; the same text is parsed once and shared by all requests that send it.</summary>
internal abstract class Expression
{
    /// <summary><c>#name</c> placeholders in the order of their first use.</summary>
    public required IReadOnlyList<Placeholder> Names { get; init; }

    /// <summary><c>:value</c> placeholders in the order of their first use.</summary>
    public required IReadOnlyList<Placeholder> Values { get; init; }

    /// <summary>Checks what can only be checked with the values at hand.</summary>
    /// <exception cref="ExpressionException">An operand's type does not fit, or paths overlap.</exception>
    public abstract void Validate(Bindings bindings);
}

/// <param name="Text">With its sign: <c>:limit</c>.</param>
/// <param name="Utf8">The same in UTF-8.</param>
internal sealed record Placeholder(string Text, byte[] Utf8);

/// <summary>A condition, filter or key condition.</summary>
internal sealed class ConditionExpression : Expression
{
    public required Condition Root { get; init; }

    /// <summary>All paths that it reads.</summary>
    public required IReadOnlyList<DocumentPath> Paths { get; init; }

    public override void Validate(Bindings bindings) => Root.Validate(bindings);
}

/// <summary>The attributes to return: <c>email, address.city, photos[0]</c>.</summary>
internal sealed class ProjectionExpression : Expression
{
    public required IReadOnlyList<DocumentPath> Paths { get; init; }

    public override void Validate(Bindings bindings) => DocumentPath.CheckDistinct(Paths, bindings);
}
