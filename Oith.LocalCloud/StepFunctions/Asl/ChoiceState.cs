using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>One way out of a Choice state.</summary>
internal sealed record ChoiceBranch(ChoiceRule Rule, string Next, PayloadTemplate? Assign, PayloadTemplate? Output);

internal sealed class ChoiceState : State
{
    public override string Type => "Choice";

    public required IReadOnlyList<ChoiceBranch> Choices { get; init; }

    public string? Default { get; init; }

    public override IEnumerable<string> Targets => Choices.Select(choice => choice.Next).Concat(Default is null ? [] : [Default]);

    protected override IEnumerable<string> OwnVariables =>
        Choices.SelectMany(choice => choice.Rule.Variables.Concat(choice.Assign?.Variables ?? []).Concat(choice.Output?.Variables ?? []));

    public override ValueTask<StateResult> ExecuteAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        var effective = InputPath.Apply(input, branch);
        var evaluation = new Evaluation(effective, branch);
        if (!IsJsonata)
        {
            branch.Inspection?.Note("afterInputPath", effective);
        }

        foreach (var choice in Choices)
        {
            if (choice.Rule.Matches(evaluation))
            {
                if (IsJsonata)
                {
                    var assigned = choice.Assign?.Evaluate(evaluation);
                    return new(new StateResult(Checked(choice.Output?.Evaluate(evaluation) ?? input, Name), choice.Next, assigned));
                }

                return new(new StateResult(OutputPath.Apply(effective, branch), choice.Next, Assigned(branch, effective, choice.Assign)));
            }
        }

        if (Default is null)
        {
            throw new StateRuntimeException(
                "Failed to transition out of the state. The state does not point to a next state.");
        }

        if (IsJsonata)
        {
            return new(JsonataResult(evaluation, input, Default));
        }

        return new(new StateResult(OutputPath.Apply(effective, branch), Default, Assigned(branch, effective, Assign)));
    }
}
