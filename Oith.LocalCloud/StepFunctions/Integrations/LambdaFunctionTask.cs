using System.Text;
using System.Text.Json;
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
        var raw = await ServiceCaller.InvokeRawAsync(
            call,
            AwsServices.Lambda,
            "Invoke",
            AslValue.Object(("FunctionName", AslValue.Of(Arn)), ("Payload", call.Parameters)),
            isSdk: false,
            cancellationToken);
        var answer = AslValue.ParseAsSent(Encoding.UTF8.GetString(raw.Span));
        var payload = answer.Find("Payload") ?? AslValue.Null;

        // Result and cause are the function's answer to the letter, with its spaces.
        return LambdaErrors.IsFailed(answer) ? throw LambdaErrors.Failure(answer, payload.ToText()) : payload;
    }
}

/// <summary>The failed invocations of functions.</summary>
internal static class LambdaErrors
{
    public static bool IsFailed(AslValue answer) => answer.Find("FunctionError") is { IsString: true };

    /// <summary>The error is the function's errorType.</summary>
    public static StateFailedException Failure(AslValue answer, string cause) => new(new StateFailure(
        answer.Find("Payload")?.Find("errorType") is { IsString: true } type ? type.Text : "Lambda.Unknown", cause));
}

/// <summary>The Payload of <c>lambda:invoke</c>.</summary>
internal static class LambdaPayload
{
    /// <summary>A payload given as text is the JSON text that the function gets; null is none, so that the function gets <c>{}</c>.</summary>
    /// <exception cref="StateFailedException">The text is not JSON.</exception>
    public static AslValue Read(AslValue parameters)
    {
        if (parameters.Find("Payload") is not { } payload)
        {
            return parameters;
        }

        if (payload.IsNull)
        {
            return AslValue.Object([.. parameters.Members.ToArray().Where(member => member.Key != "Payload")]);
        }

        if (!payload.IsString)
        {
            return parameters;
        }

        try
        {
            return parameters.With("Payload", AslValue.Parse(payload.Text));
        }
        catch (JsonException error)
        {
            throw new StateFailedException(new StateFailure(
                "Lambda.InvalidRequestContentException", $"Could not parse request body into json: {error.Message}"));
        }
    }
}
