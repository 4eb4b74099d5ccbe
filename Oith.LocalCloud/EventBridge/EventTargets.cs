using System.Diagnostics;
using System.Text.Json.Nodes;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>
/// Delivers events to targets. A failed delivery is tried again with growing delays, as often and as long as the target's
/// RetryPolicy says, and then goes to its dead-letter queue when it has one.
/// </summary>
internal sealed partial class EventTargets(
    IServiceProvider provider, ApiDestinationCaller destinations, EventTelemetry telemetry, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<EventTargets> logger)
{
    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);
    private readonly DeliveryRetry _retry = new(time);

    /// <exception cref="AwsServiceException">ValidationException naming a target that LocalCloud cannot deliver to.</exception>
    public static void Check(JsonObject target)
    {
        var arn = target.RequiredText("Arn");
        if (Arn.ServiceOf(arn) is not ("states" or "lambda" or "sqs" or "sns" or "events"))
        {
            throw Arn.ServiceOf(arn) is null
                ? AwsServiceException.Validation($"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
                : AwsServiceException.Validation($"LocalCloud supports state machines, functions, queues, topics, event buses and API destinations as targets, not {arn}.");
        }
    }

    /// <summary>Starts the delivery of an event to all targets of a rule; does not wait for it.</summary>
    public void Send(EventRule rule, IReadOnlyList<JsonObject> targets, JsonObject busEvent, string? traceParent)
    {
        telemetry.Triggered(rule);
        foreach (var target in targets)
        {
            _ = Task.Run(() => DeliverAsync(rule, target, busEvent, traceParent, lifetime.ApplicationStopping), CancellationToken.None);
        }
    }

    /// <summary>One delivery, without retries.</summary>
    /// <returns>What the target's service answered.</returns>
    /// <exception cref="AwsServiceException">What it refused.</exception>
    public async Task<JsonObject> DeliverOnceAsync(EventRule rule, JsonObject target, JsonObject busEvent, string? traceParent, CancellationToken cancellationToken)
    {
        using var activity = EventTelemetry.Source.StartActivity($"rule {rule.Name}", ActivityKind.Producer, TraceContext.Parse(traceParent));
        var trace = activity?.Id ?? traceParent;
        var arn = target.Text("Arn")!;
        if (EventInput.Of(target, rule, busEvent, time.GetUtcNow()) is not { } input)
        {
            // AWS drops such an event without a word; neither a retry nor a dead-letter queue gets it.
            LogNoEvent(rule.Name, target.Text("Id"));
            telemetry.Delivered(rule, failed: true);
            return [];
        }

        if (IsApiDestination(arn))
        {
            return await ObserveAsync(rule, activity, () => destinations.CallAsync(arn, target, input, cancellationToken));
        }

        var (service, operation, members) = Arn.ServiceOf(arn) switch
        {
            "states" => ("states", "StartExecution", new JsonObject { ["stateMachineArn"] = arn, ["input"] = input }),
            "lambda" => ("lambda", "Invoke", new JsonObject { ["FunctionName"] = arn, ["InvocationType"] = "Event", ["Payload"] = InputTemplate.AsJson(input) }),
            "sqs" => ("sqs", "SendMessage", await MessageAsync(target, arn, input, cancellationToken)),
            "sns" => ("sns", "Publish", new JsonObject { ["TopicArn"] = arn, ["Message"] = input }),
            _ => ("events", "PutEvents", new JsonObject { ["Entries"] = new JsonArray(Forwarded(busEvent, arn)) }),
        };
        return await ObserveAsync(rule, activity, () => _api.Value.At(arn).InvokeAsync(service, operation, members, cancellationToken, trace).AsTask());
    }

    private static bool IsApiDestination(string arn) => Arn.ResourceOf(arn)?.StartsWith("api-destination/", StringComparison.Ordinal) == true;

    private async Task<JsonObject> ObserveAsync(EventRule rule, Activity? activity, Func<Task<JsonObject>> deliver)
    {
        try
        {
            var answer = await deliver();
            telemetry.Delivered(rule, failed: false);
            return answer;
        }
        catch (AwsServiceException error)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error.Message);
            telemetry.Delivered(rule, failed: true);
            throw;
        }
    }

    private async Task DeliverAsync(EventRule rule, JsonObject target, JsonObject busEvent, string? traceParent, CancellationToken cancellationToken)
    {
        try
        {
            var failure = await _retry.RunAsync(
                target.Structure("RetryPolicy"), (_, token) => DeliverOnceAsync(rule, target, busEvent, traceParent, token), cancellationToken);
            if (failure is not null)
            {
                LogUndelivered(rule.Name, target.Text("Arn"), failure.Error.Message);
                await SendToDeadLetterQueueAsync(rule, target, busEvent, failure.Error, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // LocalCloud stops; deliveries are not kept over a restart.
        }
        catch (Exception error)
        {
            LogFault(error, rule.Name);
        }
    }

    private async Task SendToDeadLetterQueueAsync(EventRule rule, JsonObject target, JsonObject busEvent, AwsServiceException reason, CancellationToken cancellationToken)
    {
        if (target.Structure("DeadLetterConfig")?.Text("Arn") is not { } queue)
        {
            return;
        }

        var message = await MessageAsync([], queue, busEvent.ToJsonString(), cancellationToken);
        message["MessageAttributes"] = new JsonObject
        {
            ["RULE_ARN"] = Attribute(rule.Arn),
            ["TARGET_ARN"] = Attribute(target.Text("Arn")!),
            ["ERROR_CODE"] = Attribute(reason.Code),
            ["ERROR_MESSAGE"] = Attribute(reason.Message),
        };
        await _api.Value.At(queue).InvokeAsync("sqs", "SendMessage", message, cancellationToken);

        static JsonObject Attribute(string value) => new() { ["DataType"] = "String", ["StringValue"] = value };
    }

    private async Task<JsonObject> MessageAsync(JsonObject target, string queueArn, string body, CancellationToken cancellationToken)
    {
        var queueUrl = await _api.Value.QueueUrlAsync(queueArn, cancellationToken);
        var message = new JsonObject { ["QueueUrl"] = queueUrl, ["MessageBody"] = body };
        if (target.Structure("SqsParameters")?.Text("MessageGroupId") is { } group)
        {
            message["MessageGroupId"] = group;
        }

        return message;
    }

    /// <summary>An event goes on to another bus unchanged.</summary>
    private static JsonObject Forwarded(JsonObject busEvent, string busArn) => new()
    {
        ["Source"] = busEvent["source"]!.DeepClone(),
        ["DetailType"] = busEvent["detail-type"]!.DeepClone(),
        ["Detail"] = busEvent["detail"]!.ToJsonString(),
        ["Resources"] = busEvent["resources"]!.DeepClone(),
        ["Time"] = DateTimeOffset.Parse(busEvent["time"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds(),
        ["EventBusName"] = Arn.ResourceOf(busArn)!.Replace("event-bus/", "", StringComparison.Ordinal),
    };

    [LoggerMessage(1, LogLevel.Warning, "The rule {Rule} could not deliver to {Target}: {Reason}")]
    private partial void LogUndelivered(string rule, string? target, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The input transformer of the target {Target} of the rule {Rule} makes no valid JSON: the event is dropped")]
    private partial void LogNoEvent(string rule, string? target);

    [LoggerMessage(2, LogLevel.Error, "A delivery of the rule {Rule} failed inside LocalCloud")]
    private partial void LogFault(Exception error, string rule);
}
