using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary><c>condition ? then : otherwise</c>; <c>?:</c> and <c>??</c> are conditions too.</summary>
internal sealed class ConditionNode(Node condition, Node then, Node? otherwise) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame) =>
        Operand.IsTrue(condition.Evaluate(input, frame)) ? then.Evaluate(input, frame) : otherwise?.Evaluate(input, frame);
}

/// <summary><c>(a; b; c)</c>, with variables of its own; its value is that of the last.</summary>
internal sealed class BlockNode(Node[] expressions) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var inner = frame.Inner();
        AslValue? result = null;
        foreach (var expression in expressions)
        {
            result = expression.Evaluate(input, inner);
        }

        return result;
    }
}

/// <summary><c>$name := value</c>.</summary>
internal sealed class BindNode(string name, Node value) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var bound = value.Evaluate(input, frame);
        frame.Bind(name, bound);
        return bound;
    }
}
