using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary>A step that orders its items: <c>^(Price, &gt;Quantity)</c>.</summary>
internal sealed class SortNode(Node[] terms, bool[] isDescending) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame) => Sort(input ?? AslValue.EmptyArray, frame);

    public AslValue Sort(AslValue items, Frame frame)
    {
        if (items.Count <= 1)
        {
            return items;
        }

        var order = new Row[items.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new Row(items.Items[i], terms.Length);
        }

        StableSort.Sort(order, (a, b) => Compare(a, b, frame) > 0, frame.Run);
        return frame.Run.Array(Array.ConvertAll(order, row => row.Item), items.Traits & ArrayTraits.TupleStream);
    }

    private int Compare(Row left, Row right, Frame frame)
    {
        for (var i = 0; i < terms.Length; i++)
        {
            var order = Compare(left.Key(i, terms, frame), right.Key(i, terms, frame));
            if (order.Value != 0)
            {
                return isDescending[i] && order.IsOfValues ? -order.Value : order.Value;
            }
        }

        return 0;
    }

    // Items without the value come last, whichever way the term is ordered.
    private (int Value, bool IsOfValues) Compare(AslValue? left, AslValue? right)
    {
        if (left is null || right is null)
        {
            return (left is null ? right is null ? 0 : 1 : -1, false);
        }

        var isLeft = left.Kind is AslKind.String or AslKind.Number;
        if (!isLeft || right.Kind is not (AslKind.String or AslKind.Number))
        {
            throw new JsonataException("T2008", Position) { Value = JsonataException.Shown(isLeft ? right : left) };
        }

        if (left.Kind != right.Kind)
        {
            throw new JsonataException("T2007", Position) { Value = JsonataException.Shown(left), Value2 = JsonataException.Shown(right) };
        }

        return (left.IsString ? string.CompareOrdinal(left.Text, right.Text) : left.Number.CompareTo(right.Number), true);
    }

    /// <summary>An item with the keys that were asked for so far.</summary>
    private sealed class Row(AslValue item, int terms)
    {
        private readonly AslValue?[] _keys = new AslValue?[terms];
        private int _known;

        public AslValue Item => item;

        public AslValue? Key(int index, Node[] terms, Frame frame)
        {
            for (; _known <= index; _known++)
            {
                _keys[_known] = item is TupleValue tuple
                    ? terms[_known].Evaluate(tuple.Item, tuple.Bind(frame))
                    : terms[_known].Evaluate(item, frame);
            }

            return _keys[index];
        }
    }
}

/// <summary>Merge sort with a comparison that may be an expression, which may be inconsistent, may fail and may be stopped.</summary>
internal static class StableSort
{
    /// <param name="isAfter">True when the first comes after the second.</param>
    public static void Sort<T>(T[] items, Func<T, T, bool> isAfter, JsonataRun run)
    {
        if (items.Length <= 1)
        {
            return;
        }

        var middle = items.Length / 2;
        var left = items[..middle];
        var right = items[middle..];
        Sort(left, isAfter, run);
        Sort(right, isAfter, run);
        var (l, r) = (0, 0);
        for (var i = 0; i < items.Length; i++)
        {
            run.Step();
            var takesRight = l == left.Length || (r < right.Length && isAfter(left[l], right[r]));
            items[i] = takesRight ? right[r++] : left[l++];
        }
    }
}
