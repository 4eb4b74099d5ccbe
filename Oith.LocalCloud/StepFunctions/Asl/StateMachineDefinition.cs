namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>A definition, read once.</summary>
internal sealed record StateMachineDefinition(StateGroup States, long? TimeoutSeconds)
{
    /// <summary>The variables that each state reads, for those that read any: what DescribeStateMachine calls variableReferences.</summary>
    public IEnumerable<(string State, IReadOnlyList<string> Variables)> VariableReferences =>
        States.All.Select(state => (state.Name, (IReadOnlyList<string>)[.. state.Variables])).Where(one => one.Item2.Count > 0);
}

/// <summary>A fault of a definition, as ValidateStateMachineDefinition shows it.</summary>
/// <param name="Location">Where: <c>/States/First/Next</c>; null when it is in no one place.</param>
internal sealed record DefinitionFault(string Code, string Message, string? Location)
{
    public const string Schema = "SCHEMA_VALIDATION_FAILED";
    public const string MissingTarget = "MISSING_TRANSITION_TARGET";

    /// <summary>The fault in the words of CreateStateMachine, which writes an absent location as <c>null</c>.</summary>
    public override string ToString() => Code == "INVALID_JSON_DESCRIPTION" ? $"{Code}: {Message}" : $"{Code}: {Message} at {Location ?? "null"}";
}
