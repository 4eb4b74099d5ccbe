using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>
/// Where the record of an asynchronous invocation goes when it has ended: the destinations of the event invoke config (queues,
/// topics, functions, event buses), and the dead-letter queue or topic of the function's own configuration.
/// </summary>
internal sealed partial class InvocationDestinations(IServiceProvider provider, TimeProvider time, ILogger<InvocationDestinations> logger)
{
    public const string Success = "Success";
    public const string RetriesExhausted = "RetriesExhausted";
    public const string EventAgeExceeded = "EventAgeExceeded";

    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);

    /// <exception cref="AwsServiceException">InvalidParameterValueException naming a destination that LocalCloud cannot send to.</exception>
    public static void Check(JsonObject destinations)
    {
        foreach (var condition in new[] { "OnSuccess", "OnFailure" })
        {
            if (destinations[condition]?["Destination"]?.GetValue<string>() is { Length: > 0 } arn && Arn.ServiceOf(arn) is not ("sqs" or "sns" or "lambda" or "events"))
            {
                throw LambdaErrors.InvalidParameter($"LocalCloud supports queues, topics, functions and event buses as destinations, not {arn}.");
            }
        }
    }

    /// <param name="condition">Why the invocation ended: <see cref="Success"/>, <see cref="RetriesExhausted"/> or <see cref="EventAgeExceeded"/>.</param>
    /// <param name="attempts">How often the function ran.</param>
    /// <param name="last">What it answered at last, null when it never ran.</param>
    public async Task SendAsync(
        Invocation invocation, AsynchronousSettings settings, string condition, int attempts, FunctionResult? last, CancellationToken cancellationToken)
    {
        var destination = condition == Success ? settings.OnSuccess : settings.OnFailure;
        if (destination is { Length: > 0 })
        {
            await TryAsync(invocation, destination, () => DeliverAsync(destination, Record(invocation, condition, attempts, last), condition == Success, cancellationToken));
        }

        if (condition != Success && invocation.Target.DeadLetterArn is { Length: > 0 } deadLetters)
        {
            await TryAsync(invocation, deadLetters, () => BuryAsync(deadLetters, invocation, last, cancellationToken));
        }
    }

    private async Task TryAsync(Invocation invocation, string destination, Func<Task> deliver)
    {
        try
        {
            await deliver();
        }
        catch (AwsServiceException error)
        {
            LogUndelivered(invocation.Target.Name, destination, error.Message);
        }
    }

    /// <exception cref="AwsServiceException">The destination did not take the record.</exception>
    public async Task DeliverAsync(string arn, JsonObject record, bool isSuccess, CancellationToken cancellationToken)
    {
        var (service, operation, input) = Arn.ServiceOf(arn) switch
        {
            "sqs" => ("sqs", "SendMessage", new JsonObject { ["QueueUrl"] = await _api.Value.QueueUrlAsync(arn, cancellationToken), ["MessageBody"] = record.ToJsonString() }),
            "sns" => ("sns", "Publish", new JsonObject { ["TopicArn"] = arn, ["Message"] = record.ToJsonString() }),
            "lambda" => ("lambda", "Invoke", new JsonObject { ["FunctionName"] = arn, ["InvocationType"] = "Event", ["Payload"] = record }),
            _ => ("events", "PutEvents", new JsonObject
            {
                ["Entries"] = new JsonArray(new JsonObject
                {
                    ["EventBusName"] = arn,
                    ["Source"] = "lambda",
                    ["DetailType"] = $"Lambda Function Invocation Result - {(isSuccess ? "Success" : "Failure")}",
                    ["Detail"] = record.ToJsonString(),
                    ["Resources"] = new JsonArray(arn, record["requestContext"]!["functionArn"]!.GetValue<string>()),
                }),
            }),
        };
        await _api.Value.At(arn).InvokeAsync(service, operation, input, cancellationToken);
    }

    private async Task BuryAsync(string arn, Invocation invocation, FunctionResult? last, CancellationToken cancellationToken)
    {
        var attributes = new JsonObject
        {
            ["RequestID"] = Attribute("String", invocation.RequestId),
            ["ErrorCode"] = Attribute("Number", last is null ? "429" : "200"),
        };
        if (last is { IsError: true } failed && Json(failed.Payload) is JsonObject error && error["errorMessage"]?.ToString() is { Length: > 0 } message)
        {
            attributes["ErrorMessage"] = Attribute("String", message);
        }

        var payload = Encoding.UTF8.GetString(invocation.Payload.Span);
        var (service, operation, input) = Arn.ServiceOf(arn) == "sqs"
            ? ("sqs", "SendMessage", new JsonObject { ["QueueUrl"] = await _api.Value.QueueUrlAsync(arn, cancellationToken), ["MessageBody"] = payload })
            : ("sns", "Publish", new JsonObject { ["TopicArn"] = arn, ["Message"] = payload });
        input["MessageAttributes"] = attributes;
        await _api.Value.At(arn).InvokeAsync(service, operation, input, cancellationToken);

        static JsonObject Attribute(string type, string value) => new() { ["DataType"] = type, ["StringValue"] = value };
    }

    private JsonObject Record(Invocation invocation, string condition, int attempts, FunctionResult? last)
    {
        var record = new JsonObject
        {
            ["version"] = "1.0",
            ["timestamp"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["requestContext"] = new JsonObject
            {
                ["requestId"] = invocation.RequestId,
                ["functionArn"] = $"{invocation.Target.Function.Arn}:{invocation.Target.Version}",
                ["condition"] = condition,
                ["approximateInvokeCount"] = attempts,
            },
            ["requestPayload"] = Json(invocation.Payload),
        };
        if (last is { } result)
        {
            record["responseContext"] = new JsonObject { ["statusCode"] = StatusCodes.Status200OK, ["executedVersion"] = invocation.Target.Version };
            if (result.IsError)
            {
                record["responseContext"]!["functionError"] = "Unhandled";
            }

            record["responsePayload"] = Json(result.Payload);
        }

        return record;
    }

    private static JsonNode? Json(ReadOnlyMemory<byte> text) => JsonNode.Parse(text.Span);

    [LoggerMessage(1, LogLevel.Warning, "The record of an invocation of {Function} could not be sent to {Destination}: {Reason}")]
    private partial void LogUndelivered(string function, string destination, string reason);
}
