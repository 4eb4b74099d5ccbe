using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary><c>[a, b]</c>.</summary>
/// <param name="isConstructed">True at the ends of a path, where the array stays one item.</param>
internal sealed class ArrayNode(Node[] items, bool isConstructed) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var traits = isConstructed ? ArrayTraits.Constructed : ArrayTraits.None;
        var all = default(SequenceBuilder);
        foreach (var item in items)
        {
            var value = item.Evaluate(input, frame);
            if (items.Length == 1 && item is RangeNode && value is { IsArray: true })
            {
                return value.WithTraits(traits);
            }

            if (item is ArrayNode)
            {
                all.Add(value);
            }
            else
            {
                all.AddFlat(value, frame.Run);
            }
        }

        return all.ToArray(frame.Run, traits);
    }
}

/// <summary><c>{key: value}</c>.</summary>
internal sealed class ObjectNode(GroupClause pairs) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame) => pairs.Evaluate(input, frame);
}

/// <summary>Pairs of expressions that make an object; items whose keys are equal are grouped under one member.</summary>
internal sealed class GroupClause(Node[] keys, Node[] values, int position)
{
    public AslValue Evaluate(AslValue? input, Frame frame)
    {
        var groups = new List<Entry>(keys.Length);
        var places = default(Dictionary<string, int>);
        var isTuples = input is not null && input.IsTupleStream();
        if (input is not { IsArray: true } || (input.Count == 0 && !isTuples))
        {
            AddItem(input is { IsArray: true } ? null : input, groups, ref places, frame);
        }
        else
        {
            foreach (var item in input.Items)
            {
                AddItem(item, groups, ref places, frame);
            }
        }

        var members = new List<KeyValuePair<string, AslValue>>(groups.Count);
        foreach (var group in groups)
        {
            if (ValueOf(group, isTuples, frame) is { } value)
            {
                members.Add(KeyValuePair.Create(group.Key, value));
            }
        }

        return frame.Run.Object([.. members]);
    }

    private void AddItem(AslValue? item, List<Entry> groups, ref Dictionary<string, int>? places, Frame frame)
    {
        var tuple = item as TupleValue;
        var (context, inner) = tuple is null ? (item, frame) : (tuple.Item, tuple.Bind(frame));
        for (var i = 0; i < keys.Length; i++)
        {
            var key = keys[i].Evaluate(context, inner);
            if (key is null)
            {
                continue;
            }

            if (!key.IsString)
            {
                throw new JsonataException("T1003", position) { Value = JsonataException.Shown(key) };
            }

            places ??= new Dictionary<string, int>(StringComparer.Ordinal);
            if (!places.TryGetValue(key.Text, out var place))
            {
                places[key.Text] = groups.Count;
                groups.Add(new Entry(key.Text, i));
                place = groups.Count - 1;
            }
            else if (groups[place].Pair != i)
            {
                throw new JsonataException("D1009", position) { Value = JsonataException.Shown(key) };
            }

            groups[place].Add(item, frame.Run);
        }
    }

    private AslValue? ValueOf(Entry group, bool isTuples, Frame frame)
    {
        if (!isTuples)
        {
            return values[group.Pair].Evaluate(group.Context(frame.Run), frame);
        }

        var tuple = group.Reduce(frame.Run);
        return values[group.Pair].Evaluate(tuple.Item, tuple.Bind(frame));
    }

    /// <summary>The items under one key.</summary>
    private sealed class Entry(string key, int pair)
    {
        private SequenceBuilder _items;
        private bool _isAppended;

        public string Key { get; } = key;

        public int Pair { get; } = pair;

        public void Add(AslValue? item, JsonataRun run)
        {
            // The first item is kept as it is; further ones are appended, an array's items one by one.
            if (_items.Count == 0)
            {
                _items.Add(item);
                return;
            }

            if (!_isAppended && _items.First!.IsArray)
            {
                var first = _items.First;
                _items = default;
                _items.AddFlat(first, run);
            }

            _isAppended = true;
            _items.AddFlat(item, run);
        }

        public AslValue? Context(JsonataRun run) => _isAppended ? _items.ToArray(run) : _items.First;

        public TupleValue Reduce(JsonataRun run)
        {
            var tuples = _items.ToItems();
            var result = (TupleValue)tuples[0];
            foreach (var item in tuples.AsSpan(1))
            {
                var tuple = (TupleValue)item;
                result = result.With(Operand.Append(result.Item, tuple.Item, run));
                foreach (var (name, value) in tuple.Bindings)
                {
                    var before = Array.Find(result.Bindings, binding => binding.Name == name).Value;
                    result = result.WithBinding(name, Operand.Append(before, value, run));
                }
            }

            return result;
        }
    }
}
