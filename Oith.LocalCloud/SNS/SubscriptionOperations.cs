using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>The operations on subscriptions.</summary>
internal sealed partial class SubscriptionOperations(SNSTopics topics, SNSDelivery delivery, LocalCloudOptions options, TimeProvider time)
{
    private const string PendingArn = "pending confirmation";

    public void Subscribe(AwsCall call, Utf8JsonWriter output)
    {
        var topic = topics.Require(SNSInput.Text(call.Input, "TopicArn") ?? "").Definition;
        var protocol = SNSInput.Text(call.Input, "Protocol") ?? "";
        var endpoint = SNSInput.Text(call.Input, "Endpoint") ?? "";
        CheckEndpoint(topic, protocol, endpoint);
        var given = SNSInput.Map(call.Input, "Attributes");
        var attributes = SubscriptionAttributes.Create(topic, endpoint, given);
        var isNew = false;
        var subscription = topics.Subscribe(
            topic.Arn,
            protocol,
            endpoint,
            existing =>
            {
                if (!SubscriptionAttributes.Fit(existing, given))
                {
                    throw SNSErrors.InvalidParameter("Attributes Reason: Subscription already exists with different attributes");
                }
            },
            arn =>
            {
                isNew = true;
                // Only an HTTP endpoint has to confirm; an e-mail address is confirmed at once, as nobody receives it.
                var token = protocol is "http" or "https" ? RandomNumberGenerator.GetHexString(128, lowercase: true) : null;
                return new SNSSubscription(arn, topic.Arn, protocol, endpoint, attributes, token);
            });
        if (isNew && subscription.IsPending)
        {
            delivery.CaptureConfirmation(subscription, topic, time.GetUtcNow());
        }

        var isArnShown = !subscription.IsPending || SNSInput.Text(call.Input, "ReturnSubscriptionArn") == "true"
            || (call.Input.TryGetProperty("ReturnSubscriptionArn", out var flag) && flag.ValueKind == JsonValueKind.True);
        WriteArn(output, isArnShown ? subscription.Arn : PendingArn);
    }

    public void ConfirmSubscription(AwsCall call, Utf8JsonWriter output)
    {
        var arn = SNSInput.Text(call.Input, "TopicArn") ?? "";
        var token = SNSInput.Text(call.Input, "Token") ?? "";
        if (!TokenPattern().IsMatch(token))
        {
            throw SNSErrors.InvalidToken();
        }

        var subscription = topics.SubscriptionsOf(arn).FirstOrDefault(candidate => candidate.Token == token)
            ?? throw SNSErrors.InvalidParameter("Token");
        topics.Update(subscription.Arn, pending => pending with { Token = null });
        WriteArn(output, subscription.Arn);
    }

    public void Unsubscribe(AwsCall call)
    {
        var arn = SNSInput.Text(call.Input, "SubscriptionArn");
        if (string.IsNullOrEmpty(arn))
        {
            throw SNSErrors.InvalidParameter("SubscriptionArn Reason: no value for required parameter");
        }

        CheckArn(arn);
        topics.Unsubscribe(arn);
    }

    public void List(AwsCall call, Utf8JsonWriter output, IEnumerable<SNSSubscription> subscriptions)
    {
        var (page, nextToken) = SNSInput.Page(call.Input, subscriptions, subscription => subscription.Arn);
        output.WriteStartObject();
        output.WriteStartArray("Subscriptions");
        foreach (var subscription in page)
        {
            output.WriteStartObject();
            output.WriteString("SubscriptionArn", subscription.IsPending ? "PendingConfirmation" : subscription.Arn);
            output.WriteString("Owner", options.AccountId);
            output.WriteString("Protocol", subscription.Protocol);
            output.WriteString("Endpoint", subscription.Endpoint);
            output.WriteString("TopicArn", subscription.TopicArn);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        if (nextToken is not null)
        {
            output.WriteString("NextToken", nextToken);
        }

        output.WriteEndObject();
    }

    public void GetSubscriptionAttributes(AwsCall call, Utf8JsonWriter output)
    {
        var subscription = Require(call);
        output.WriteStartObject();
        output.WriteStartObject("Attributes");
        foreach (var (name, value) in SubscriptionAttributes.Show(subscription, options.AccountId))
        {
            output.WriteString(name, value);
        }

        output.WriteEndObject();
        output.WriteEndObject();
    }

    public void SetSubscriptionAttributes(AwsCall call)
    {
        var subscription = Require(call);
        var topic = topics.Require(subscription.TopicArn).Definition;
        var name = SNSInput.Text(call.Input, "AttributeName") ?? "";
        var value = SNSInput.Text(call.Input, "AttributeValue");
        topics.Update(subscription.Arn, current => new SNSSubscription(
            current.Arn,
            current.TopicArn,
            current.Protocol,
            current.Endpoint,
            SubscriptionAttributes.Set(current.Attributes, topic, current.Endpoint, name, value),
            current.Token));
    }

    private static void CheckEndpoint(TopicDefinition topic, string protocol, string endpoint)
    {
        switch (protocol)
        {
            case "sqs":
                if (Arn.ServiceOf(endpoint) != "sqs")
                {
                    throw SNSErrors.InvalidParameter("SQS endpoint ARN");
                }

                if (!topic.IsFifo && endpoint.EndsWith(".fifo", StringComparison.Ordinal))
                {
                    throw SNSErrors.InvalidParameter(
                        "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
                }

                break;
            case "lambda":
                if (Arn.ServiceOf(endpoint) != "lambda")
                {
                    throw SNSErrors.InvalidParameter("Lambda endpoint ARN");
                }

                break;
            case "email" or "email-json":
                if (endpoint.IndexOf('@', StringComparison.Ordinal) is var at && (at < 1 || at == endpoint.Length - 1))
                {
                    throw SNSErrors.InvalidParameter("Email address");
                }

                break;
            case "http" or "https":
                if (!endpoint.StartsWith(protocol + "://", StringComparison.Ordinal))
                {
                    throw SNSErrors.InvalidParameter("Endpoint must match the specified protocol");
                }

                break;
            case "sms":
                if (!PhoneNumberPattern().IsMatch(endpoint))
                {
                    throw new AwsServiceException("InvalidParameter", $"Invalid SMS endpoint: {endpoint}");
                }

                break;
            case "application" or "firehose":
                throw SNSErrors.InvalidParameter($"Protocol Reason: LocalCloud does not support subscriptions of the protocol {protocol}");
            default:
                throw SNSErrors.InvalidParameter($"Amazon SNS does not support this protocol string: {protocol}");
        }
    }

    private static void CheckArn(string arn)
    {
        var parts = arn.Split(':');
        if (parts.Length < 6)
        {
            throw SNSErrors.InvalidArn("SubscriptionArn", arn);
        }

        if (parts.Length < 7 || !Guid.TryParse(parts[6], out _))
        {
            throw SNSErrors.InvalidParameter("SubscriptionId");
        }
    }

    private SNSSubscription Require(AwsCall call)
    {
        var arn = SNSInput.Text(call.Input, "SubscriptionArn") ?? "";
        return arn.Split(':').Length < 6
            ? throw SNSErrors.InvalidArn("SubscriptionArn", arn)
            : topics.FindSubscription(arn) ?? throw SNSErrors.SubscriptionNotFound();
    }

    private static void WriteArn(Utf8JsonWriter output, string arn)
    {
        output.WriteStartObject();
        output.WriteString("SubscriptionArn", arn);
        output.WriteEndObject();
    }

    [GeneratedRegex("^[0-9a-f]{64,}$")]
    private static partial Regex TokenPattern();

    [GeneratedRegex(@"^\+?[0-9](?:[-. ]?[0-9]+)*$")]
    private static partial Regex PhoneNumberPattern();
}
