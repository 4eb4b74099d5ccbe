using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>Collects the items of a sequence; one item alone takes no array.</summary>
internal struct SequenceBuilder
{
    private AslValue? _first;
    private AslValue[]? _items;

    public int Count { get; private set; }

    public readonly AslValue? First => _first;

    public void Add(AslValue? item)
    {
        if (item is null)
        {
            return;
        }

        if (Count == 0)
        {
            _first = item;
            Count = 1;
            return;
        }

        _items ??= new AslValue[4];
        if (Count == 1)
        {
            _items[0] = _first!;
        }

        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        _items[Count++] = item;
    }

    /// <summary>Adds the items of an array, or the value itself when it is none.</summary>
    public void AddFlat(AslValue? value, JsonataRun run)
    {
        if (value is not { IsArray: true })
        {
            Add(value);
            return;
        }

        run.Charge(value.Count);
        foreach (var item in value.Items)
        {
            Add(item);
        }
    }

    public readonly AslValue[] ToItems() => Count switch
    {
        0 => [],
        1 => [_first!],
        _ => _items!.Length == Count ? _items : _items[..Count],
    };

    public readonly AslValue ToArray(JsonataRun run, ArrayTraits traits = ArrayTraits.None) => run.Array(ToItems(), traits);

    /// <summary>The sequence as an expression gives it: nothing, the one item, or an array.</summary>
    public readonly AslValue? ToResult(JsonataRun run, bool keepsArray = false) => Count switch
    {
        0 => null,
        1 when !keepsArray => _first,
        _ => ToArray(run, keepsArray ? ArrayTraits.Sequence | ArrayTraits.KeepsSingleton : ArrayTraits.Sequence),
    };
}
