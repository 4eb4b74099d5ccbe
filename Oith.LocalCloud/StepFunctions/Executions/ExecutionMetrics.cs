using System.Diagnostics.Metrics;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>The metrics of executions, named as AWS/States names them, with the dimension StateMachineArn.</summary>
internal static class ExecutionMetrics
{
    public const string MeterName = "Oith.LocalCloud.StepFunctions";

    private static readonly Meter s_meter = new(MeterName);
    private static readonly Counter<long> s_started = s_meter.CreateCounter<long>("ExecutionsStarted", "{execution}", "Executions begun");
    private static readonly Counter<long> s_succeeded = s_meter.CreateCounter<long>("ExecutionsSucceeded", "{execution}", "Executions that succeeded");
    private static readonly Counter<long> s_failed = s_meter.CreateCounter<long>("ExecutionsFailed", "{execution}", "Executions that failed");
    private static readonly Counter<long> s_timedOut = s_meter.CreateCounter<long>("ExecutionsTimedOut", "{execution}", "Executions that timed out");
    private static readonly Counter<long> s_aborted = s_meter.CreateCounter<long>("ExecutionsAborted", "{execution}", "Executions that were stopped");
    private static readonly Histogram<double> s_time = s_meter.CreateHistogram<double>("ExecutionTime", "ms", "From start to end of an execution");

    public static void Started(Execution execution) => s_started.Add(1, Dimension(execution));

    public static void Ended(Execution execution)
    {
        var counter = execution.Status switch
        {
            ExecutionStatus.Succeeded => s_succeeded,
            ExecutionStatus.Failed => s_failed,
            ExecutionStatus.TimedOut => s_timedOut,
            _ => s_aborted,
        };
        counter.Add(1, Dimension(execution));
        s_time.Record((execution.StopDate!.Value - execution.StartDate).TotalMilliseconds, Dimension(execution));
    }

    private static KeyValuePair<string, object?> Dimension(Execution execution) => new("StateMachineArn", execution.Machine.Arn);
}
