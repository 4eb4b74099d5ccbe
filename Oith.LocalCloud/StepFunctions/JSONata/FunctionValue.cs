using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata.Nodes;
using Oith.LocalCloud.StepFunctions.JSONata.Syntax;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>A function as a value.</summary>
internal abstract class FunctionValue() : AslValue(AslKind.Function)
{
    /// <summary>How many arguments it takes, which decides how many a higher-order function gives it.</summary>
    public abstract int Arity { get; }

    protected virtual Signature? Signature => null;

    public AslValue? Call(AslValue?[] arguments, AslValue? input, JsonataRun run) =>
        Invoke(Signature is null ? arguments : Signature.Validate(arguments, input), input, run);

    protected abstract AslValue? Invoke(AslValue?[] arguments, AslValue? input, JsonataRun run);
}

/// <summary>A function of the language.</summary>
internal sealed class NativeFunction(string name, int arity, string? signature, int parameters, NativeFunction.Body body) : FunctionValue
{
    private readonly Signature? _signature = signature is null ? null : Signature.Parse(signature);

    /// <param name="arguments">As many as the function has parameters, null where none was given.</param>
    public delegate AslValue? Body(AslValue?[] arguments, JsonataRun run);

    public string Name { get; } = name;

    public override int Arity => arity;

    protected override Signature? Signature => _signature;

    protected override AslValue? Invoke(AslValue?[] arguments, AslValue? input, JsonataRun run)
    {
        if (arguments.Length < parameters)
        {
            System.Array.Resize(ref arguments, parameters);
        }

        return body(arguments, run);
    }
}

/// <summary>A function that an expression defines, with the variables that it sees.</summary>
internal sealed class Lambda(LambdaNode definition, AslValue? input, Frame frame) : FunctionValue
{
    public override int Arity => definition.Parameters.Length;

    protected override Signature? Signature => definition.Signature;

    protected override AslValue? Invoke(AslValue?[] arguments, AslValue? context, JsonataRun run)
    {
        var inner = frame.Inner(definition.Parameters.Length);
        for (var i = 0; i < definition.Parameters.Length; i++)
        {
            inner.Bind(definition.Parameters[i], i < arguments.Length ? arguments[i] : null);
        }

        return definition.Body.Evaluate(input, inner);
    }
}

/// <summary>A function of which some arguments are given.</summary>
/// <param name="isOpen">Which places the later arguments fill.</param>
internal sealed class PartialFunction(FunctionValue function, AslValue?[] given, bool[] isOpen) : FunctionValue
{
    public override int Arity { get; } = isOpen.Count(open => open);

    protected override AslValue? Invoke(AslValue?[] arguments, AslValue? input, JsonataRun run)
    {
        var all = given.ToArray();
        var next = 0;
        for (var i = 0; i < all.Length; i++)
        {
            if (isOpen[i])
            {
                all[i] = next < arguments.Length ? arguments[next] : null;
                next++;
            }
        }

        return run.Apply(function, all, input);
    }
}

/// <summary>Two functions joined by <c>~&gt;</c>.</summary>
internal sealed class ChainedFunction(FunctionValue first, FunctionValue second) : FunctionValue
{
    public override int Arity => 1;

    protected override AslValue? Invoke(AslValue?[] arguments, AslValue? input, JsonataRun run) =>
        run.Apply(second, [run.Apply(first, arguments.Length == 0 ? [null] : [arguments[0]], AslValue.Null)], AslValue.Null);
}

/// <summary>A call in tail position, which is made after the function that ends with it has returned.</summary>
internal sealed class TailCall(CallNode call, AslValue? input, Frame frame) : FunctionValue
{
    public override int Arity => 0;

    public AslValue? Call(AslValue? context, JsonataRun run) => call.CallOnce(input, frame, context, run);

    protected override AslValue? Invoke(AslValue?[] arguments, AslValue? context, JsonataRun run) => Call(context, run);
}
