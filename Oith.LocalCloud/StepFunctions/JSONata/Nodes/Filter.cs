using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary>Keeps the items that a predicate accepts: by their index, by a list of indexes, or by a condition.</summary>
internal static class Filter
{
    public static AslValue? Apply(Node predicate, AslValue? input, Frame frame)
    {
        var results = default(SequenceBuilder);
        if (predicate is LiteralNode { Value.Kind: AslKind.Number, Predicates.Length: 0 } literal)
        {
            if (At(input, literal.Value.Number) is not { } item)
            {
                return null;
            }

            if (item.IsArray)
            {
                return item;
            }

            results.Add(item);
            return Result(results, input, frame);
        }

        if (input is not { IsArray: true })
        {
            for (var times = Accepts(predicate, input, input, frame, 0, 1); times > 0; times--)
            {
                results.Add(input);
            }

            return results.ToResult(frame.Run);
        }

        var isTuples = input.IsTupleStream();
        for (var i = 0; i < input.Count; i++)
        {
            frame.Run.Step();
            var item = input.Items[i];
            var accepted = isTuples && item is TupleValue tuple
                ? Accepts(predicate, tuple.Item, item, tuple.Bind(frame), i, input.Count)
                : Accepts(predicate, item, item, frame, i, input.Count);
            for (; accepted > 0; accepted--)
            {
                results.Add(item);
            }
        }

        return Result(results, input, frame);
    }

    private static AslValue Result(in SequenceBuilder results, AslValue? input, Frame frame) => results.ToArray(
        frame.Run, input is not null && input.IsTupleStream() ? ArrayTraits.Sequence | ArrayTraits.TupleStream : ArrayTraits.Sequence);

    private static AslValue? At(AslValue? input, double number)
    {
        var index = Math.Floor(number);
        var count = input is { IsArray: true } ? input.Count : 1;
        index = index < 0 ? count + index : index;
        return !(index >= 0 && index < count) ? null : input is { IsArray: true } ? input.Items[(int)index] : input;
    }

    /// <summary>How often the item is kept: a list of indexes may name it more than once.</summary>
    private static int Accepts(Node predicate, AslValue? context, AslValue? item, Frame frame, int index, int count)
    {
        var result = predicate.Evaluate(context, frame);
        if (result is null || item is null)
        {
            return 0;
        }

        if (result.Kind == AslKind.Number)
        {
            return IsAt(Operand.Finite(result), index, count) ? 1 : 0;
        }

        if (result.IsArray && Operand.IsArrayOf(result, AslKind.Number))
        {
            var times = 0;
            foreach (var one in result.Items)
            {
                times += IsAt(Operand.Finite(one), index, count) ? 1 : 0;
            }

            return times;
        }

        return Operand.IsTrue(result) ? 1 : 0;
    }

    private static bool IsAt(double number, int index, int count)
    {
        var at = Math.Floor(number);
        return (at < 0 ? count + at : at).Equals(index);
    }
}
