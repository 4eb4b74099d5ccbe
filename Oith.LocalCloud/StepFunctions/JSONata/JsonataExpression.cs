using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata.Nodes;
using Oith.LocalCloud.StepFunctions.JSONata.Syntax;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>A compiled JSONata expression; evaluations at the same time may share it.</summary>
internal sealed class JsonataExpression
{
    private readonly Node _root;

    private JsonataExpression(string text, Node root, IReadOnlyList<string> variables)
    {
        Text = text;
        _root = root;
        Variables = variables;
    }

    public string Text { get; }

    /// <summary>The names of the variables that it reads and does not bind itself, without the functions of the language.</summary>
    public IReadOnlyList<string> Variables { get; }

    /// <exception cref="JsonataException">The text is not an expression; the code begins with S0.</exception>
    public static JsonataExpression Compile(string text)
    {
        var tree = Analyzer.Analyze(Parser.Parse(text));
        return new JsonataExpression(text, NodeBuilder.Build(tree), FreeVariables.Of(tree));
    }

    /// <param name="input">What <c>$</c> and bare names mean; null for nothing.</param>
    /// <returns>Null when the expression gives nothing. The value may hold functions.</returns>
    /// <exception cref="JsonataException">The evaluation failed or used up its budget.</exception>
    public AslValue? Evaluate(
        AslValue? input, IJsonataScope scope, TimeProvider clock, JsonataLimits limits, CancellationToken cancellationToken)
    {
        var run = new JsonataRun(scope, clock, limits, cancellationToken);
        var root = new Frame(run, null);
        root.Bind("$", input);
        var context = input is { IsArray: true } ? AslValue.ArrayOf([input], ArrayTraits.Sequence | ArrayTraits.OuterWrapper) : input;
        var result = _root.Evaluate(context, root);
        if (result is not null)
        {
            ClearTraits(result);
        }

        return result;
    }

    // The next evaluation that sees the value must find a plain array.
    private static void ClearTraits(AslValue value)
    {
        if (value.Traits != ArrayTraits.None)
        {
            value.Traits = ArrayTraits.None;
        }

        foreach (var item in value.Items)
        {
            ClearTraits(item);
        }

        foreach (var (_, member) in value.Members)
        {
            ClearTraits(member);
        }
    }
}
