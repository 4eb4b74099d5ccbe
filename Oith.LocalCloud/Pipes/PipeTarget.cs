using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Pipes;

/// <summary>Hands a batch of transformed events to a pipe's target.</summary>
internal sealed class PipeTarget(IAwsApi api)
{
    private const int MaximumSqsBatch = 10;

    /// <exception cref="AwsServiceException">ValidationException for a target or parameter that is not supported.</exception>
    public static void Check(string targetArn, JsonObject parameters)
    {
        var section = Arn.ServiceOf(targetArn) switch
        {
            "states" => "StepFunctionStateMachineParameters",
            "lambda" => "LambdaFunctionParameters",
            "sqs" => "SqsQueueParameters",
            _ => throw AwsServiceException.Validation($"LocalCloud supports pipes to state machines, functions and queues, not to {targetArn}."),
        };
        parameters.AllowOnly("TargetParameters", "InputTemplate", section);
        var settings = parameters.Structure(section) ?? [];
        if (section == "SqsQueueParameters")
        {
            settings.AllowOnly(section, "MessageGroupId", "MessageDeduplicationId");
        }
        else
        {
            settings.AllowOnly(section, "InvocationType");
            if (settings.Text("InvocationType") is { } type and not ("REQUEST_RESPONSE" or "FIRE_AND_FORGET"))
            {
                throw AwsServiceException.Validation($"InvocationType must be REQUEST_RESPONSE or FIRE_AND_FORGET, not {type}.");
            }
        }
    }

    /// <param name="events">The events as received, for dynamic parameters.</param>
    /// <param name="inputs">The same after the input template.</param>
    /// <returns>Message ids of the events that failed; empty when all went well.</returns>
    /// <exception cref="PipeTargetException">The whole batch failed.</exception>
    /// <exception cref="AwsServiceException">The target refused the call.</exception>
    public async Task<IReadOnlySet<string>> InvokeAsync(
        PipeSettings pipe, IReadOnlyList<JsonObject> events, IReadOnlyList<JsonNode?> inputs, string? traceParent, CancellationToken cancellationToken) =>
        Arn.ServiceOf(pipe.TargetArn) switch
        {
            "states" => await StartExecutionAsync(pipe, inputs, traceParent, cancellationToken),
            "lambda" => await InvokeFunctionAsync(pipe, inputs, traceParent, cancellationToken),
            _ => await SendMessagesAsync(pipe, events, inputs, traceParent, cancellationToken),
        };

    private async Task<IReadOnlySet<string>> StartExecutionAsync(PipeSettings pipe, IReadOnlyList<JsonNode?> inputs, string? traceParent, CancellationToken cancellationToken)
    {
        var synchronous = IsSynchronous(pipe, "StepFunctionStateMachineParameters");
        var input = new JsonObject { ["stateMachineArn"] = pipe.TargetArn, ["input"] = Batch(inputs).ToJsonString() };
        if (TraceContext.Parse(traceParent) is var context && context != default)
        {
            input["traceHeader"] = TraceContext.ToXRay(context);
        }

        var answer = await api.At(pipe.TargetArn)
            .InvokeAsync("states", synchronous ? "StartSyncExecution" : "StartExecution", input, cancellationToken, traceParent);
        if (!synchronous)
        {
            return s_noFailures;
        }

        return answer["status"]?.GetValue<string>() == "SUCCEEDED"
            ? BatchItemFailures(answer["output"]?.GetValue<string>() is { } output ? Parse(output) : null)
            : throw new PipeTargetException($"The execution {answer["executionArn"]} ended {answer["status"]}: {answer["error"]} {answer["cause"]}");
    }

    private async Task<IReadOnlySet<string>> InvokeFunctionAsync(PipeSettings pipe, IReadOnlyList<JsonNode?> inputs, string? traceParent, CancellationToken cancellationToken)
    {
        var synchronous = IsSynchronous(pipe, "LambdaFunctionParameters");
        var answer = await api.At(pipe.TargetArn).InvokeAsync(
            "lambda",
            "Invoke",
            new JsonObject { ["FunctionName"] = pipe.TargetArn, ["InvocationType"] = synchronous ? "RequestResponse" : "Event", ["Payload"] = Batch(inputs) },
            cancellationToken,
            traceParent);
        return answer["FunctionError"] is null
            ? BatchItemFailures(answer["Payload"])
            : throw new PipeTargetException($"The function {pipe.TargetArn} failed: {answer["Payload"]?.ToJsonString()}");
    }

    private async Task<IReadOnlySet<string>> SendMessagesAsync(
        PipeSettings pipe, IReadOnlyList<JsonObject> events, IReadOnlyList<JsonNode?> inputs, string? traceParent, CancellationToken cancellationToken)
    {
        var queueUrl = await api.QueueUrlAsync(pipe.TargetArn, cancellationToken);
        var parameters = pipe.TargetParameters.Structure("SqsQueueParameters") ?? [];
        var failed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var chunk in Enumerable.Range(0, inputs.Count).Chunk(MaximumSqsBatch))
        {
            var entries = new JsonArray();
            foreach (var index in chunk)
            {
                var entry = new JsonObject
                {
                    ["Id"] = index.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    ["MessageBody"] = inputs[index] is JsonValue value && value.GetValueKind() == JsonValueKind.String
                        ? value.GetValue<string>()
                        : inputs[index]?.ToJsonString() ?? "null",
                };
                SetParameter(entry, parameters, "MessageGroupId", events[index]);
                SetParameter(entry, parameters, "MessageDeduplicationId", events[index]);
                entries.Add(entry);
            }

            var answer = await api.At(pipe.TargetArn).InvokeAsync(
                "sqs", "SendMessageBatch", new JsonObject { ["QueueUrl"] = queueUrl, ["Entries"] = entries }, cancellationToken, traceParent);
            foreach (var failure in answer["Failed"] as JsonArray ?? [])
            {
                var index = int.Parse(failure!["Id"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
                // What an enrichment answered is no message of the source any more: the whole batch has failed with it.
                failed.Add(pipe.EnrichmentArn is null
                    ? events[index]["messageId"]!.GetValue<string>()
                    : throw new PipeTargetException($"The queue {pipe.TargetArn} refused an enriched event: {failure["Message"]}"));
            }
        }

        return failed;
    }

    /// <summary>A constant, or a path into the event: <c>$.attributes.MessageGroupId</c>.</summary>
    private static void SetParameter(JsonObject entry, JsonObject parameters, string name, JsonObject pipeEvent)
    {
        if (parameters.Text(name) is { } value)
        {
            entry[name] = value.StartsWith('$') ? PipeEvents.Find(pipeEvent, value)?.ToString() : value;
        }
    }

    private static readonly IReadOnlySet<string> s_noFailures = new HashSet<string>();

    private static bool IsSynchronous(PipeSettings pipe, string section) =>
        pipe.TargetParameters.Structure(section)?.Text("InvocationType") != "FIRE_AND_FORGET";

    /// <summary>Functions and state machines always get an array, also for one event.</summary>
    private static JsonArray Batch(IReadOnlyList<JsonNode?> inputs) => new([.. inputs.Select(input => input?.DeepClone())]);

    /// <summary>The target's word on single events: <c>{"batchItemFailures": [{"itemIdentifier": "message id"}]}</c>.</summary>
    private static IReadOnlySet<string> BatchItemFailures(JsonNode? answer) => answer is JsonObject members && members["batchItemFailures"] is JsonArray { Count: > 0 } failures
        ? failures.Select(failure => failure?["itemIdentifier"]?.ToString() ?? throw new PipeTargetException("The target named a failed item without itemIdentifier.")).ToHashSet(StringComparer.Ordinal)
        : s_noFailures;

    private static JsonNode? Parse(string output)
    {
        try
        {
            return JsonInput.Parse(output);
        }
        catch (JsonException error)
        {
            throw new PipeTargetException($"The execution's output is no JSON: {error.Message}");
        }
    }

    /// <summary>Whether an error is the target's load and not the event's fault, so that waiting helps.</summary>
    public static bool IsThrottle(AwsServiceException error) =>
        error.Status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
        || error.Code.Contains("Throttl", StringComparison.OrdinalIgnoreCase)
        || error.Code is "ExecutionLimitExceeded" or "TooManyRequestsException";
}

/// <summary>The target took the batch and failed at it.</summary>
internal sealed class PipeTargetException(string message) : Exception(message);
