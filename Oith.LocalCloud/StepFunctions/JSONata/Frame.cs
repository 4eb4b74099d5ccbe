using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>Variables bound in a block, a call or a tuple, over those of the frame around it.</summary>
internal sealed class Frame(JsonataRun run, Frame? outer)
{
    private (string Name, AslValue? Value)[]? _bindings;
    private int _count;

    public JsonataRun Run { get; } = run;

    public Frame Inner(int capacity = 0) => new(Run, this) { _bindings = capacity == 0 ? null : new (string, AslValue?)[capacity] };

    public void Bind(string name, AslValue? value)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_bindings![i].Name == name)
            {
                _bindings[i].Value = value;
                return;
            }
        }

        _bindings ??= new (string, AslValue?)[2];
        if (_count == _bindings.Length)
        {
            Array.Resize(ref _bindings, _count * 2);
        }

        _bindings[_count++] = (name, value);
    }

    /// <summary>The innermost binding of the name, then the variables of the scope, then the functions of the language.</summary>
    public AslValue? Lookup(string name)
    {
        for (var frame = this; frame is not null; frame = frame.Outer)
        {
            for (var i = 0; i < frame._count; i++)
            {
                ref readonly var binding = ref frame._bindings![i];
                if (binding.Name == name)
                {
                    return binding.Value;
                }
            }
        }

        return Run.Scope.Variable(name) ?? Functions.FunctionTable.Find(name);
    }

    private Frame? Outer { get; } = outer;
}
