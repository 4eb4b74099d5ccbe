using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Scheduler;

/// <summary>
/// Delivers a run to its schedule's target: one of the templated targets by its ARN, or any operation of a service of LocalCloud
/// (<c>arn:aws:scheduler:::aws-sdk:sqs:sendMessage</c>).
/// </summary>
internal sealed partial class ScheduleTargets(IServiceProvider provider, LocalCloudOptions options, TimeProvider time, ILogger<ScheduleTargets> logger)
{
    private const string Universal = "arn:aws:scheduler:::aws-sdk:";

    // SDK names of services whose signing name is another.
    private static readonly Dictionary<string, string> s_signingNames = new(StringComparer.Ordinal)
    {
        ["sfn"] = "states",
        ["eventbridge"] = "events",
        ["cloudwatch"] = "monitoring",
        ["cloudwatchlogs"] = "logs",
    };

    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);
    private readonly DeliveryRetry _retry = new(time);

    /// <exception cref="AwsServiceException">ValidationException that names what is wrong with the target.</exception>
    public void Check(JsonObject target)
    {
        var arn = target.Text("Arn")!;
        if (arn.StartsWith(Universal, StringComparison.Ordinal))
        {
            if (arn[Universal.Length..].Split(':') is not [var sdkName, { Length: > 0 }] || _api.Value.Find(SigningName(sdkName)) is null)
            {
                throw AwsServiceException.Validation($"LocalCloud has no service for the target {arn}.");
            }

            if (target.Text("Input") is not { } input || !IsObject(input))
            {
                throw AwsServiceException.Validation("Input of a universal target must be a JSON object.");
            }

            return;
        }

        switch (Arn.ServiceOf(arn))
        {
            case "sqs" when arn.EndsWith(".fifo", StringComparison.Ordinal) && target.Structure("SqsParameters")?.Text("MessageGroupId") is null:
                throw AwsServiceException.Validation("Provided target is a FIFO queue, SqsParameters with a MessageGroupId must be specified.");
            case "events" when target.Structure("EventBridgeParameters") is null:
                throw AwsServiceException.Validation("EventBridgeParameters must be specified for an event bus as target.");
            case "sqs" or "sns" or "lambda" or "states" or "events":
                return;
            case null:
                throw AwsServiceException.Validation($"Provided Arn is not in correct format: {arn}");
            default:
                throw AwsServiceException.Validation($"LocalCloud supports queues, topics, functions, state machines, event buses and aws-sdk targets, not {arn}.");
        }
    }

    /// <summary>Delivers with the target's retries; what cannot be delivered goes to its dead-letter queue when it has one.</summary>
    public async Task DeliverAsync(Schedule schedule, DateTimeOffset run, CancellationToken cancellationToken)
    {
        var executionId = Guid.NewGuid().ToString();
        try
        {
            var failure = await _retry.RunAsync(
                schedule.Target.Structure("RetryPolicy"),
                (attempt, token) => InvokeAsync(schedule, Input(schedule, run, executionId, attempt), token),
                cancellationToken);
            if (failure is not null)
            {
                LogUndelivered(schedule.Name, schedule.Target.Text("Arn"), failure.Error.Message);
                await SendToDeadLetterQueueAsync(schedule, run, executionId, failure, cancellationToken);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogFault(error, schedule.Name);
        }
    }

    private async Task InvokeAsync(Schedule schedule, string input, CancellationToken cancellationToken)
    {
        var target = schedule.Target;
        var arn = target.Text("Arn")!;
        if (arn.StartsWith(Universal, StringComparison.Ordinal))
        {
            var parts = arn[Universal.Length..].Split(':');
            var service = SigningName(parts[0]);
            await _api.Value.InvokeAsync(service, char.ToUpperInvariant(parts[1][0]) + parts[1][1..], Members(service, input), cancellationToken);
            return;
        }

        var (name, operation, members) = Arn.ServiceOf(arn) switch
        {
            "sqs" => ("sqs", "SendMessage", await MessageAsync(arn, input, target.Structure("SqsParameters")?.Text("MessageGroupId"), cancellationToken)),
            "sns" => ("sns", "Publish", new JsonObject { ["TopicArn"] = arn, ["Message"] = input }),
            "lambda" => ("lambda", "Invoke", new JsonObject { ["FunctionName"] = arn, ["InvocationType"] = "Event", ["Payload"] = Json(input) }),
            "states" => ("states", "StartExecution", new JsonObject { ["stateMachineArn"] = arn, ["input"] = input }),
            _ => ("events", "PutEvents", Event(target.Structure("EventBridgeParameters")!, arn, input)),
        };
        await _api.Value.At(arn).InvokeAsync(name, operation, members, cancellationToken);
    }

    /// <summary>The target's input with its context attributes, or what the Scheduler sends without one.</summary>
    private string Input(Schedule schedule, DateTimeOffset run, string executionId, int attempt)
    {
        var scheduledTime = Timestamp(run);
        return schedule.Target.Text("Input") is { } input
            ? input
                .Replace("<aws.scheduler.schedule-arn>", schedule.Arn, StringComparison.Ordinal)
                .Replace("<aws.scheduler.scheduled-time>", scheduledTime, StringComparison.Ordinal)
                .Replace("<aws.scheduler.execution-id>", executionId, StringComparison.Ordinal)
                .Replace("<aws.scheduler.attempt-number>", attempt.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            : new JsonObject
            {
                ["version"] = "0",
                ["id"] = executionId,
                ["detail-type"] = "Scheduled Event",
                ["source"] = "aws.scheduler",
                ["account"] = options.AccountId,
                ["time"] = scheduledTime,
                ["region"] = options.Region,
                ["resources"] = new JsonArray(schedule.Arn),
                ["detail"] = "{}",
            }.ToJsonString();
    }

    private async Task SendToDeadLetterQueueAsync(
        Schedule schedule, DateTimeOffset run, string executionId, DeliveryFailure failure, CancellationToken cancellationToken)
    {
        if (schedule.Target.Structure("DeadLetterConfig")?.Text("Arn") is not { } queue)
        {
            return;
        }

        var message = await MessageAsync(queue, Input(schedule, run, executionId, failure.Retries + 1), null, cancellationToken);
        var attributes = new Dictionary<string, string?>
        {
            ["SCHEDULE_ARN"] = schedule.Arn,
            ["TARGET_ARN"] = schedule.Target.Text("Arn"),
            ["EXECUTION_ID"] = executionId,
            ["SCHEDULED_TIME"] = Timestamp(run),
            ["ERROR_CODE"] = failure.Error.Code,
            ["ERROR_MESSAGE"] = failure.Error.Message,
            ["EXHAUSTED_RETRY_CONDITION"] = failure.ExhaustedCondition,
            ["RETRY_ATTEMPTS"] = failure.Retries.ToString(CultureInfo.InvariantCulture),
        };
        message["MessageAttributes"] = new JsonObject(attributes.Where(attribute => !string.IsNullOrEmpty(attribute.Value)).Select(attribute =>
            KeyValuePair.Create(attribute.Key, (JsonNode?)new JsonObject { ["DataType"] = "String", ["StringValue"] = attribute.Value })));
        await _api.Value.At(queue).InvokeAsync("sqs", "SendMessage", message, cancellationToken);
    }

    private async Task<JsonObject> MessageAsync(string queueArn, string body, string? group, CancellationToken cancellationToken)
    {
        var queueUrl = await _api.Value.QueueUrlAsync(queueArn, cancellationToken);
        var message = new JsonObject { ["QueueUrl"] = queueUrl, ["MessageBody"] = body };
        if (group is not null)
        {
            message["MessageGroupId"] = group;
        }

        return message;
    }

    private JsonObject Event(JsonObject parameters, string busArn, string detail) => new()
    {
        ["Entries"] = new JsonArray(new JsonObject
        {
            ["EventBusName"] = busArn,
            ["Source"] = parameters.Text("Source"),
            ["DetailType"] = parameters.Text("DetailType"),
            ["Detail"] = detail,
            ["Time"] = time.GetUtcNow().ToUnixTimeSeconds(),
        }),
    };

    // The SDKs spell all members in upper case; Step Functions and CloudWatch Logs do not on the wire.
    private static JsonObject Members(string service, string input)
    {
        var members = JsonInput.Parse(input)!.AsObject();
        return service is "states" or "logs"
            ? new JsonObject(members.Select(member => KeyValuePair.Create(char.ToLowerInvariant(member.Key[0]) + member.Key[1..], member.Value?.DeepClone())))
            : members;
    }

    private static JsonNode? Json(string text)
    {
        try
        {
            return JsonInput.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static bool IsObject(string text) => Json(text) is JsonObject;

    private static string SigningName(string sdkName) => s_signingNames.GetValueOrDefault(sdkName, sdkName);

    private static string Timestamp(DateTimeOffset value) => value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    [LoggerMessage(1, LogLevel.Warning, "The schedule {Schedule} could not deliver to {Target}: {Reason}")]
    private partial void LogUndelivered(string schedule, string? target, string reason);

    [LoggerMessage(2, LogLevel.Error, "A delivery of the schedule {Schedule} failed inside LocalCloud")]
    private partial void LogFault(Exception error, string schedule);
}
