using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>A state in JSONata. A definition with one can be validated, but it is refused before it could run.</summary>
internal sealed class JsonataState(string type, IReadOnlyList<StateGroup> groups, IReadOnlyList<string> targets) : State
{
    public override string Type => type;

    public override IEnumerable<StateGroup> Groups => groups;

    public override IEnumerable<string> Targets => targets;

    public override ValueTask<StateResult> ExecuteAsync(Branch branch, AslValue input, CancellationToken cancellationToken) =>
        throw new InvalidOperationException($"The state {Name} is in JSONata, which must have been refused.");
}
