using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>The texts around a message: the JSON notification, the event of a function, the e-mail.</summary>
internal sealed class SNSEnvelope(EndpointUrl endpoint)
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>AWS's form: 2026-01-31T12:00:00.000Z.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The link that takes the subscription back.</summary>
    public string UnsubscribeUrl(SNSSubscription subscription) => $"{endpoint.Value}/?Action=Unsubscribe&SubscriptionArn={subscription.Arn}";

    /// <summary>What a queue, an HTTP endpoint or an email-json subscriber gets.</summary>
    public string Notification(SNSMessage message, TopicDefinition topic, SNSSubscription subscription) => Write(writer =>
    {
        writer.WriteString("Type", "Notification");
        writer.WriteString("MessageId", message.Id);
        if (message.SequenceNumber is not null)
        {
            writer.WriteString("SequenceNumber", message.SequenceNumber);
        }

        writer.WriteString("TopicArn", topic.Arn);
        if (message.Subject is not null)
        {
            writer.WriteString("Subject", message.Subject);
        }

        writer.WriteString("Message", message.BodyFor(subscription.Protocol));
        writer.WriteString("Timestamp", Time(message.Timestamp));
        if (!topic.IsFifo)
        {
            WriteSignature(writer, message, topic, "SigningCertURL");
        }

        writer.WriteString("UnsubscribeURL", UnsubscribeUrl(subscription));
        if (message.Attributes.Count > 0)
        {
            WriteAttributes(writer, message);
        }
    });

    /// <summary>What asks an HTTP endpoint to confirm.</summary>
    public string Confirmation(string messageId, DateTimeOffset time, TopicDefinition topic, string token) => Write(writer =>
    {
        writer.WriteString("Type", "SubscriptionConfirmation");
        writer.WriteString("MessageId", messageId);
        writer.WriteString("Token", token);
        writer.WriteString("TopicArn", topic.Arn);
        writer.WriteString(
            "Message",
            $"You have chosen to subscribe to the topic {topic.Arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.");
        writer.WriteString("SubscribeURL", $"{endpoint.Value}/?Action=ConfirmSubscription&TopicArn={topic.Arn}&Token={token}");
        writer.WriteString("Timestamp", Time(time));
        writer.WriteString("SignatureVersion", topic.SignatureVersion);
    });

    /// <summary>What a function gets.</summary>
    public JsonObject LambdaEvent(SNSMessage message, TopicDefinition topic, SNSSubscription subscription)
    {
        var notification = Write(writer =>
        {
            writer.WriteString("Type", "Notification");
            writer.WriteString("MessageId", message.Id);
            writer.WriteString("TopicArn", topic.Arn);
            writer.WriteString("Subject", message.Subject);
            writer.WriteString("Message", message.BodyFor(subscription.Protocol));
            writer.WriteString("Timestamp", Time(message.Timestamp));
            WriteSignature(writer, message, topic, "SigningCertUrl");
            writer.WriteString("UnsubscribeUrl", UnsubscribeUrl(subscription));
            WriteAttributes(writer, message);
        });
        return new JsonObject
        {
            ["Records"] = new JsonArray(new JsonObject
            {
                ["EventSource"] = "aws:sns",
                ["EventVersion"] = "1.0",
                ["EventSubscriptionArn"] = subscription.Arn,
                ["Sns"] = JsonNode.Parse(notification),
            }),
        };
    }

    /// <summary>The text of an e-mail.</summary>
    public string Email(SNSMessage message, SNSSubscription subscription) =>
        $"{message.BodyFor(subscription.Protocol)}\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit "
        + $"the link below to unsubscribe:\n{UnsubscribeUrl(subscription)}\n";

    private static void WriteAttributes(Utf8JsonWriter writer, SNSMessage message)
    {
        writer.WriteStartObject("MessageAttributes");
        foreach (var attribute in message.Attributes)
        {
            writer.WriteStartObject(attribute.Name);
            writer.WriteString("Type", attribute.DataType);
            writer.WriteString("Value", attribute.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    // AWS signs with a key of its own, which nobody else has: this is a digest in its place, and cannot be verified.
    private void WriteSignature(Utf8JsonWriter writer, SNSMessage message, TopicDefinition topic, string certificateMember)
    {
        writer.WriteString("SignatureVersion", topic.SignatureVersion);
        writer.WriteString("Signature", Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(message.Id + message.Body + topic.Arn))));
        writer.WriteString(certificateMember, $"{endpoint.Value}/SimpleNotificationService-localcloud.pem");
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
