using System.Text;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>Something that is true or false of an item.</summary>
internal abstract class Condition
{
    /// <param name="item">The item's map; absent when there is no item.</param>
    public abstract bool IsTrue(AttributeValue item, Bindings bindings);

    /// <exception cref="ExpressionException">An operand's type does not fit.</exception>
    public abstract void Validate(Bindings bindings);
}

internal sealed class AndCondition(Condition left, Condition right) : Condition
{
    public Condition Left { get; } = left;

    public Condition Right { get; } = right;

    public override bool IsTrue(AttributeValue item, Bindings bindings) => Left.IsTrue(item, bindings) && Right.IsTrue(item, bindings);

    public override void Validate(Bindings bindings)
    {
        Left.Validate(bindings);
        Right.Validate(bindings);
    }
}

internal sealed class OrCondition(Condition left, Condition right) : Condition
{
    public override bool IsTrue(AttributeValue item, Bindings bindings) => left.IsTrue(item, bindings) || right.IsTrue(item, bindings);

    public override void Validate(Bindings bindings)
    {
        left.Validate(bindings);
        right.Validate(bindings);
    }
}

internal sealed class NotCondition(Condition inner) : Condition
{
    public override bool IsTrue(AttributeValue item, Bindings bindings) => !inner.IsTrue(item, bindings);

    public override void Validate(Bindings bindings) => inner.Validate(bindings);
}

internal enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary><c>age &gt;= :minimum</c>. Values of different types, and absent ones, are unequal and never ordered.</summary>
internal sealed class ComparisonCondition(Comparison comparison, Operand left, Operand right) : Condition
{
    private static readonly string[] s_symbols = ["=", "<>", "<", "<=", ">", ">="];

    public Comparison Comparison { get; } = comparison;

    public Operand Left { get; } = left;

    public Operand Right { get; } = right;

    public string Symbol => s_symbols[(int)Comparison];

    public static Comparison Parse(string symbol) => (Comparison)Array.IndexOf(s_symbols, symbol);

    public static bool IsSymbol(string symbol) => Array.IndexOf(s_symbols, symbol) >= 0;

    public override bool IsTrue(AttributeValue item, Bindings bindings)
    {
        var left = Left.Evaluate(item, bindings);
        var right = Right.Evaluate(item, bindings);
        switch (Comparison)
        {
            case Comparison.Equal:
                return left.Equals(right);
            case Comparison.NotEqual:
                return !left.Equals(right);
        }

        if (!left.IsPresent || !right.IsPresent || left.Type != right.Type || !left.Type.IsScalar())
        {
            return false;
        }

        var order = left.Scalar.SequenceCompareTo(right.Scalar);
        return Comparison switch
        {
            Comparison.Less => order < 0,
            Comparison.LessOrEqual => order <= 0,
            Comparison.Greater => order > 0,
            _ => order >= 0,
        };
    }

    public override void Validate(Bindings bindings)
    {
        Left.Validate(bindings);
        Right.Validate(bindings);
        ConditionRules.CheckDistinct(Symbol, Left, Right, bindings);
        if (Comparison is Comparison.Equal or Comparison.NotEqual)
        {
            return;
        }

        foreach (var type in (ReadOnlySpan<AttributeType>)[Left.TypeIn(bindings), Right.TypeIn(bindings)])
        {
            if (type != AttributeType.None && !type.IsScalar())
            {
                throw new ExpressionException(
                    $"Incorrect operand type for operator or function; operator: {Symbol}, operand type: {type.Name()}");
            }
        }
    }
}

/// <summary><c>age BETWEEN :lower AND :upper</c></summary>
internal sealed class BetweenCondition(Operand value, Operand lower, Operand upper) : Condition
{
    public Operand Value { get; } = value;

    public Operand Lower { get; } = lower;

    public Operand Upper { get; } = upper;

    public override bool IsTrue(AttributeValue item, Bindings bindings)
    {
        var value = Value.Evaluate(item, bindings);
        var lower = Lower.Evaluate(item, bindings);
        var upper = Upper.Evaluate(item, bindings);
        return value.IsPresent && lower.IsPresent && upper.IsPresent
            && value.Type.IsScalar() && value.Type == lower.Type && value.Type == upper.Type
            && value.Scalar.SequenceCompareTo(lower.Scalar) >= 0 && value.Scalar.SequenceCompareTo(upper.Scalar) <= 0;
    }

    public override void Validate(Bindings bindings)
    {
        Value.Validate(bindings);
        Lower.Validate(bindings);
        Upper.Validate(bindings);
        if (Lower is not ValueOperand || Upper is not ValueOperand)
        {
            return;
        }

        var (lower, upper) = (Lower.Evaluate(default, bindings), Upper.Evaluate(default, bindings));
        foreach (var bound in (ReadOnlySpan<AttributeValue>)[lower, upper])
        {
            if (!bound.Type.IsScalar())
            {
                throw new ExpressionException(
                    $"Incorrect operand type for operator or function; operator: BETWEEN, operand type: {bound.Type.Name()}");
            }
        }

        var problem = lower.Type != upper.Type ? "same data type for lower and upper bounds"
            : lower.Scalar.SequenceCompareTo(upper.Scalar) > 0 ? "upper bound to be greater than or equal to lower bound"
            : null;
        if (problem is not null)
        {
            throw new ExpressionException(
                $"The BETWEEN operator requires {problem}; lower bound operand: AttributeValue: {AttributeJson.Describe(lower)}, "
                + $"upper bound operand: AttributeValue: {AttributeJson.Describe(upper)}");
        }
    }
}

/// <summary><c>status IN (:a, :b)</c></summary>
internal sealed class InCondition(Operand value, IReadOnlyList<Operand> choices) : Condition
{
    public override bool IsTrue(AttributeValue item, Bindings bindings)
    {
        var wanted = value.Evaluate(item, bindings);
        foreach (var choice in choices)
        {
            if (wanted.Equals(choice.Evaluate(item, bindings)))
            {
                return true;
            }
        }

        return false;
    }

    public override void Validate(Bindings bindings)
    {
        value.Validate(bindings);
        foreach (var choice in choices)
        {
            choice.Validate(bindings);
            ConditionRules.CheckDistinct("IN", value, choice, bindings);
        }
    }
}

/// <summary><c>attribute_exists(path)</c> and its opposite.</summary>
internal sealed class ExistsCondition(DocumentPath path, bool exists) : Condition
{
    public bool Exists { get; } = exists;

    public override bool IsTrue(AttributeValue item, Bindings bindings) => path.Resolve(item, bindings).IsPresent == Exists;

    public override void Validate(Bindings bindings)
    {
    }
}

/// <summary><c>attribute_type(path, :type)</c></summary>
internal sealed class TypeCondition(Operand value, Operand type) : Condition
{
    public override bool IsTrue(AttributeValue item, Bindings bindings)
    {
        var found = value.Evaluate(item, bindings);
        return found.IsPresent && AttributeTypes.TryParse(type.Evaluate(item, bindings).Scalar, out var wanted) && found.Type == wanted;
    }

    public override void Validate(Bindings bindings)
    {
        value.Validate(bindings);
        var given = type.TypeIn(bindings);
        if (given != AttributeType.S)
        {
            throw new ExpressionException(
                "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: "
                + (given == AttributeType.None ? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}" : given.Name()));
        }

        var name = type.Evaluate(default, bindings).Scalar;
        if (!AttributeTypes.TryParse(name, out _))
        {
            throw new ExpressionException(
                $"Invalid attribute type name found; type: {Encoding.UTF8.GetString(name)}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}");
        }
    }
}

/// <summary><c>begins_with(path, :prefix)</c></summary>
internal sealed class BeginsWithCondition(Operand value, Operand prefix) : Condition
{
    public Operand Value { get; } = value;

    public Operand Prefix { get; } = prefix;

    public override bool IsTrue(AttributeValue item, Bindings bindings)
    {
        var whole = Value.Evaluate(item, bindings);
        var start = Prefix.Evaluate(item, bindings);
        return whole.IsPresent && start.IsPresent && whole.Type == start.Type && whole.Type is AttributeType.S or AttributeType.B
            && whole.Scalar.StartsWith(start.Scalar);
    }

    public override void Validate(Bindings bindings)
    {
        Value.Validate(bindings);
        Prefix.Validate(bindings);
        ConditionRules.CheckDistinct("begins_with", Value, Prefix, bindings);
        foreach (var type in (ReadOnlySpan<AttributeType>)[Value.TypeIn(bindings), Prefix.TypeIn(bindings)])
        {
            if (type is not (AttributeType.None or AttributeType.S or AttributeType.B))
            {
                throw ExpressionTypes.WrongOperand("begins_with", type);
            }
        }
    }
}

/// <summary><c>contains(path, :part)</c>: part of a string or binary, element of a set or list.</summary>
internal sealed class ContainsCondition(Operand value, Operand part) : Condition
{
    public override bool IsTrue(AttributeValue item, Bindings bindings)
    {
        var whole = value.Evaluate(item, bindings);
        var wanted = part.Evaluate(item, bindings);
        if (!whole.IsPresent || !wanted.IsPresent)
        {
            return false;
        }

        switch (whole.Type)
        {
            case AttributeType.S or AttributeType.B:
                return wanted.Type == whole.Type && whole.Scalar.IndexOf(wanted.Scalar) >= 0;
            case AttributeType.SS or AttributeType.NS or AttributeType.BS:
                return wanted.Type == whole.Type.ElementType() && whole.SetContains(wanted.Scalar);
            case AttributeType.L:
                foreach (var element in whole.Elements)
                {
                    if (element.Equals(wanted))
                    {
                        return true;
                    }
                }

                return false;
            default:
                return false;
        }
    }

    public override void Validate(Bindings bindings)
    {
        value.Validate(bindings);
        part.Validate(bindings);
        ConditionRules.CheckDistinct("contains", value, part, bindings);
    }
}

internal static class ConditionRules
{
    /// <exception cref="ExpressionException">Both operands are the same path.</exception>
    public static void CheckDistinct(string symbol, Operand first, Operand second, Bindings bindings)
    {
        if (first is PathOperand left && second is PathOperand right && left.Path.Is(right.Path, bindings))
        {
            throw new ExpressionException(
                "The first operand must be distinct from the remaining operands for this operator or function; "
                + $"operator: {symbol}, first operand: {left.Path.Describe(bindings)}");
        }
    }
}
