using Oith.LocalCloud.StepFunctions.JSONata;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>A field, or a part of one, whose value a JSONata expression gives: <c>{% $states.input.name %}</c>.</summary>
/// <param name="field">As AWS names it in causes: <c>Arguments/FunctionName</c>.</param>
internal sealed class JsonataField(string field, JsonataExpression expression)
{
    public const string EvaluationError = "States.QueryEvaluationError";

    private const string Opening = "{%";
    private const string Closing = "%}";

    /// <summary>The variables that it reads, without <c>$states</c>.</summary>
    public IEnumerable<string> Variables => expression.Variables.Where(name => name != JsonataStates.Name);

    public static bool IsExpression(AslValue value) => value.IsString && value.Text.Length >= Opening.Length + Closing.Length
        && value.Text.StartsWith(Opening, StringComparison.Ordinal) && value.Text.EndsWith(Closing, StringComparison.Ordinal);

    /// <exception cref="JsonataException">What stands between the marks is not an expression.</exception>
    public static JsonataField Parse(AslValue value, string field) =>
        new(field, JsonataExpression.Compile(value.Text[Opening.Length..^Closing.Length].Trim()));

    /// <exception cref="StateRuntimeException">States.QueryEvaluationError: the evaluation failed, or gave nothing or no JSON.</exception>
    public AslValue Evaluate(in Evaluation evaluation)
    {
        AslValue? value;
        try
        {
            value = expression.Evaluate(null, new JsonataStates(evaluation), evaluation.Scope.Clock, JsonataLimits.Default, evaluation.Scope.Stopping);
        }
        catch (JsonataException error)
        {
            throw Failure($"threw an error during evaluation. {error.Code}: {error.Message}");
        }

        if (value is null)
        {
            throw Failure("returned nothing (undefined).");
        }

        if (!IsJson(value))
        {
            throw Failure("returned an unsupported result type.");
        }

        evaluation.Scope.Evaluated(field, expression.Text, value);
        return value;
    }

    /// <param name="type">The type that the field needs, as <c>$type</c> names it.</param>
    /// <exception cref="StateRuntimeException">States.QueryEvaluationError: the evaluation failed or gave another type.</exception>
    public AslValue Evaluate(in Evaluation evaluation, string type)
    {
        var value = Evaluate(evaluation);
        var actual = TypeOf(value);
        var fits = actual == type || (type == "integer" && value.Kind == AslKind.Number && double.IsInteger(value.Number));
        return fits ? value : throw Failure(
            $"returned an unexpected result type. Expected '{type}', but was '{actual}' for value: {value.ToJson()}");
    }

    private static string TypeOf(AslValue value) => value.Kind switch
    {
        AslKind.Null => "null",
        AslKind.Boolean => "boolean",
        AslKind.Number => "number",
        AslKind.String => "string",
        AslKind.Array => "array",
        _ => "object",
    };

    // A function and an infinite number have no JSON.
    private static bool IsJson(AslValue value)
    {
        if (value.Kind == AslKind.Function || (value.Kind == AslKind.Number && !double.IsFinite(value.Number)))
        {
            return false;
        }

        foreach (var item in value.Items)
        {
            if (!IsJson(item))
            {
                return false;
            }
        }

        foreach (var (_, member) in value.Members)
        {
            if (!IsJson(member))
            {
                return false;
            }
        }

        return true;
    }

    private StateRuntimeException Failure(string what) =>
        new($"The JSONata expression '{expression.Text}' specified for the field '{field}' {what}", EvaluationError) { Location = field };
}

/// <summary>The variables of an expression: those of the state, and <c>$states</c> with input, context, and result or errorOutput.</summary>
internal sealed class JsonataStates(Evaluation evaluation) : IJsonataScope
{
    public const string Name = "states";

    private AslValue? _states;

    public AslValue? Variable(string name) => name == Name ? _states ??= States() : evaluation.Scope.Variable(name);

    private AslValue States()
    {
        var members = new List<KeyValuePair<string, AslValue>>(4)
        {
            KeyValuePair.Create("input", evaluation.Input),
            KeyValuePair.Create("context", evaluation.Scope.ContextObject),
        };
        if (evaluation.Result is { } result)
        {
            members.Add(KeyValuePair.Create("result", result));
        }

        if (evaluation.ErrorOutput is { } error)
        {
            members.Add(KeyValuePair.Create("errorOutput", error));
        }

        return AslValue.Object([.. members]);
    }
}
