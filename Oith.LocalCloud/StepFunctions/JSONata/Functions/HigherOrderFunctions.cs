using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata.Nodes;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>Functions that call a function for each item: <c>$map $filter $single $reduce $sort $each $sift</c>.</summary>
internal static class HigherOrderFunctions
{
    public static IEnumerable<NativeFunction> All() =>
    [
        new("map", 2, "<af>", 2, static (arguments, run) => arguments[0] is { } array ? Map(array, (FunctionValue)arguments[1]!, run) : null),
        new("filter", 2, "<af>", 2, static (arguments, run) => arguments[0] is { } array ? Filter(array, (FunctionValue)arguments[1]!, run) : null),
        new("single", 2, "<af?>", 2, static (arguments, run) => arguments[0] is { } array ? Single(array, (FunctionValue?)arguments[1], run) : null),
        new("reduce", 3, "<afj?:j>", 3, static (arguments, run) =>
            arguments[0] is { } array ? Reduce(array, (FunctionValue)arguments[1]!, arguments[2], run) : null),
        new("sort", 2, "<af?:a>", 2, static (arguments, run) => arguments[0] is { } array ? Sort(array, (FunctionValue?)arguments[1], run) : null),
        new("each", 2, "<o-f:a>", 2, static (arguments, run) => Each(arguments[0], (FunctionValue)arguments[1]!, run)),
        new("sift", 2, "<o-f?:o>", 2, static (arguments, run) => Sift(arguments[0], arguments[1] as FunctionValue, run)),
    ];

    /// <summary>Calls the function with as many of value, key or index, and whole as it takes.</summary>
    private static AslValue? Call(FunctionValue function, AslValue value, Func<AslValue> key, AslValue whole, JsonataRun run) =>
        run.Apply(function, function.Arity >= 3 ? [value, key(), whole] : function.Arity == 2 ? [value, key()] : [value], AslValue.Null);

    private static AslValue? Call(FunctionValue function, AslValue value, int index, AslValue whole, JsonataRun run)
    {
        run.Step();
        return function.Arity switch
        {
            >= 3 => run.Apply(function, [value, AslValue.OfJavaScript(index), whole], AslValue.Null),
            2 => run.Apply(function, [value, AslValue.OfJavaScript(index)], AslValue.Null),
            _ => run.Apply(function, [value], AslValue.Null),
        };
    }

    private static AslValue Map(AslValue array, FunctionValue function, JsonataRun run)
    {
        var results = default(SequenceBuilder);
        for (var i = 0; i < array.Count; i++)
        {
            results.Add(Call(function, array.Items[i], i, array, run));
        }

        return results.ToArray(run, ArrayTraits.Sequence);
    }

    private static AslValue Filter(AslValue array, FunctionValue function, JsonataRun run)
    {
        var results = default(SequenceBuilder);
        for (var i = 0; i < array.Count; i++)
        {
            if (Operand.IsTrue(Call(function, array.Items[i], i, array, run)))
            {
                results.Add(array.Items[i]);
            }
        }

        return results.ToArray(run, ArrayTraits.Sequence);
    }

    private static AslValue Single(AslValue array, FunctionValue? function, JsonataRun run)
    {
        AslValue? found = null;
        for (var i = 0; i < array.Count; i++)
        {
            if (function is null || Operand.IsTrue(Call(function, array.Items[i], i, array, run)))
            {
                found = found is null ? array.Items[i] : throw new JsonataException("D3138") { Index = i };
            }
        }

        return found ?? throw new JsonataException("D3139");
    }

    private static AslValue? Reduce(AslValue array, FunctionValue function, AslValue? initial, JsonataRun run)
    {
        if (function.Arity < 2)
        {
            throw new JsonataException("D3050") { Index = 1 };
        }

        var index = initial is null && array.Count > 0 ? 1 : 0;
        var result = index == 1 ? array.Items[0] : initial;
        for (; index < array.Count; index++)
        {
            run.Step();
            var item = array.Items[index];
            result = run.Apply(
                function,
                function.Arity switch
                {
                    2 => [result, item],
                    3 => [result, item, AslValue.OfJavaScript(index)],
                    _ => [result, item, AslValue.OfJavaScript(index), array],
                },
                AslValue.Null);
        }

        return result;
    }

    private static AslValue Sort(AslValue array, FunctionValue? comparator, JsonataRun run)
    {
        if (array.Count <= 1)
        {
            return array;
        }

        var items = array.Items.ToArray();
        if (comparator is not null)
        {
            StableSort.Sort(items, (left, right) => IsTruthy(run.Apply(comparator, [left, right], AslValue.Null)), run);
        }
        else if (Operand.IsArrayOf(array, AslKind.Number))
        {
            StableSort.Sort(items, static (left, right) => left.Number > right.Number, run);
        }
        else if (Operand.IsArrayOf(array, AslKind.String))
        {
            StableSort.Sort(items, static (left, right) => string.CompareOrdinal(left.Text, right.Text) > 0, run);
        }
        else
        {
            throw new JsonataException("D3070") { Index = 1 };
        }

        return run.Array(items);
    }

    // A comparator's answer counts as JavaScript counts it: every array and object is true.
    private static bool IsTruthy(AslValue? value) => value is { Kind: AslKind.Array or AslKind.Object or AslKind.Function } || Operand.IsTrue(value);

    private static AslValue Each(AslValue? value, FunctionValue function, JsonataRun run)
    {
        var results = default(SequenceBuilder);
        foreach (var (name, member) in value is null ? [] : value.Members)
        {
            results.Add(Call(function, member, () => AslValue.Of(name), value!, run));
        }

        return results.ToArray(run, ArrayTraits.Sequence);
    }

    private static AslValue? Sift(AslValue? value, FunctionValue? function, JsonataRun run)
    {
        var kept = new List<KeyValuePair<string, AslValue>>();
        foreach (var member in value is null ? [] : value.Members)
        {
            if (function is null)
            {
                throw new JsonataException("T1006");
            }

            if (Operand.IsTrue(Call(function, member.Value, () => AslValue.Of(member.Key), value!, run)))
            {
                kept.Add(member);
            }
        }

        return kept.Count == 0 ? null : run.Object([.. kept]);
    }
}
