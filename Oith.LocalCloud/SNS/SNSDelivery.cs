using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>
/// Brings a message to a topic's subscribers: queues and functions through their own API, all that would leave the cloud
/// (e-mail, SMS, HTTP) into the captured messages.
/// </summary>
internal sealed partial class SNSDelivery(
    IAwsApi api, SNSTopics topics, SNSEnvelope envelope, CapturedMessages captured, ILogger<SNSDelivery> logger)
{
    public async ValueTask DeliverAsync(SNSMessage message, TopicDefinition topic, CancellationToken cancellationToken)
    {
        foreach (var subscription in topics.SubscriptionsOf(topic.Arn))
        {
            if (subscription.IsPending || !IsWanted(message, subscription))
            {
                continue;
            }

            try
            {
                await DeliverAsync(message, topic, subscription, cancellationToken);
            }
            catch (AwsServiceException error)
            {
                LogUndeliverable(subscription.Arn, subscription.Endpoint, error.Message);
                await RedriveAsync(message, topic, subscription, cancellationToken);
            }
        }
    }

    /// <summary>Keeps a text message to a phone.</summary>
    public void Capture(SNSMessage message, string phoneNumber) => captured.Add(new CapturedMessage(
        message.Id, "sms", phoneNumber, message.Subject ?? "", message.BodyFor("sms"), "", message.Timestamp));

    /// <summary>Keeps what asks an HTTP endpoint to confirm, so that a developer can.</summary>
    public void CaptureConfirmation(SNSSubscription subscription, TopicDefinition topic, DateTimeOffset now)
    {
        var id = Guid.NewGuid().ToString();
        captured.Add(new CapturedMessage(
            id,
            subscription.Protocol,
            subscription.Endpoint,
            "AWS Notification - Subscription Confirmation",
            envelope.Confirmation(id, now, topic, subscription.Token!),
            topic.Arn,
            now));
    }

    private static bool IsWanted(SNSMessage message, SNSSubscription subscription) =>
        subscription.Filter is not { } filter || filter.Matches(message, message.BodyFor(subscription.Protocol));

    private async ValueTask DeliverAsync(
        SNSMessage message, TopicDefinition topic, SNSSubscription subscription, CancellationToken cancellationToken)
    {
        switch (subscription.Protocol)
        {
            case "sqs":
                await SendAsync(subscription.Endpoint, message, topic, subscription, cancellationToken);
                break;
            case "lambda":
                await api.At(subscription.Endpoint).InvokeAsync(
                    "lambda",
                    "Invoke",
                    new JsonObject
                    {
                        ["FunctionName"] = subscription.Endpoint,
                        ["InvocationType"] = "Event",
                        ["Payload"] = envelope.LambdaEvent(message, topic, subscription),
                    },
                    cancellationToken,
                    message.TraceParent);
                break;
            default:
                captured.Add(new CapturedMessage(
                    message.Id,
                    subscription.Protocol,
                    subscription.Endpoint,
                    message.Subject ?? "AWS Notification Message",
                    subscription.Protocol switch
                    {
                        "email" => envelope.Email(message, subscription),
                        "email-json" => envelope.Notification(message, topic, subscription),
                        "http" or "https" when !subscription.IsRaw => envelope.Notification(message, topic, subscription),
                        _ => message.BodyFor(subscription.Protocol),
                    },
                    topic.Arn,
                    message.Timestamp));
                break;
        }
    }

    private async ValueTask RedriveAsync(
        SNSMessage message, TopicDefinition topic, SNSSubscription subscription, CancellationToken cancellationToken)
    {
        if (!subscription.Attributes.TryGetValue("RedrivePolicy", out var policy))
        {
            return;
        }

        var target = JsonInput.Parse(policy)!["deadLetterTargetArn"]!.GetValue<string>();
        try
        {
            await SendAsync(target, message, topic, subscription, cancellationToken);
        }
        catch (AwsServiceException error)
        {
            LogUndeliverable(subscription.Arn, target, error.Message);
        }
    }

    private async ValueTask SendAsync(
        string queueArn, SNSMessage message, TopicDefinition topic, SNSSubscription subscription, CancellationToken cancellationToken)
    {
        var parts = queueArn.Split(':');
        var input = new JsonObject
        {
            ["QueueUrl"] = $"/{parts[4]}/{parts[5]}",
            ["MessageBody"] = subscription.IsRaw ? message.BodyFor("sqs") : envelope.Notification(message, topic, subscription),
        };
        if (message.GroupId is not null && (!topic.IsFifo || parts[5].EndsWith(".fifo", StringComparison.Ordinal)))
        {
            input["MessageGroupId"] = message.GroupId;
        }

        if (message.DeduplicationId is not null && parts[5].EndsWith(".fifo", StringComparison.Ordinal))
        {
            input["MessageDeduplicationId"] = message.DeduplicationId;
        }

        if (subscription.IsRaw && message.Attributes.Count > 0)
        {
            input["MessageAttributes"] = new JsonObject(message.Attributes.Select(attribute => KeyValuePair.Create(
                attribute.Name,
                (JsonNode?)new JsonObject
                {
                    ["DataType"] = attribute.DataType,
                    [attribute.IsBinary ? "BinaryValue" : "StringValue"] = attribute.Value,
                })));
        }

        await api.At(queueArn).InvokeAsync("sqs", "SendMessage", input, cancellationToken, message.TraceParent);
    }

    [LoggerMessage(1, LogLevel.Warning, "{Subscription} could not deliver to {Endpoint}: {Reason}")]
    private partial void LogUndeliverable(string subscription, string endpoint, string reason);
}
