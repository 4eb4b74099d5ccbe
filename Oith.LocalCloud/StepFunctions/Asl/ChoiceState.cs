using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>One way out of a Choice state.</summary>
internal sealed record ChoiceBranch(ChoiceRule Rule, string Next, PayloadTemplate? Assign);

internal sealed class ChoiceState : State
{
    public override string Type => "Choice";

    public required IReadOnlyList<ChoiceBranch> Choices { get; init; }

    public string? Default { get; init; }

    public override IEnumerable<string> Targets => Choices.Select(choice => choice.Next).Concat(Default is null ? [] : [Default]);

    protected override IEnumerable<string> OwnVariables =>
        Choices.SelectMany(choice => choice.Rule.Variables.Concat(choice.Assign?.Variables ?? []));

    public override ValueTask<StateResult> ExecuteAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        var effective = InputPath.Apply(input, branch);
        branch.Inspection?.Note("afterInputPath", effective);
        foreach (var choice in Choices)
        {
            if (choice.Rule.Matches(new Evaluation(effective, branch)))
            {
                return new(new StateResult(OutputPath.Apply(effective, branch), choice.Next, Assigned(branch, effective, choice.Assign)));
            }
        }

        if (Default is null)
        {
            throw new StateRuntimeException(
                "Failed to transition out of the state. The state does not point to a next state.");
        }

        return new(new StateResult(OutputPath.Apply(effective, branch), Default, Assigned(branch, effective, Assign)));
    }
}
