namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>A call of an intrinsic function: <c>States.Format('Hello {}', $.name)</c>.</summary>
internal sealed class IntrinsicCall(string text, IntrinsicFunction function, AslExpression[] arguments) : AslExpression
{
    public override string Text { get; } = text;

    public override IEnumerable<string> Variables => arguments.SelectMany(argument => argument.Variables);

    public override AslValue Evaluate(in Evaluation evaluation)
    {
        try
        {
            return Apply(evaluation);
        }
        catch (IntrinsicException error)
        {
            // AWS names the whole expression, not the inner call that failed.
            throw new StateRuntimeException(
                $"The function '{Text}' had the following error: {error.Message}", error.IsMissingData ? StateFailure.Runtime : "States.IntrinsicFailure");
        }
    }

    private AslValue Apply(in Evaluation evaluation)
    {
        var values = new AslValue[arguments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            try
            {
                values[i] = arguments[i] is IntrinsicCall inner ? inner.Apply(evaluation) : arguments[i].Evaluate(evaluation);
            }
            catch (PathNotFoundException)
            {
                throw new IntrinsicException(
                    $"The JsonPath argument for the field '{arguments[i].Text}' could not be found in the input '{evaluation.Input.ToJson()}'")
                {
                    IsMissingData = true,
                };
            }
        }

        return function.Apply(values, arguments);
    }
}

/// <summary>A literal argument. <see cref="AslExpression.Text"/> of a string keeps its escapes, which States.Format needs.</summary>
internal sealed class LiteralExpression(string text, AslValue value) : AslExpression
{
    public override string Text { get; } = text;

    public override AslValue Evaluate(in Evaluation evaluation) => value;
}

/// <summary>An intrinsic function refused its arguments.</summary>
internal sealed class IntrinsicException(string message) : Exception(message)
{
    /// <summary>True: a path among the arguments names nothing.</summary>
    public bool IsMissingData { get; init; }
}
