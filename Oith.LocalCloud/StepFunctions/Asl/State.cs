using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>A field that picks a part of the data: absent means all of it, JSON null means <c>{}</c>.</summary>
internal readonly record struct PathField(PathExpression? Expression, bool Discards = false)
{
    public AslValue Apply(AslValue value, IEvaluationScope scope) =>
        Discards ? AslValue.EmptyObject
        : Expression is null ? value
        : Expression.EvaluateField(new Evaluation(value, scope));
}

/// <summary>What a state leaves behind: its output, where to go (null: the end), the variables it assigns.</summary>
internal readonly record struct StateResult(AslValue Output, string? Next, AslValue? Assigned = null);

/// <summary>One state of a machine, read from its definition once; executions share it.</summary>
internal abstract class State
{
    /// <summary>The largest output of a state, in bytes of JSON.</summary>
    public const int MaximumPayload = 256 * 1024;

    public required string Name { get; init; }

    /// <summary>The Type as the definition and the history name it: <c>Task</c>.</summary>
    public abstract string Type { get; }

    public PathField InputPath { get; init; }

    public PathField OutputPath { get; init; }

    public PayloadTemplate? Assign { get; init; }

    /// <summary>True when the state's expressions are JSONata; it has no paths then.</summary>
    public bool IsJsonata { get; init; }

    /// <summary>The output in JSONata; absent: the result.</summary>
    public PayloadTemplate? Output { get; init; }

    public string? Next { get; init; }

    /// <summary>True for states whose unfinished run is shown as <c>TaskStateAborted</c> and the like.</summary>
    public virtual bool IsAbortable => false;

    /// <summary>The states inside: branches, the item processor.</summary>
    public virtual IEnumerable<StateGroup> Groups => [];

    /// <summary>The names of the states that may follow.</summary>
    public virtual IEnumerable<string> Targets => Next is null ? [] : [Next];

    /// <summary>Expressions outside templates and paths, for the list of variables that the state reads.</summary>
    protected virtual IEnumerable<string> OwnVariables => [];

    /// <summary>The names of the variables that the state reads, each once, in order of the alphabet.</summary>
    public IEnumerable<string> Variables =>
        OwnVariables
            .Concat(InputPath.Expression?.Variables ?? [])
            .Concat(OutputPath.Expression?.Variables ?? [])
            .Concat(Assign?.Variables ?? [])
            .Concat(Output?.Variables ?? [])
            .Distinct()
            .Order(StringComparer.Ordinal);

    /// <exception cref="StateFailedException">The state failed.</exception>
    /// <exception cref="StateRuntimeException">The definition does not fit the data.</exception>
    public abstract ValueTask<StateResult> ExecuteAsync(Branch branch, AslValue input, CancellationToken cancellationToken);

    /// <summary>How a state in JSONata ends: both its variables and its output are computed from the old variables.</summary>
    protected StateResult JsonataResult(in Evaluation evaluation, AslValue result, string? next)
    {
        var assigned = Assign?.Evaluate(evaluation);
        return new StateResult(Checked(Output?.Evaluate(evaluation) ?? result, Name), next, assigned);
    }

    protected AslValue? Assigned(Branch branch, AslValue value, PayloadTemplate? assign) =>
        assign?.Evaluate(new Evaluation(value, branch));

    /// <exception cref="StateFailedException">The value is larger than a state may leave.</exception>
    protected static AslValue Checked(AslValue value, string subject) =>
        value.IsWithin(MaximumPayload)
            ? value
            : throw new StateFailedException(new StateFailure(
                StateFailure.DataLimitExceeded,
                $"The state/task '{subject}' returned a result with a size exceeding the maximum number of bytes service limit."));
}

/// <summary>States with one start: a machine, a branch, an item processor.</summary>
internal sealed class StateGroup(string startAt, Dictionary<string, State> states)
{
    public string StartAt { get; } = startAt;

    public IReadOnlyDictionary<string, State> States { get; } = states;

    /// <summary>Every state of the group and of the groups inside it.</summary>
    public IEnumerable<State> All => States.Values.SelectMany(state => state.Groups.SelectMany(group => group.All).Prepend(state));
}
