using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>A function called by its own ARN: its payload is the state's input, its result the state's result.</summary>
internal sealed class LambdaFunctionTask(string arn) : TaskResource(arn)
{
    public override async Task<AslValue> RunAsync(TaskCall call, CancellationToken cancellationToken)
    {
        var branch = call.Branch;
        branch.Record(
            "LambdaFunctionScheduled",
            [HistoryDetail.Text("resource", Arn), HistoryDetail.Data("input", call.Parameters), .. LimitDetails(call), .. Credentials(call)]);
        branch.Record("LambdaFunctionStarted");
        try
        {
            var result = await WithTimeoutAsync(call, token => InvokeAsync(call, token), cancellationToken);
            CheckedSize(result, Arn);
            branch.Record("LambdaFunctionSucceeded", HistoryDetail.Data("output", result));
            return result;
        }
        catch (StateFailedException error)
        {
            branch.Record(
                error.Failure.Error == StateFailure.Timeout ? "LambdaFunctionTimedOut" : "LambdaFunctionFailed", [.. FailureDetails(error.Failure)]);
            throw;
        }
    }

    private static IEnumerable<HistoryDetail> Credentials(TaskCall call)
    {
        if (call.RoleArn is not null)
        {
            yield return new HistoryDetail("taskCredentials", AslValue.Object(("roleArn", AslValue.Of(call.RoleArn))));
        }
    }

    private async Task<AslValue> InvokeAsync(TaskCall call, CancellationToken cancellationToken)
    {
        var answer = await ServiceCaller.InvokeAsync(
            call, AwsServices.Lambda, "Invoke", AslValue.Object(("FunctionName", AslValue.Of(Arn)), ("Payload", call.Parameters)), cancellationToken);
        return LambdaErrors.Payload(answer);
    }
}

/// <summary>The failed invocations of functions.</summary>
internal static class LambdaErrors
{
    /// <summary>The function's result.</summary>
    /// <exception cref="StateFailedException">The function failed; the error is its errorType, the cause its whole answer.</exception>
    public static AslValue Payload(AslValue answer)
    {
        var payload = answer.Find("Payload") ?? AslValue.Null;
        if (answer.Find("FunctionError") is not { IsString: true })
        {
            return payload;
        }

        throw new StateFailedException(new StateFailure(payload.Find("errorType") is { IsString: true } type ? type.Text : "Lambda.Unknown", payload.ToJson()));
    }
}
