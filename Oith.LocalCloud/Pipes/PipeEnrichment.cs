using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Pipes;

/// <summary>Hands a batch to a pipe's enrichment, a function or an EXPRESS state machine, whose answer goes on to the target.</summary>
internal sealed class PipeEnrichment(IAwsApi api)
{
    /// <exception cref="AwsServiceException">ValidationException for an enrichment or parameter that is not supported.</exception>
    public static void Check(string arn, JsonObject parameters)
    {
        if (Arn.ServiceOf(arn) is not ("lambda" or "states"))
        {
            throw AwsServiceException.Validation($"LocalCloud supports functions and state machines as enrichment of pipes, not {arn}.");
        }

        parameters.AllowOnly("EnrichmentParameters", "InputTemplate");
    }

    /// <param name="arn">The function's or state machine's ARN.</param>
    /// <param name="inputs">The events after the enrichment's input template.</param>
    /// <returns>What goes on to the target: the items of an array, one other answer, or nothing of an empty one.</returns>
    /// <exception cref="PipeTargetException">The enrichment failed.</exception>
    /// <exception cref="AwsServiceException">The enrichment refused the call.</exception>
    public async Task<IReadOnlyList<JsonNode?>> InvokeAsync(string arn, IEnumerable<JsonNode?> inputs, string? traceParent, CancellationToken cancellationToken)
    {
        var batch = new JsonArray([.. inputs]);
        var answer = Arn.ServiceOf(arn) == "lambda"
            ? await InvokeFunctionAsync(arn, batch, traceParent, cancellationToken)
            : await ExecuteAsync(arn, batch, traceParent, cancellationToken);
        return answer switch
        {
            null or JsonObject { Count: 0 } => [],
            JsonArray items => [.. items.Select(item => item?.DeepClone())],
            _ => [answer.DeepClone()],
        };
    }

    private async Task<JsonNode?> InvokeFunctionAsync(string arn, JsonArray batch, string? traceParent, CancellationToken cancellationToken)
    {
        var input = new JsonObject { ["FunctionName"] = arn, ["InvocationType"] = "RequestResponse", ["Payload"] = batch };
        var answer = await api.At(arn).InvokeAsync("lambda", "Invoke", input, cancellationToken, traceParent);
        return answer["FunctionError"] is null
            ? answer["Payload"]
            : throw new PipeTargetException($"The enrichment {arn} failed: {answer["Payload"]?.ToJsonString()}");
    }

    private async Task<JsonNode?> ExecuteAsync(string arn, JsonArray batch, string? traceParent, CancellationToken cancellationToken)
    {
        var input = new JsonObject { ["stateMachineArn"] = arn, ["input"] = batch.ToJsonString() };
        var answer = await api.At(arn).InvokeAsync("states", "StartSyncExecution", input, cancellationToken, traceParent);
        return answer["status"]?.GetValue<string>() == "SUCCEEDED"
            ? JsonInput.Parse(answer["output"]!.GetValue<string>())
            : throw new PipeTargetException($"The enrichment {arn} ended {answer["status"]}: {answer["error"]} {answer["cause"]}");
    }
}
