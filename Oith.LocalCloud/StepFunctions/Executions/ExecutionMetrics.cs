using System.Diagnostics.Metrics;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>The metrics of executions, named as AWS/States names them, with the dimension StateMachineArn.</summary>
internal sealed class ExecutionMetrics
{
    public const string MeterName = "Oith.LocalCloud.StepFunctions";

    private readonly Counter<long> _started;
    private readonly Counter<long> _succeeded;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _timedOut;
    private readonly Counter<long> _aborted;
    private readonly Counter<long> _redriven;
    private readonly Histogram<double> _time;

    public ExecutionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _started = meter.CreateCounter<long>("ExecutionsStarted", "{execution}", "Executions begun");
        _succeeded = meter.CreateCounter<long>("ExecutionsSucceeded", "{execution}", "Executions that succeeded");
        _failed = meter.CreateCounter<long>("ExecutionsFailed", "{execution}", "Executions that failed");
        _timedOut = meter.CreateCounter<long>("ExecutionsTimedOut", "{execution}", "Executions that timed out");
        _aborted = meter.CreateCounter<long>("ExecutionsAborted", "{execution}", "Executions that were stopped");
        _redriven = meter.CreateCounter<long>("RedrivenExecutions", "{execution}", "Executions that were redriven");
        _time = meter.CreateHistogram<double>("ExecutionTime", "ms", "From start to end of an execution");
    }

    public void Started(Execution execution) => (execution.RedriveDate is null ? _started : _redriven).Add(1, Dimension(execution));

    public void Ended(Execution execution)
    {
        var counter = execution.Status switch
        {
            ExecutionStatus.Succeeded => _succeeded,
            ExecutionStatus.Failed => _failed,
            ExecutionStatus.TimedOut => _timedOut,
            _ => _aborted,
        };
        counter.Add(1, Dimension(execution));
        _time.Record((execution.StopDate!.Value - execution.StartDate).TotalMilliseconds, Dimension(execution));
    }

    private static KeyValuePair<string, object?> Dimension(Execution execution) => new("StateMachineArn", execution.Machine.Arn);
}
