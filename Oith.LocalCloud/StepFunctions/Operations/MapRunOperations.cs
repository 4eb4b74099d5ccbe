using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>Look at and change the runs of distributed Maps.</summary>
internal sealed class MapRunOperations(ExecutionEngine engine)
{
    public ValueTask DescribeMapRun(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var run = Find(call);
        output.WriteStartObject();
        output.WriteString("mapRunArn", run.Arn);
        output.WriteString("executionArn", run.Parent.Arn);
        output.WriteString("status", run.Status.ToString().ToUpperInvariant());
        output.WriteTime("startDate", run.StartDate);
        if (run.StopDate is { } stopDate)
        {
            output.WriteTime("stopDate", stopDate);
        }

        output.WriteNumber("maxConcurrency", run.MaxConcurrency);
        output.WriteNumber("toleratedFailurePercentage", run.ToleratedFailurePercentage ?? 0);
        output.WriteNumber("toleratedFailureCount", run.ToleratedFailureCount ?? 0);
        WriteCounts(output, "itemCounts", run, items: true, run.ItemCount);
        WriteCounts(output, "executionCounts", run, items: false, run.ChildCount);
        output.WriteNumber("redriveCount", run.RedriveCount);
        if (run.RedriveDate is { } redriveDate)
        {
            output.WriteTime("redriveDate", redriveDate);
        }

        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask ListMapRuns(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var arn = call.Required("executionArn");
        var execution = engine.Executions.Find(arn) ?? throw StepFunctionsErrors.ExecutionDoesNotExist(arn);
        var (items, next) = call.Page(engine.MapRuns.Of(execution.Arn).ToArray());
        output.WriteStartObject();
        output.WriteStartArray("mapRuns");
        foreach (var run in items)
        {
            output.WriteStartObject();
            output.WriteString("executionArn", arn);
            output.WriteString("mapRunArn", run.Arn);
            output.WriteString("stateMachineArn", $"{run.Parent.Machine.Arn}/{run.Label}");
            output.WriteTime("startDate", run.StartDate);
            if (run.StopDate is { } stopDate)
            {
                output.WriteTime("stopDate", stopDate);
            }

            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteOptional("nextToken", next);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask UpdateMapRun(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var run = Find(call);
        run.MaxConcurrency = call.Number("maxConcurrency") ?? run.MaxConcurrency;
        run.ToleratedFailureCount = call.Number("toleratedFailureCount") ?? run.ToleratedFailureCount;
        if (call.Json("toleratedFailurePercentage") is { } percentage)
        {
            run.ToleratedFailurePercentage = percentage.Number;
        }

        return ValueTask.CompletedTask;
    }

    private MapRun Find(AwsCall call)
    {
        var arn = call.Required("mapRunArn");
        return engine.MapRuns.Find(arn) ?? throw StepFunctionsErrors.ResourceNotFound(arn);
    }

    private static void WriteCounts(Utf8JsonWriter output, string member, MapRun run, bool items, int total)
    {
        var running = run.Count(ExecutionStatus.Running, items);
        var succeeded = run.Count(ExecutionStatus.Succeeded, items);
        var failed = run.Count(ExecutionStatus.Failed, items);
        var timedOut = run.Count(ExecutionStatus.TimedOut, items);
        var aborted = run.Count(ExecutionStatus.Aborted, items);
        var pendingRedrive = run.Count(ExecutionStatus.PendingRedrive, items);
        output.WriteStartObject(member);
        output.WriteNumber("pending", total - running - succeeded - failed - timedOut - aborted - pendingRedrive);
        output.WriteNumber("running", running);
        output.WriteNumber("succeeded", succeeded);
        output.WriteNumber("failed", failed);
        output.WriteNumber("timedOut", timedOut);
        output.WriteNumber("aborted", aborted);
        output.WriteNumber("total", total);
        output.WriteNumber("resultsWritten", run.Status == MapRunStatus.Succeeded ? succeeded : 0);
        output.WriteNumber("failuresNotRedrivable", run.CountNotRedrivable(items));
        output.WriteNumber("pendingRedrive", pendingRedrive);
        output.WriteEndObject();
    }
}
