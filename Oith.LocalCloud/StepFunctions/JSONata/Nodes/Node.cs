using System.Runtime.CompilerServices;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary>A part of a compiled expression. It never changes, so that evaluations share it.</summary>
internal abstract class Node
{
    public int Position { get; set; }

    /// <summary>A sequence of one item stays an array.</summary>
    public bool KeepsArray { get; set; }

    public Node[] Predicates { get; set; } = [];

    public GroupClause? Group { get; set; }

    public AslValue? Evaluate(AslValue? input, Frame frame)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw JsonataException.TooDeep;
        }

        var run = frame.Run;
        run.Enter();
        var result = Compute(input, frame);
        for (var i = 0; i < Predicates.Length; i++)
        {
            result = Filter.Apply(Predicates[i], result, frame);
        }

        if (Group is not null && this is not PathNode)
        {
            result = Group.Evaluate(result, frame);
        }

        run.Leave();
        return result is { Traits: not ArrayTraits.None } ? Unwrapped(result) : result;
    }

    protected abstract AslValue? Compute(AslValue? input, Frame frame);

    private AslValue? Unwrapped(AslValue result)
    {
        if (!result.IsSequence() || result.Traits.HasFlag(ArrayTraits.TupleStream))
        {
            return result;
        }

        if (KeepsArray)
        {
            result.Traits |= ArrayTraits.KeepsSingleton;
        }

        return result.Count switch
        {
            0 => null,
            1 when !result.Traits.HasFlag(ArrayTraits.KeepsSingleton) => result.Items[0],
            _ => result,
        };
    }
}

internal static class SequenceTraits
{
    public static bool IsSequence(this AslValue value) => (value.Traits & ArrayTraits.Sequence) != 0;

    public static bool IsTupleStream(this AslValue value) => (value.Traits & ArrayTraits.TupleStream) != 0;

    /// <summary>The item of a sequence that wraps the input; the value itself otherwise.</summary>
    public static AslValue? WithoutWrapper(this AslValue? value) =>
        value is not null && (value.Traits & ArrayTraits.OuterWrapper) != 0 ? value.Items[0] : value;
}
