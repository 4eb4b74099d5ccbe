using System.Globalization;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>What a task waits for after its call was answered.</summary>
internal enum TaskPattern
{
    RequestResponse,
    WaitForTaskToken,
    Sync,

    /// <summary>As Sync, with the nested execution's output as JSON and not as text.</summary>
    Sync2,
}

/// <summary>A call of a service: <c>arn:aws:states:::sqs:sendMessage.waitForTaskToken</c>, <c>arn:aws:states:::aws-sdk:s3:getObject</c>.</summary>
/// <param name="action">The operation as the resource names it: <c>sendMessage</c>.</param>
internal sealed class ServiceTask(string arn, AwsServices service, string resourceType, string action, TaskPattern pattern, bool isSdk)
    : TaskResource(arn)
{
    private const string NotEmulated = "LocalCloud.ServiceNotEmulated";

    private readonly string _operation = char.ToUpperInvariant(action[0]) + action[1..];

    private readonly string _resource = action + pattern switch
    {
        TaskPattern.WaitForTaskToken => ".waitForTaskToken",
        TaskPattern.Sync => ".sync",
        TaskPattern.Sync2 => ".sync:2",
        _ => "",
    };

    public override bool WaitsForTaskToken => pattern != TaskPattern.RequestResponse;

    public AwsServices Service { get; } = service;

    public string Operation => _operation;

    public TaskPattern Pattern => pattern;

    public bool IsSdk { get; } = isSdk;

    private HistoryDetail[] Names =>
        [HistoryDetail.Text("resourceType", resourceType), HistoryDetail.Text("resource", _resource)];

    public override async Task<AslValue> RunAsync(TaskCall call, CancellationToken cancellationToken)
    {
        var branch = call.Branch;
        branch.Record("TaskScheduled", [.. Names, .. Scheduled(call)]);
        branch.Record("TaskStarted", Names);
        try
        {
            var result = CheckedSize(await WithTimeoutAsync(call, token => WorkAsync(call, token), cancellationToken), resourceType);
            branch.Record("TaskSucceeded", [.. Names, HistoryDetail.Data("output", result)]);
            return result;
        }
        catch (StateFailedException error)
        {
            branch.Record(error.Failure.Error == StateFailure.Timeout ? "TaskTimedOut" : "TaskFailed", [.. Names, .. FailureDetails(error.Failure)]);
            throw;
        }
    }

    private async Task<AslValue> WorkAsync(TaskCall call, CancellationToken cancellationToken)
    {
        CheckEmulated(call);
        switch (Pattern)
        {
            case TaskPattern.WaitForTaskToken:
                // The token may come back before the call that hands it out has returned.
                using (var pending = call.Engine.Tokens.Register(call.Branch.TaskToken!))
                {
                    Submitted(call, await CallAsync(call, cancellationToken));
                    return await pending.WaitAsync(call.Heartbeat, cancellationToken);
                }

            case TaskPattern.Sync or TaskPattern.Sync2:
                return await NestAsync(call, cancellationToken);
            default:
                return await CallAsync(call, cancellationToken);
        }
    }

    /// <exception cref="StateFailedException">LocalCloud cannot carry out the task.</exception>
    private void CheckEmulated(TaskCall call)
    {
        var api = call.Engine.Api;
        if (IsSdk ? api.Find(Service.SigningName) is null : !OptimizedIntegrations.IsEmulated(resourceType, api))
        {
            throw new StateFailedException(new StateFailure(
                NotEmulated,
                $"LocalCloud does not emulate {resourceType}:{_resource}, so the state cannot call it. Give the state's answer with a mock of TestState, "
                + $"or catch {NotEmulated} in the definition."));
        }
    }

    private async Task<AslValue> CallAsync(TaskCall call, CancellationToken cancellationToken)
    {
        var invokesFunction = Service.SigningName == "lambda" && _operation == "Invoke";
        var input = invokesFunction ? LambdaPayload.Read(call.Parameters)
            : Service.SigningName == "events" && !IsSdk ? WithResources(call)
            : call.Parameters;
        var answer = await ServiceCaller.InvokeAsync(call, Service, _operation, input, cancellationToken, IsSdk);
        if (IsSdk && invokesFunction && answer.Find("Payload") is { } payload)
        {
            // The SDK's payload is bytes, so a definition sees the function's answer as text, also that of a failed invocation.
            return answer.With("Payload", AslValue.Of(payload.ToText()));
        }

        if (IsSdk)
        {
            return answer;
        }

        switch (Service.SigningName)
        {
            case "lambda":
                if (LambdaErrors.IsFailed(answer))
                {
                    throw LambdaErrors.Failure(answer, answer.Find("Payload")?.ToJson() ?? "");
                }

                answer = answer.TryGet("ExecutedVersion", out _) ? answer : answer.With("ExecutedVersion", AslValue.Of("$LATEST"));
                break;
            case "states" when answer.Find("StartDate") is { } date:
                // The first SDK shows times as milliseconds, the second as text.
                answer = answer.With("StartDate", NestedExecution.Milliseconds(date));
                break;
            case "events" when answer.Find("FailedEntryCount") is { Number: > 0 }:
                throw new StateFailedException(new StateFailure("EventBridge.FailedEntry", answer.ToJson()));
        }

        return SdkMetadata.AddTo(answer, Service.SigningName == "sns" ? "text/xml" : Service.SigningName == "lambda" ? "application/json" : "application/x-amz-json-1.0");
    }

    // AWS notes in every event which execution sent it.
    private static AslValue WithResources(TaskCall call)
    {
        if (call.Parameters.Find("Entries") is not { IsArray: true } entries)
        {
            return call.Parameters;
        }

        var execution = call.Branch.Execution;
        AslValue[] own = [AslValue.Of(execution.Machine.Arn), AslValue.Of(execution.Arn)];
        return call.Parameters.With("Entries", AslValue.Array([.. entries.Items.ToArray().Select(entry =>
            entry.IsObject ? entry.With("Resources", AslValue.Array([.. (entry.Find("Resources") ?? AslValue.EmptyArray).Items, .. own])) : entry)]));
    }

    private async Task<AslValue> NestAsync(TaskCall call, CancellationToken cancellationToken)
    {
        using var pending = call.Engine.Tokens.Register(call.Branch.TaskToken!);
        var started = await CallAsync(call, cancellationToken);
        Submitted(call, started);
        var arn = started.Find("ExecutionArn")!.Text;
        var nested = call.Engine.Executions.Find(arn);
        try
        {
            if (nested is not null)
            {
                // A task token given to the nested execution ends the wait as well.
                var answered = pending.WaitAsync(null, cancellationToken);
                var first = await Task.WhenAny(nested.Ended, answered).WaitAsync(cancellationToken);
                if (first == answered)
                {
                    return await answered;
                }
            }
        }
        catch (OperationCanceledException)
        {
            nested?.Stop(null, null);
            throw;
        }

        var description = await ServiceCaller.InvokeAsync(
            call, Service, "DescribeExecution", AslValue.Object(("ExecutionArn", AslValue.Of(arn))), cancellationToken);
        return NestedExecution.Result(description, asJson: Pattern == TaskPattern.Sync2);
    }

    private void Submitted(TaskCall call, AslValue output) =>
        call.Branch.Record("TaskSubmitted", [.. Names, HistoryDetail.Data("output", output)]);

    private static IEnumerable<HistoryDetail> Scheduled(TaskCall call)
    {
        yield return HistoryDetail.Text("region", call.Engine.Options.Region);
        yield return HistoryDetail.Data("parameters", call.Parameters);
        foreach (var detail in LimitDetails(call))
        {
            yield return detail;
        }

        if (call.RoleArn is not null)
        {
            yield return new HistoryDetail("taskCredentials", AslValue.Object(("roleArn", AslValue.Of(call.RoleArn))));
        }
    }
}

/// <summary>What a nested execution gives to the state that waited for it.</summary>
internal static class NestedExecution
{
    private static readonly string[] s_shown =
    [
        "Cause", "Error", "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails", "RedriveCount", "RedriveStatus",
        "RedriveStatusReason", "StartDate", "StateMachineArn", "Status", "StopDate",
    ];

    /// <param name="description">The answer of DescribeExecution.</param>
    /// <exception cref="StateFailedException">States.TaskFailed: the nested execution did not succeed; the cause is its description.</exception>
    public static AslValue Result(AslValue description, bool asJson)
    {
        var result = AslValue.Object([.. s_shown.Where(name => description.TryGet(name, out _))
            .Select(name => KeyValuePair.Create(name, Shown(name, description.Find(name)!, asJson)))]);
        return result.Find("Status")?.Text == "SUCCEEDED" ? result : throw new StateFailedException(new StateFailure(StateFailure.TaskFailed, result.ToJson()));
    }

    public static AslValue Milliseconds(AslValue isoTime) =>
        AslValue.Of(DateTimeOffset.Parse(isoTime.Text, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds());

    private static AslValue Shown(string name, AslValue value, bool asJson) => name switch
    {
        "InputDetails" or "OutputDetails" => AslValue.Object(("Included", AslValue.True)),
        "StartDate" or "StopDate" => Milliseconds(value),
        "Input" or "Output" when asJson => AslValue.ParseAsSent(value.Text),
        _ => value,
    };
}
