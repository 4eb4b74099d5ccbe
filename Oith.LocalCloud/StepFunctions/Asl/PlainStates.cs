using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Asl;

internal sealed class PassState : State
{
    public override string Type => "Pass";

    public AslValue? Result { get; init; }

    public PayloadTemplate? Parameters { get; init; }

    public ResultPath ResultPath { get; init; }

    protected override IEnumerable<string> OwnVariables => Parameters?.Variables ?? [];

    public override ValueTask<StateResult> ExecuteAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        if (IsJsonata)
        {
            return new(JsonataResult(new Evaluation(input, branch), input, Next));
        }

        var effective = InputPath.Apply(input, branch);
        AslValue result;
        if (Result is null)
        {
            branch.Inspection?.Note("afterInputPath", effective);
            result = Parameters?.Evaluate(new Evaluation(effective, branch)) ?? effective;
            branch.Inspection?.Note("afterParameters", result);
        }
        else
        {
            result = Result;
            branch.Inspection?.Note("result", result);
        }

        branch.Inspection?.Note("afterResultSelector", result);
        var assigned = Assigned(branch, result, Assign);
        var combined = ResultPath.Apply(input, result);
        branch.Inspection?.Note("afterResultPath", combined);
        return new(new StateResult(Checked(OutputPath.Apply(combined, branch), Name), Next, assigned));
    }
}

internal sealed class SucceedState : State
{
    public override string Type => "Succeed";

    public override ValueTask<StateResult> ExecuteAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        if (IsJsonata)
        {
            return new(JsonataResult(new Evaluation(input, branch), input, null));
        }

        var effective = InputPath.Apply(input, branch);
        branch.Inspection?.Note("afterInputPath", effective);
        return new(new StateResult(OutputPath.Apply(effective, branch), null));
    }
}

internal sealed class FailState : State
{
    public override string Type => "Fail";

    public string? Error { get; init; }

    public string? Cause { get; init; }

    public AslExpression? ErrorPath { get; init; }

    public AslExpression? CausePath { get; init; }

    public JsonataField? ErrorExpression { get; init; }

    public JsonataField? CauseExpression { get; init; }

    protected override IEnumerable<string> OwnVariables => (ErrorPath?.Variables ?? [])
        .Concat(CausePath?.Variables ?? [])
        .Concat(ErrorExpression?.Variables ?? [])
        .Concat(CauseExpression?.Variables ?? []);

    public override ValueTask<StateResult> ExecuteAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        if (IsJsonata)
        {
            var evaluation = new Evaluation(input, branch);
            throw new StateFailedException(new StateFailure(
                ErrorExpression?.Evaluate(evaluation, "string").Text ?? Error,
                CauseExpression?.Evaluate(evaluation, "string").Text ?? Cause));
        }

        branch.Inspection?.Note("afterInputPath", input);
        throw new StateFailedException(new StateFailure(
            ErrorPath is null ? Error : Text("ErrorPath", ErrorPath, branch, input),
            CausePath is null ? Cause : Text("CausePath", CausePath, branch, input)));
    }

    private static string Text(string field, AslExpression expression, Branch branch, AslValue input)
    {
        try
        {
            var value = expression.Evaluate(new Evaluation(input, branch));
            return value.IsString ? value.Text : throw new StateRuntimeException(
                $"The JSONPath '{expression.Text}' specified for the field '{field}' does not reference a string value.");
        }
        catch (PathNotFoundException)
        {
            throw new StateRuntimeException(
                $"The JSONPath '{expression.Text}' specified for the field '{field}' could not be found in the input '{input.ToJson()}'");
        }
    }
}

/// <summary>Where a result goes in the state's input: absent replaces it all, JSON null drops the result.</summary>
internal readonly record struct ResultPath(PathExpression? Path, bool Discards = false)
{
    /// <exception cref="StateRuntimeException">States.ResultPathMatchFailure: the input has something else in the way.</exception>
    public AslValue Apply(AslValue input, AslValue result)
    {
        if (Discards)
        {
            return input;
        }

        return Path is null || Path.Path.IsRoot
            ? result
            : Path.Path.Replace(input, result) ?? throw new StateRuntimeException(
                $"Unable to apply ReferencePath {Path.Text} to input {input.ToJson()}", "States.ResultPathMatchFailure");
    }
}
