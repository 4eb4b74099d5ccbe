using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

internal sealed class NegationNode(Node operand) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var value = operand.Evaluate(input, frame);
        return value is null ? null
            : value.Kind == AslKind.Number && !double.IsNaN(value.Number) ? AslValue.OfJavaScript(-Operand.Finite(value))
            : throw new JsonataException("D1002", Position) { Token = "-", Value = JsonataException.Shown(value) };
    }
}

/// <summary><c>and</c> and <c>or</c>.</summary>
internal sealed class LogicNode(Node left, Node right, bool isAnd) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var first = Operand.IsTrue(left.Evaluate(input, frame));
        return AslValue.Of(isAnd ? first && Operand.IsTrue(right.Evaluate(input, frame)) : first || Operand.IsTrue(right.Evaluate(input, frame)));
    }
}

/// <summary>An operator with two operands, both of which are evaluated.</summary>
internal abstract class OperatorNode(string symbol, Node left, Node right) : Node
{
    protected string Symbol { get; } = symbol;

    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var first = left.Evaluate(input, frame);
        return Combine(first, right.Evaluate(input, frame), frame.Run);
    }

    protected abstract AslValue? Combine(AslValue? left, AslValue? right, JsonataRun run);

    protected JsonataException Error(string code, AslValue? value, AslValue? value2 = null) => new(code, Position)
    {
        Token = Symbol,
        Value = JsonataException.Shown(value),
        Value2 = JsonataException.Shown(value2),
    };
}

/// <summary><c>+ - * / %</c>.</summary>
internal sealed class ArithmeticNode(string symbol, Node left, Node right) : OperatorNode(symbol, left, right)
{
    private readonly char _operator = symbol[0];

    protected override AslValue? Combine(AslValue? left, AslValue? right, JsonataRun run)
    {
        if (left is not null && !IsNumeric(left))
        {
            throw Error("T2001", left);
        }

        if (right is not null && !IsNumeric(right))
        {
            throw Error("T2002", right);
        }

        return left is null || right is null ? null : AslValue.OfJavaScript(_operator switch
        {
            '+' => left.Number + right.Number,
            '-' => left.Number - right.Number,
            '*' => left.Number * right.Number,
            '/' => left.Number / right.Number,
            _ => left.Number % right.Number,
        });
    }

    private bool IsNumeric(AslValue value) =>
        value.Kind == AslKind.Number && (!double.IsInfinity(value.Number) ? !double.IsNaN(value.Number) : throw Error("D1001", value));
}

/// <summary><c>=</c> and <c>!=</c>; with nothing on either side both are false.</summary>
internal sealed class EqualityNode(string symbol, Node left, Node right) : OperatorNode(symbol, left, right)
{
    protected override AslValue? Combine(AslValue? left, AslValue? right, JsonataRun run) =>
        AslValue.Of(left is not null && right is not null && Operand.DeepEquals(left, right) == (Symbol == "="));
}

/// <summary><c>&lt; &lt;= &gt; &gt;=</c>, of two numbers or two strings.</summary>
internal sealed class ComparisonNode(string symbol, Node left, Node right) : OperatorNode(symbol, left, right)
{
    protected override AslValue? Combine(AslValue? left, AslValue? right, JsonataRun run)
    {
        if (!IsComparable(left) || !IsComparable(right))
        {
            throw Error("T2010", left is { Kind: AslKind.String or AslKind.Number } ? right : left);
        }

        if (left is null || right is null)
        {
            return null;
        }

        if (left.Kind != right.Kind)
        {
            throw Error("T2009", left, right);
        }

        if (left.Kind == AslKind.Number)
        {
            var (a, b) = (left.Number, right.Number);
            return AslValue.Of(Symbol switch { "<" => a < b, "<=" => a <= b, ">" => a > b, _ => a >= b });
        }

        var order = string.CompareOrdinal(left.Text, right.Text);
        return AslValue.Of(Symbol switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 });
    }

    private static bool IsComparable(AslValue? value) => value is null or { Kind: AslKind.String or AslKind.Number };
}

/// <summary><c>&amp;</c>: both as strings, nothing as the empty one.</summary>
internal sealed class ConcatenationNode(Node left, Node right) : OperatorNode("&", left, right)
{
    protected override AslValue? Combine(AslValue? left, AslValue? right, JsonataRun run)
    {
        var first = Functions.StringFunctions.Text(left, run);
        var second = Functions.StringFunctions.Text(right, run);
        run.ChargeText((long)first.Length + second.Length);
        return AslValue.Of(first + second);
    }
}

/// <summary><c>in</c>: a string, number, boolean or null among those of an array.</summary>
internal sealed class InclusionNode(Node left, Node right) : OperatorNode("in", left, right)
{
    protected override AslValue? Combine(AslValue? left, AslValue? right, JsonataRun run)
    {
        if (left is null || right is null)
        {
            return AslValue.False;
        }

        if (!right.IsArray)
        {
            return AslValue.Of(IsSame(left, right));
        }

        foreach (var item in right.Items)
        {
            run.Step();
            if (IsSame(left, item))
            {
                return AslValue.True;
            }
        }

        return AslValue.False;
    }

    private static bool IsSame(AslValue left, AslValue right) => ReferenceEquals(left, right)
        || (left.Kind is not (AslKind.Array or AslKind.Object or AslKind.Function) && Operand.DeepEquals(left, right));
}

/// <summary><c>[first..last]</c>.</summary>
internal sealed class RangeNode(Node left, Node right) : OperatorNode("..", left, right)
{
    private const double LargestSize = 1e7;

    protected override AslValue? Combine(AslValue? left, AslValue? right, JsonataRun run)
    {
        if (left is not null && !IsWhole(left))
        {
            throw Error("T2003", left);
        }

        if (right is not null && !IsWhole(right))
        {
            throw Error("T2004", right);
        }

        if (left is null || right is null || left.Number > right.Number)
        {
            return null;
        }

        var size = right.Number - left.Number + 1;
        if (size > LargestSize)
        {
            throw Error("D2014", AslValue.OfJavaScript(size));
        }

        run.Charge((long)size);
        var items = new AslValue[(int)size];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = AslValue.OfJavaScript(left.Number + i);
        }

        return AslValue.ArrayOf(items, ArrayTraits.Sequence);
    }

    private static bool IsWhole(AslValue value) => value.Kind == AslKind.Number && double.IsInteger(value.Number);
}
