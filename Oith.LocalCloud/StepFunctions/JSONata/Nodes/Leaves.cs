using System.Text.RegularExpressions;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

internal sealed class LiteralNode(AslValue value) : Node
{
    public AslValue Value { get; } = value;

    protected override AslValue? Compute(AslValue? input, Frame frame) => Value;
}

/// <summary>A member's name.</summary>
internal sealed class NameNode(string name) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame) => Operand.Lookup(input, name, frame.Run, KeepsArray);
}

/// <summary><c>$name</c>; <c>$</c> is the context.</summary>
internal sealed class VariableNode(string name) : Node
{
    public string Name { get; } = name;

    protected override AslValue? Compute(AslValue? input, Frame frame) => Name.Length == 0 ? input.WithoutWrapper() : frame.Lookup(Name);
}

/// <summary><c>%</c>: the context of an earlier step.</summary>
internal sealed class ParentNode(string label) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame) => frame.Lookup(label);
}

/// <summary><c>*</c>: the values of all members.</summary>
internal sealed class WildcardNode : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var context = input.WithoutWrapper();
        var traits = ArrayTraits.Sequence;
        var found = default(SequenceBuilder);
        var run = frame.Run;
        if (context is { IsObject: true })
        {
            foreach (var (_, value) in context.Members)
            {
                if (value.IsArray)
                {
                    // What JSONata appends an array to is no sequence any more.
                    traits = ArrayTraits.None;
                    Flatten(value, run, ref found);
                }
                else
                {
                    found.Add(value);
                }
            }
        }
        else if (context is { IsArray: true })
        {
            foreach (var item in context.Items)
            {
                traits = item.IsArray ? ArrayTraits.None : traits;
                Flatten(item, run, ref found);
            }
        }

        return found.ToArray(run, traits);
    }

    private static void Flatten(AslValue value, JsonataRun run, ref SequenceBuilder found)
    {
        if (!value.IsArray)
        {
            found.Add(value);
            return;
        }

        foreach (var item in value.Items)
        {
            run.Step();
            Flatten(item, run, ref found);
        }
    }
}

/// <summary><c>**</c>: the value and everything inside it.</summary>
internal sealed class DescendantNode : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        if (input is null)
        {
            return null;
        }

        var found = default(SequenceBuilder);
        Collect(input, frame.Run, ref found);
        return found.ToResult(frame.Run);
    }

    private static void Collect(AslValue value, JsonataRun run, ref SequenceBuilder found)
    {
        run.Step();
        if (!value.IsArray)
        {
            found.Add(value);
        }

        foreach (var item in value.Items)
        {
            Collect(item, run, ref found);
        }

        foreach (var (_, member) in value.Members)
        {
            Collect(member, run, ref found);
        }
    }
}

/// <summary><c>/pattern/flags</c>: a function that finds its matches.</summary>
internal sealed class RegexNode(Regex regex, string pattern) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame) => new RegexFunction(regex, pattern, Position);
}
