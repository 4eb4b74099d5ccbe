using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary>Steps, each evaluated for every item that the one before gave: <c>Account.Order.Product</c>.</summary>
/// <param name="isTuple">True when a path around this one needs the variables bound in it.</param>
/// <param name="keepsSingleton">True when a step is followed by <c>[]</c>.</param>
internal sealed class PathNode(PathStep[] steps, bool isTuple, bool keepsSingleton) : Node
{
    /// <summary>The name that the path begins with, for the hint that a function was meant.</summary>
    public string? FirstName { get; init; }

    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        // A variable as the first step sees the whole input, anything else each of its items.
        var value = input;
        var isList = input is { IsArray: true } && steps[0].Expression is not VariableNode;
        AslValue? tuples = null;
        var hasTuples = false;
        for (var i = 0; i < steps.Length; i++)
        {
            var step = steps[i];
            hasTuples |= step.IsTuple;
            if (i == 0 && step.IsConstructedArray)
            {
                value = step.Expression.Evaluate(input, frame);
                isList = value is { IsArray: true };
            }
            else if (hasTuples)
            {
                tuples = step.EvaluateTuples(isList ? value : value is null ? null : AslValue.ArrayOf([value]), tuples, frame);
            }
            else
            {
                (value, isList) = step.Evaluate(value, isList, frame, i == steps.Length - 1);
            }

            if (!hasTuples && (value is null || (isList && value.Count == 0)))
            {
                // An empty array that is no sequence is a value; before the last step there is nothing to go on with.
                var isValue = value is not null && !value.IsSequence() && (i == steps.Length - 1 || step.IsConstructedArray);
                value = isValue ? value : null;
                break;
            }
        }

        if (hasTuples)
        {
            return Complete(isTuple ? tuples : Items(tuples!, frame), tuples, frame);
        }

        return Complete(value, value, frame);
    }

    private static AslValue Items(AslValue tuples, Frame frame)
    {
        var items = default(SequenceBuilder);
        foreach (var tuple in tuples.Items)
        {
            items.Add(((TupleValue)tuple).Item);
        }

        return items.ToArray(frame.Run, ArrayTraits.Sequence);
    }

    private AslValue? Complete(AslValue? result, AslValue? grouped, Frame frame)
    {
        if (keepsSingleton && result is not null)
        {
            if (!result.IsArray)
            {
                result = AslValue.ArrayOf([result], ArrayTraits.Sequence | ArrayTraits.KeepsSingleton);
            }
            else if (result.IsConstructed() && !result.IsSequence())
            {
                result = AslValue.ArrayOf([result], ArrayTraits.Sequence | ArrayTraits.KeepsSingleton);
            }
            else if (result.IsSequence())
            {
                result.Traits |= ArrayTraits.KeepsSingleton;
            }

            grouped = grouped is { } tuples && tuples.IsTupleStream() ? grouped : result;
        }

        return Group is null ? result : Group.Evaluate(grouped, frame);
    }
}
