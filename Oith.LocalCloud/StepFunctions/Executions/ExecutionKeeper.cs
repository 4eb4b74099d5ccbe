namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>Keeps machines, activities and what executions do, so that STANDARD ones outlive the process.</summary>
internal sealed class ExecutionKeeper
{
    public Action<HistoryEvent>? Listener(Execution execution) => null;

    public void Started(Execution execution)
    {
    }

    public void Entered(Execution execution, ResumePoint point)
    {
    }

    public void Ended(Execution execution)
    {
    }

    public void MachineChanged(StateMachine machine)
    {
    }

    public void MachineDeleted(string arn)
    {
    }

    public void ActivityChanged(StepActivity activity)
    {
    }

    public void ActivityDeleted(string arn)
    {
    }
}
