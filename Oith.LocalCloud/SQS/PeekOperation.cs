using System.Globalization;
using System.Text.Json;
using Oith.LocalCloud.Messaging;

namespace Oith.LocalCloud.SQS;

/// <summary>
/// LocalCloud's own operation: looks at messages without receiving them, so that no count grows, nothing is hidden and no message comes
/// nearer to its dead-letter queue. Input <c>{"QueueUrl", "MaxNumberOfMessages"?}</c> (1 to 1,000, default 10); answer
/// <c>{"ApproximateAgeOfOldestMessage": seconds, "Messages": [{"MessageId", "Body", "State": "delayed" | "visible" | "in flight",
/// "VisibleTimestamp"?: milliseconds, "Attributes", "MessageAttributes"?}]}</c>, the oldest first.
/// </summary>
internal static class PeekOperation
{
    public const string Name = "LocalCloudPeekMessages";

    private const int Default = 10;
    private const int Most = 1000;

    public static void Invoke(SQSQueue queue, JsonElement input, Utf8JsonWriter output)
    {
        var maximum = input.Integer("MaxNumberOfMessages") ?? Default;
        if (maximum is < 1 or > Most)
        {
            throw SQSErrors.InvalidValue(maximum, "MaxNumberOfMessages", $"Must be between 1 and {Most}, if provided.");
        }

        output.WriteStartObject();
        output.WriteNumber("ApproximateAgeOfOldestMessage", queue.Count().AgeOfOldestSeconds);
        output.WriteStartArray("Messages");
        queue.Peek(maximum, message => Write(output, message, queue.Attributes.IsFifo));
        output.WriteEndArray();
        output.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter output, SQSMessage message, bool isFifo)
    {
        output.WriteStartObject();
        output.WriteString("MessageId", message.Id);
        output.WriteString("Body", message.Body);
        output.WriteString("State", message.State switch
        {
            MessageState.Delayed => "delayed",
            MessageState.InFlight => "in flight",
            _ => "visible",
        });
        if (message.VisibleAt > 0)
        {
            output.WriteNumber("VisibleTimestamp", message.VisibleAt);
        }

        output.WriteStartObject("Attributes");
        output.WriteString("SentTimestamp", Text(message.SentTimestamp));
        output.WriteString("ApproximateReceiveCount", Text(message.ReceiveCount));
        WriteOptional("ApproximateFirstReceiveTimestamp", message.FirstReceiveTimestamp == 0 ? null : Text(message.FirstReceiveTimestamp));
        WriteOptional("SequenceNumber", isFifo ? MessageNumbers.SequenceNumber(message.Number) : null);
        WriteOptional("MessageDeduplicationId", message.DeduplicationId);
        WriteOptional("MessageGroupId", message.GroupId);
        WriteOptional("AWSTraceHeader", message.TraceHeader);
        WriteOptional("DeadLetterQueueSourceArn", message.DeadLetterQueueSourceArn);
        output.WriteEndObject();
        if (message.Attributes.Items.Length > 0)
        {
            output.WriteStartObject("MessageAttributes");
            foreach (var attribute in message.Attributes.Items)
            {
                attribute.WriteTo(output);
            }

            output.WriteEndObject();
        }

        output.WriteEndObject();

        void WriteOptional(string name, string? value)
        {
            if (value is not null)
            {
                output.WriteString(name, value);
            }
        }

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
