using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata.Syntax;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary><c>f(a, b)</c>.</summary>
internal sealed class CallNode(Node procedure, Node[] arguments) : Node
{
    /// <summary>The name by which the function is called, for errors.</summary>
    public static string? NameOf(Node procedure) => procedure switch
    {
        VariableNode variable => variable.Name,
        PathNode path => path.FirstName,
        _ => null,
    };

    /// <summary>Calls the function with a value as its first argument, as <c>~&gt;</c> does.</summary>
    public AslValue? CallWith(AslValue? first, AslValue? input, Frame frame)
    {
        var all = new AslValue?[arguments.Length + 1];
        var function = Function(input, frame);
        all[0] = first;
        for (var i = 0; i < arguments.Length; i++)
        {
            all[i + 1] = arguments[i].Evaluate(input, frame);
        }

        return Applied(function, all, input, frame.Run, untilValue: true);
    }

    /// <summary>Calls the function once; what it calls in tail position is left to the caller.</summary>
    /// <param name="context">The context of the call that this one takes the place of.</param>
    public AslValue? CallOnce(AslValue? input, Frame frame, AslValue? context, JsonataRun run)
    {
        var function = Function(input, frame);
        return Applied(function, Arguments(input, frame), context, run, untilValue: false);
    }

    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var function = Function(input, frame);
        return Applied(function, Arguments(input, frame), input, frame.Run, untilValue: true);
    }

    private AslValue?[] Arguments(AslValue? input, Frame frame)
    {
        var all = new AslValue?[arguments.Length];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = arguments[i].Evaluate(input, frame);
        }

        return all;
    }

    private AslValue? Function(AslValue? input, Frame frame)
    {
        var value = procedure.Evaluate(input, frame);
        return value is null && procedure is PathNode { FirstName: { } name } && frame.Lookup(name) is not null
            ? throw new JsonataException("T1005", Position) { Token = name }
            : value;
    }

    private AslValue? Applied(AslValue? function, AslValue?[] all, AslValue? input, JsonataRun run, bool untilValue)
    {
        try
        {
            return function is not FunctionValue callee ? throw new JsonataException("T1006", Position)
                : untilValue ? run.Apply(callee, all, input)
                : callee.Call(all, input, run);
        }
        catch (JsonataException error) when (error.Token is null || error.Position < 0)
        {
            error.Token ??= NameOf(procedure);
            error.Position = error.Position < 0 ? Position : error.Position;
            throw;
        }
    }
}

/// <summary>A call that ends a function: it is made after the function has returned, so that recursion does not nest.</summary>
internal sealed class TailCallNode(CallNode call) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame) => new TailCall(call, input, frame);
}

/// <summary><c>f(a, ?)</c>: a function of the arguments that are left open.</summary>
/// <param name="arguments">Null where an argument is left open.</param>
internal sealed class PartialNode(Node procedure, Node?[] arguments) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var given = Array.ConvertAll(arguments, argument => argument?.Evaluate(input, frame));
        var function = procedure.Evaluate(input, frame);
        if (function is FunctionValue callee)
        {
            return new PartialFunction(callee, given, Array.ConvertAll(arguments, argument => argument is null));
        }

        var name = CallNode.NameOf(procedure);
        var isMeant = function is null && procedure is PathNode { FirstName: not null } && frame.Lookup(name!) is not null;
        throw new JsonataException(isMeant ? "T1007" : "T1008", Position) { Token = name };
    }
}

/// <summary><c>value ~&gt; f</c>, or two functions joined.</summary>
internal sealed class ApplyNode(Node left, Node right) : Node
{
    protected override AslValue? Compute(AslValue? input, Frame frame)
    {
        var value = left.Evaluate(input, frame);
        if (right is CallNode { Predicates.Length: 0, Group: null } call)
        {
            return call.CallWith(value, input, frame);
        }

        if (right.Evaluate(input, frame) is not FunctionValue function)
        {
            throw new JsonataException("T2006", Position) { Token = "~>" };
        }

        return value is FunctionValue first ? new ChainedFunction(first, function) : frame.Run.Apply(function, [value], AslValue.Null);
    }
}

/// <summary><c>function($a, $b){ body }</c>.</summary>
internal sealed class LambdaNode(string[] parameters, Signature? signature, Node body) : Node
{
    public string[] Parameters { get; } = parameters;

    public Signature? Signature { get; } = signature;

    public Node Body { get; } = body;

    protected override AslValue? Compute(AslValue? input, Frame frame) => new Lambda(this, input, frame);
}
