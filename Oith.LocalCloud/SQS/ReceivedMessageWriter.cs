using System.Globalization;
using System.Text.Json;
using Oith.LocalCloud.Messaging;

namespace Oith.LocalCloud.SQS;

/// <summary>Writes one message of a ReceiveMessage answer.</summary>
internal static class ReceivedMessageWriter
{
    // What AWS shows for an anonymous or unknown caller is the account; LocalCloud knows no callers.
    private const string SenderId = "AIDALOCALCLOUD0000000";

    public static void Write(
        Utf8JsonWriter output, in ReceivedMessage received, SQSQueue queue, IReadOnlyList<string> attributeNames, IReadOnlyList<string> messageAttributeNames)
    {
        var message = received.Message;
        output.WriteStartObject();
        output.WriteString("MessageId", message.Id);
        output.WriteString("ReceiptHandle", received.ReceiptHandle);
        output.WriteString("MD5OfBody", message.MD5OfBody);
        output.WriteString("Body", message.Body);
        if (attributeNames.Count > 0)
        {
            WriteSystemAttributes(output, received, queue, attributeNames);
        }

        var attributes = message.Attributes.Matching(messageAttributeNames);
        if (attributes.MD5 is not null)
        {
            output.WriteString("MD5OfMessageAttributes", attributes.MD5);
            output.WriteStartObject("MessageAttributes");
            foreach (var attribute in attributes.Items)
            {
                attribute.WriteTo(output);
            }

            output.WriteEndObject();
        }

        output.WriteEndObject();
    }

    private static void WriteSystemAttributes(Utf8JsonWriter output, in ReceivedMessage received, SQSQueue queue, IReadOnlyList<string> names)
    {
        var isAll = names.Contains("All");
        var hasStarted = false;
        var message = received.Message;
        Write("SenderId", SenderId);
        Write("ApproximateFirstReceiveTimestamp", Text(received.FirstReceiveTimestamp));
        Write("ApproximateReceiveCount", Text(received.ReceiveCount));
        Write("SentTimestamp", Text(message.SentTimestamp));
        Write("SequenceNumber", queue.Attributes.IsFifo ? MessageNumbers.SequenceNumber(message.Number) : null);
        Write("MessageDeduplicationId", message.DeduplicationId);
        Write("MessageGroupId", message.GroupId);
        Write("AWSTraceHeader", message.TraceHeader);
        Write("DeadLetterQueueSourceArn", message.DeadLetterQueueSourceArn);
        if (hasStarted)
        {
            output.WriteEndObject();
        }

        void Write(string name, string? value)
        {
            if (value is null || !(isAll || names.Contains(name)))
            {
                return;
            }

            if (!hasStarted)
            {
                output.WriteStartObject("Attributes");
                hasStarted = true;
            }

            output.WriteString(name, value);
        }

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
