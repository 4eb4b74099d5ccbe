using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary>What follows a step: a predicate, or a variable for the position (<c>#$i</c>).</summary>
internal readonly record struct Stage(Node? Predicate, string? IndexVariable);

/// <summary>One step of a path.</summary>
internal sealed class PathStep(Node expression)
{
    public Node Expression { get; } = expression;

    public IReadOnlyList<Stage> Stages { get; init; } = [];

    public string? Focus { get; init; }

    public string? IndexVariable { get; init; }

    /// <summary>The binding that <c>%</c> of a later step reads.</summary>
    public string? AncestorLabel { get; init; }

    public bool IsTuple { get; init; }

    public bool IsConstructedArray { get; init; }

    /// <summary>Evaluates the step for each item and flattens what comes of it.</summary>
    /// <param name="isList">True when <paramref name="input"/> is an array of items; false when it is the one item.</param>
    /// <returns>An array, or the one item itself.</returns>
    public (AslValue? Value, bool IsList) Evaluate(AslValue? input, bool isList, Frame frame, bool isLast)
    {
        if (Expression is SortNode sort)
        {
            var sorted = sort.Sort(isList ? input! : Wrapped(input), frame);
            // What is too short to be ordered stays the sequence that the steps before made of it, and one item of a sequence is a value.
            return (Staged(sorted.Count > 1 || sorted.IsSequence() ? sorted : frame.Run.Array(sorted.Items.ToArray(), ArrayTraits.Sequence), frame), true);
        }

        if (!isList)
        {
            var only = One(input, frame);
            return only is not { IsArray: true } ? (only, false)
                : isLast ? only.IsSequence() ? Flattened(only, frame) : (only, true)
                : only.IsConstructed() ? Flattened(only, frame) : (only, true);
        }

        var results = default(SequenceBuilder);
        foreach (var item in input!.Items)
        {
            results.Add(One(item, frame));
        }

        return isLast && results is { Count: 1, First: { IsArray: true } array } && !array.IsSequence() ? (array, true) : Flatten(results, frame);
    }

    /// <summary>Evaluates the step for each tuple; the new tuples carry the bindings on.</summary>
    public AslValue EvaluateTuples(AslValue? input, AslValue? tuples, Frame frame)
    {
        if (Expression is SortNode sort)
        {
            return Staged(tuples is null ? Numbered(sort.Sort(input ?? AslValue.EmptyArray, frame)) : sort.Sort(tuples, frame), frame);
        }

        var results = default(SequenceBuilder);
        if (tuples is not null)
        {
            foreach (var tuple in tuples.Items)
            {
                AddTuples((TupleValue)tuple, frame, ref results);
            }
        }
        else if (input is { IsArray: true })
        {
            foreach (var item in input.Items)
            {
                AddTuples(new TupleValue(item, []), frame, ref results);
            }
        }
        else
        {
            AddTuples(new TupleValue(input, []), frame, ref results);
        }

        return Staged(results.ToArray(frame.Run, ArrayTraits.Sequence | ArrayTraits.TupleStream), frame);
    }

    private static AslValue Wrapped(AslValue? value, ArrayTraits traits = ArrayTraits.None) =>
        AslValue.ArrayOf(value is null ? [] : [value], traits | ArrayTraits.Sequence);

    private static (AslValue?, bool) Flattened(AslValue only, Frame frame)
    {
        var results = default(SequenceBuilder);
        results.Add(only);
        return Flatten(results, frame);
    }

    private static (AslValue?, bool) Flatten(in SequenceBuilder results, Frame frame)
    {
        if (results is { Count: 1, First.IsArray: false })
        {
            return (results.First, false);
        }

        var flat = default(SequenceBuilder);
        foreach (var result in results.ToItems())
        {
            if (result.IsConstructed())
            {
                flat.Add(result);
            }
            else
            {
                flat.AddFlat(result, frame.Run);
            }
        }

        return (flat.ToArray(frame.Run, ArrayTraits.Sequence), true);
    }

    private AslValue? One(AslValue? item, Frame frame)
    {
        var result = Expression.Evaluate(item, frame);
        for (var i = 0; i < Stages.Count; i++)
        {
            if (Stages[i].Predicate is { } predicate)
            {
                result = Filter.Apply(predicate, result, frame);
            }
        }

        return result;
    }

    private void AddTuples(TupleValue tuple, Frame frame, ref SequenceBuilder results)
    {
        var value = Expression.Evaluate(tuple.Item, tuple.Bind(frame));
        if (value is { IsArray: true })
        {
            for (var i = 0; i < value.Count; i++)
            {
                results.Add(Tuple(tuple, value.Items[i], i));
            }
        }
        else if (value is not null)
        {
            results.Add(Tuple(tuple, value, 0));
        }
    }

    private TupleValue Tuple(TupleValue tuple, AslValue value, int index)
    {
        if (value is TupleValue inner)
        {
            return tuple.With(inner);
        }

        var result = Focus is null ? tuple.With(value) : tuple.WithBinding(Focus, value);
        result = IndexVariable is null ? result : result.WithBinding(IndexVariable, AslValue.OfJavaScript(index));
        return AncestorLabel is null ? result : result.WithBinding(AncestorLabel, tuple.Item);
    }

    private AslValue Numbered(AslValue sorted)
    {
        var tuples = new AslValue[sorted.Count];
        for (var i = 0; i < tuples.Length; i++)
        {
            var tuple = new TupleValue(sorted.Items[i], []);
            tuples[i] = IndexVariable is null ? tuple : tuple.WithBinding(IndexVariable, AslValue.OfJavaScript(i));
        }

        return AslValue.ArrayOf(tuples, ArrayTraits.Sequence | ArrayTraits.TupleStream);
    }

    private AslValue Staged(AslValue values, Frame frame)
    {
        foreach (var stage in Stages)
        {
            if (stage.Predicate is not null)
            {
                var filtered = Filter.Apply(stage.Predicate, values, frame);
                values = filtered is { IsArray: true } ? filtered : Wrapped(filtered, values.Traits & ArrayTraits.TupleStream);
                continue;
            }

            var numbered = new AslValue[values.Count];
            for (var i = 0; i < numbered.Length; i++)
            {
                numbered[i] = ((TupleValue)values.Items[i]).WithBinding(stage.IndexVariable!, AslValue.OfJavaScript(i));
            }

            values = AslValue.ArrayOf(numbered, values.Traits);
        }

        return values;
    }
}

internal static class ConstructedTrait
{
    public static bool IsConstructed(this AslValue value) => (value.Traits & ArrayTraits.Constructed) != 0;
}
