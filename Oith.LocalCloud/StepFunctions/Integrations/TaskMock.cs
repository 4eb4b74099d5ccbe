using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>The answer that TestState gives in place of a resource: a result or a failure.</summary>
internal sealed record TaskMock(AslValue? Result, StateFailure? Failure)
{
    /// <exception cref="StateFailedException">The mock is a failure.</exception>
    public AslValue Answer() => Failure is null ? Result! : throw new StateFailedException(Failure);
}
