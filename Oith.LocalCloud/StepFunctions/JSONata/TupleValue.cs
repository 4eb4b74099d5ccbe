using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>An item of a path with the variables bound on the way to it: by <c>@$v</c>, by <c>#$i</c>, for <c>%</c>.</summary>
internal sealed class TupleValue(AslValue? item, (string Name, AslValue? Value)[] bindings) : AslValue(AslKind.Object)
{
    public AslValue? Item { get; } = item;

    public (string Name, AslValue? Value)[] Bindings { get; } = bindings;

    public Frame Bind(Frame frame)
    {
        var inner = frame.Inner(Bindings.Length);
        foreach (var (name, value) in Bindings)
        {
            inner.Bind(name, value);
        }

        return inner;
    }

    public TupleValue With(AslValue? item) => new(item, Bindings);

    public TupleValue WithBinding(string name, AslValue? value)
    {
        var index = System.Array.FindIndex(Bindings, binding => binding.Name == name);
        var bindings = new (string, AslValue?)[index < 0 ? Bindings.Length + 1 : Bindings.Length];
        Bindings.CopyTo(bindings, 0);
        bindings[index < 0 ? ^1 : index] = (name, value);
        return new TupleValue(Item, bindings);
    }

    /// <summary>The bindings of both; those of the other count where a name is in both.</summary>
    public TupleValue With(TupleValue other)
    {
        var result = With(other.Item);
        foreach (var (name, value) in other.Bindings)
        {
            result = result.WithBinding(name, value);
        }

        return result;
    }
}
