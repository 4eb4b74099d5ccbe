using System.Text.Json;

namespace Oith.LocalCloud.SNS;

/// <summary>Something that AWS would send out of the cloud (an e-mail, a text message, an HTTP request); here it is kept to be read.</summary>
internal sealed record CapturedMessage(
    string MessageId, string Protocol, string Endpoint, string Subject, string Body, string TopicArn, DateTimeOffset Timestamp)
{
    /// <summary>Bytes of its longest texts in memory.</summary>
    public long Size => sizeof(char) * ((long)Endpoint.Length + Subject.Length + Body.Length);
}

/// <summary>The latest captured messages, in memory; older ones are forgotten.</summary>
internal sealed class CapturedMessages
{
    public const int Capacity = 1000;

    /// <summary>Bytes of all of them: a message may have 256 KB.</summary>
    public const long LargestSize = 16 << 20;

    private readonly Queue<CapturedMessage> _messages = new(Capacity);
    private long _size;

    public void Add(CapturedMessage message)
    {
        lock (_messages)
        {
            _messages.Enqueue(message);
            _size += message.Size;
            while (_messages.Count > Capacity || _size > LargestSize)
            {
                _size -= _messages.Dequeue().Size;
            }
        }
    }

    /// <summary>Writes them, the newest first, as the answer of LocalCloudListEmails.</summary>
    public void WriteTo(Utf8JsonWriter output)
    {
        CapturedMessage[] messages;
        lock (_messages)
        {
            messages = [.. _messages];
        }

        output.WriteStartObject();
        output.WriteStartArray("Emails");
        for (var i = messages.Length - 1; i >= 0; i--)
        {
            var message = messages[i];
            output.WriteStartObject();
            output.WriteString(nameof(message.MessageId), message.MessageId);
            output.WriteString(nameof(message.Protocol), message.Protocol);
            output.WriteString(nameof(message.Endpoint), message.Endpoint);
            output.WriteString(nameof(message.Subject), message.Subject);
            output.WriteString(nameof(message.Body), message.Body);
            output.WriteString(nameof(message.TopicArn), message.TopicArn);
            output.WriteString(nameof(message.Timestamp), SNSEnvelope.Time(message.Timestamp));
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
    }
}
