namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>What an expression is evaluated against.</summary>
/// <param name="Input">What <c>$</c> means.</param>
/// <param name="Scope">What <c>$$</c> and variables mean.</param>
internal readonly record struct Evaluation(AslValue Input, IEvaluationScope Scope)
{
    /// <summary>What <c>$states.result</c> means in JSONata.</summary>
    public AslValue? Result { get; init; }

    /// <summary>What <c>$states.errorOutput</c> means in JSONata.</summary>
    public AslValue? ErrorOutput { get; init; }
}

/// <summary>The data around a state: the context object and the variables that it sees.</summary>
internal interface IEvaluationScope
{
    AslValue ContextObject { get; }

    AslValue? Variable(string name);

    TimeProvider Clock { get; }

    /// <summary>Cancelled when the execution is stopped, so that its expressions end with it.</summary>
    CancellationToken Stopping { get; }

    /// <summary>Called with the value that a JSONata expression gave.</summary>
    void Evaluated(string field, string expression, AslValue value);
}

/// <summary>A value computed at run time: a path (<c>$.a</c>, <c>$$.State.Name</c>, <c>$variable.b</c>) or an intrinsic function.</summary>
internal abstract class AslExpression
{
    public abstract string Text { get; }

    /// <summary>The names of the variables that it reads.</summary>
    public virtual IEnumerable<string> Variables => [];

    /// <exception cref="PathNotFoundException">A definite path names nothing.</exception>
    /// <exception cref="StateRuntimeException">A function refused its arguments.</exception>
    public abstract AslValue Evaluate(in Evaluation evaluation);

    /// <summary>Null when the text is neither a path nor a call of a known function.</summary>
    public static AslExpression? TryParse(string text) =>
        text.StartsWith("States.", StringComparison.Ordinal) ? IntrinsicParser.TryParse(text) : PathExpression.TryParse(text);
}

internal enum PathRoot
{
    Input,
    Context,
    Variable,
}

/// <summary>A path with its root.</summary>
internal sealed class PathExpression : AslExpression
{
    private readonly JsonPath _path;
    private readonly string _variable;

    private PathExpression(string text, PathRoot root, string variable, JsonPath path)
    {
        Text = text;
        Root = root;
        _variable = variable;
        _path = path;
    }

    public static PathExpression Whole { get; } = TryParse("$")!;

    public override string Text { get; }

    public PathRoot Root { get; }

    public JsonPath Path => _path;

    public override IEnumerable<string> Variables => Root == PathRoot.Variable ? [_variable] : [];

    public static new PathExpression? TryParse(string text)
    {
        if (text.Length == 0 || text[0] != '$')
        {
            return null;
        }

        if (text.StartsWith("$$", StringComparison.Ordinal))
        {
            return JsonPath.TryParse(text[2..]) is { } context ? new PathExpression(text, PathRoot.Context, "", context) : null;
        }

        var end = 1;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        if (JsonPath.TryParse(text[end..]) is not { } path || (end > 1 && char.IsDigit(text[1])))
        {
            return null;
        }

        return new PathExpression(text, end == 1 ? PathRoot.Input : PathRoot.Variable, text[1..end], path);
    }

    public override AslValue Evaluate(in Evaluation evaluation)
    {
        switch (Root)
        {
            case PathRoot.Input:
                return _path.IsRoot ? evaluation.Input : _path.Evaluate(evaluation.Input, evaluation.Scope.Stopping);
            case PathRoot.Context:
                return _path.Evaluate(evaluation.Scope.ContextObject, evaluation.Scope.Stopping);
            default:
                var value = evaluation.Scope.Variable(_variable)
                    ?? throw new StateRuntimeException($"The variable '{_variable}' in the expression '{Text}' is not defined.");
                return _path.Evaluate(value, evaluation.Scope.Stopping);
        }
    }

    /// <summary>Evaluates a path field (InputPath, OutputPath, TimeoutSecondsPath…), with AWS's words for missing data.</summary>
    /// <exception cref="StateRuntimeException">The path names nothing.</exception>
    public AslValue EvaluateField(in Evaluation evaluation)
    {
        try
        {
            return Evaluate(evaluation);
        }
        catch (PathNotFoundException error)
        {
            throw new StateRuntimeException($"Invalid path '{Text}' : {error.Message}");
        }
    }
}
