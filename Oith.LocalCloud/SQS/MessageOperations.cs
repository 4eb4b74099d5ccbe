using System.Buffers;
using System.Text.Json;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>The operations on messages.</summary>
internal sealed class MessageOperations(SQSQueues queues)
{
    private const int LargestBatch = 10;

    private static readonly SearchValues<char> s_entryIdCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    private static readonly HashSet<string> s_systemAttributes = new(StringComparer.Ordinal)
    {
        "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SequenceNumber",
        "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn",
    };

    public void SendMessage(AwsCall call, Utf8JsonWriter output)
    {
        var queue = queues.Require(call);
        var message = MessageInput.Read(call.Input, queue.Attributes, TraceHeader(call));
        if (message.Size > queue.Attributes.MaximumMessageSize)
        {
            throw SQSErrors.InvalidParameter(
                $"One or more parameters are invalid. Reason: Message must be shorter than {queue.Attributes.MaximumMessageSize} bytes.");
        }

        output.WriteStartObject();
        WriteSent(output, queue.Send(message));
        output.WriteEndObject();
    }

    public void SendMessageBatch(AwsCall call, Utf8JsonWriter output)
    {
        var queue = queues.Require(call);
        var entries = ReadEntries(call.Input, "SendMessageBatchRequestEntry");
        if (queue.Attributes.IsFifo)
        {
            CheckFifoEntries(entries, queue.Attributes);
        }

        var accepted = new List<(string Id, OutgoingMessage Message)>(entries.Count);
        var failed = new List<(string Id, AwsServiceException Error)>();
        var size = 0;
        foreach (var (id, entry) in entries)
        {
            try
            {
                var message = MessageInput.Read(entry, queue.Attributes, TraceHeader(call));
                size += message.Size;
                if (message.Size > queue.Attributes.MaximumMessageSize && queue.Attributes.MaximumMessageSize < QueueAttributes.LargestMessage)
                {
                    throw SQSErrors.InvalidParameter(
                        $"One or more parameters cannot be validated. Reason: Message must be shorter than {queue.Attributes.MaximumMessageSize} bytes.");
                }

                accepted.Add((id, message));
            }
            catch (AwsServiceException error)
            {
                failed.Add((id, error));
            }
        }

        if (size > QueueAttributes.LargestMessage)
        {
            throw SQSErrors.BatchRequestTooLong(size);
        }

        var outcomes = queue.Send([.. accepted.Select(item => item.Message)]);
        output.WriteStartObject();
        if (outcomes.Length > 0)
        {
            output.WriteStartArray("Successful");
            for (var i = 0; i < outcomes.Length; i++)
            {
                output.WriteStartObject();
                output.WriteString("Id", accepted[i].Id);
                WriteSent(output, outcomes[i]);
                output.WriteEndObject();
            }

            output.WriteEndArray();
        }

        WriteFailed(output, failed);
        output.WriteEndObject();
    }

    public async ValueTask ReceiveMessageAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var queue = queues.Require(call);
        var input = call.Input;
        var maximum = input.Integer("MaxNumberOfMessages") ?? 1;
        if (maximum is < 1 or > LargestBatch)
        {
            throw SQSErrors.InvalidValue(maximum, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.");
        }

        var wait = input.Integer("WaitTimeSeconds") ?? queue.Attributes.WaitTimeSeconds;
        if (wait is < 0 or > 20)
        {
            throw SQSErrors.InvalidValue(wait, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
        }

        var attributeNames = SystemAttributeNames(call);
        var messageAttributeNames = input.Texts("MessageAttributeNames");
        var attemptId = input.Text("ReceiveRequestAttemptId");
        MessageInput.CheckId(attemptId, "ReceiveRequestAttemptId");
        var request = new ReceiveRequest(maximum, VisibilityTimeout(input), attemptId);
        var received = await queue.ReceiveAsync(request, TimeSpan.FromSeconds(wait), cancellationToken);
        output.WriteStartObject();
        if (received.Count == 0)
        {
            queues.Metrics.ReceivedNothing(queue);
        }
        else
        {
            output.WriteStartArray("Messages");
            for (var i = 0; i < received.Count; i++)
            {
                ReceivedMessageWriter.Write(output, received[i], queue, attributeNames, messageAttributeNames);
            }

            output.WriteEndArray();
        }

        output.WriteEndObject();
    }

    public void DeleteMessage(AwsCall call)
    {
        var queue = queues.Require(call);
        queue.Delete(call.Input.RequiredText("ReceiptHandle"));
    }

    public void DeleteMessageBatch(AwsCall call, Utf8JsonWriter output)
    {
        var queue = queues.Require(call);
        ForEach(
            ReadEntries(call.Input, "DeleteMessageBatchRequestEntry"), output, entry => queue.Delete(entry.RequiredText("ReceiptHandle")));
    }

    public void ChangeMessageVisibility(AwsCall call) => ChangeVisibility(queues.Require(call), call.Input);

    public void ChangeMessageVisibilityBatch(AwsCall call, Utf8JsonWriter output)
    {
        var queue = queues.Require(call);
        ForEach(
            ReadEntries(call.Input, "ChangeMessageVisibilityBatchRequestEntry"), output, entry => ChangeVisibility(queue, entry));
    }

    private static void ChangeVisibility(SQSQueue queue, JsonElement input)
    {
        var handle = input.RequiredText("ReceiptHandle");
        queue.ChangeVisibility(handle, VisibilityTimeout(input) ?? throw SQSErrors.MissingParameter("VisibilityTimeout"));
    }

    private static int? VisibilityTimeout(JsonElement input)
    {
        var seconds = input.Integer("VisibilityTimeout");
        return seconds is < 0 or > QueueAttributes.LongestVisibilityTimeout
            ? throw SQSErrors.InvalidValue(
                seconds, "VisibilityTimeout", $"VisibilityTimeout must be an integer between 0 and {QueueAttributes.LongestVisibilityTimeout}.")
            : seconds;
    }

    private static IReadOnlyList<string> SystemAttributeNames(AwsCall call)
    {
        // When both are given, the member that the protocol was born with wins.
        var older = call.Input.Texts("AttributeNames");
        var newer = call.Input.Texts("MessageSystemAttributeNames");
        var names = call.Protocol == AwsProtocol.Query
            ? older.Count > 0 ? older : newer
            : newer.Count > 0 ? newer : older;
        for (var i = 0; i < names.Count; i++)
        {
            // The older member is typed as queue attribute names; those that no message has are just not there.
            if (!s_systemAttributes.Contains(names[i]) && !QueueAttributeNames.All.Contains(names[i]))
            {
                throw SQSErrors.UnknownAttribute(names[i]);
            }
        }

        return names;
    }

    private static string? TraceHeader(AwsCall call) =>
        call.TraceParent is { } header && header.Contains("Root=", StringComparison.Ordinal) ? header : null;

    private static List<(string Id, JsonElement Entry)> ReadEntries(JsonElement input, string entryName)
    {
        if (!input.TryGetProperty("Entries", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            throw SQSErrors.EmptyBatchRequest(entryName);
        }

        if (list.GetArrayLength() > LargestBatch)
        {
            throw SQSErrors.TooManyEntriesInBatchRequest(list.GetArrayLength());
        }

        var entries = new List<(string Id, JsonElement Entry)>(list.GetArrayLength());
        foreach (var entry in list.EnumerateArray())
        {
            var id = entry.Text("Id") ?? "";
            if (id.Length is 0 or > 80 || id.AsSpan().ContainsAnyExcept(s_entryIdCharacters))
            {
                throw SQSErrors.InvalidBatchEntryId();
            }

            if (entries.Exists(other => other.Id == id))
            {
                throw SQSErrors.BatchEntryIdsNotDistinct(id);
            }

            entries.Add((id, entry));
        }

        return entries;
    }

    // In a FIFO queue AWS refuses the whole batch when one entry lacks its ids, as the order could not be kept.
    private static void CheckFifoEntries(List<(string Id, JsonElement Entry)> entries, QueueAttributes attributes)
    {
        foreach (var (_, entry) in entries)
        {
            if (!attributes.IsContentDeduplicated && entry.Text("MessageDeduplicationId") is null)
            {
                throw MessageInput.MissingDeduplicationId();
            }

            if (entry.Text("MessageGroupId") is null)
            {
                throw SQSErrors.InvalidParameter("The request must contain the parameter MessageGroupId.");
            }
        }
    }

    private static void ForEach(List<(string Id, JsonElement Entry)> entries, Utf8JsonWriter output, Action<JsonElement> act)
    {
        var done = new List<string>(entries.Count);
        var failed = new List<(string Id, AwsServiceException Error)>();
        foreach (var (id, entry) in entries)
        {
            try
            {
                act(entry);
                done.Add(id);
            }
            catch (AwsServiceException error)
            {
                failed.Add((id, error));
            }
        }

        output.WriteStartObject();
        if (done.Count > 0)
        {
            output.WriteStartArray("Successful");
            foreach (var id in done)
            {
                output.WriteStartObject();
                output.WriteString("Id", id);
                output.WriteEndObject();
            }

            output.WriteEndArray();
        }

        WriteFailed(output, failed);
        output.WriteEndObject();
    }

    private static void WriteSent(Utf8JsonWriter output, in SendOutcome outcome)
    {
        output.WriteString("MessageId", outcome.MessageId);
        output.WriteString("MD5OfMessageBody", outcome.MD5OfBody);
        if (outcome.MD5OfAttributes is not null)
        {
            output.WriteString("MD5OfMessageAttributes", outcome.MD5OfAttributes);
        }

        if (outcome.MD5OfSystemAttributes is not null)
        {
            output.WriteString("MD5OfMessageSystemAttributes", outcome.MD5OfSystemAttributes);
        }

        if (outcome.Number is { } number)
        {
            output.WriteString("SequenceNumber", MessageNumbers.SequenceNumber(number));
        }
    }

    private static void WriteFailed(Utf8JsonWriter output, List<(string Id, AwsServiceException Error)> failed)
    {
        if (failed.Count == 0)
        {
            return;
        }

        output.WriteStartArray("Failed");
        foreach (var (id, error) in failed)
        {
            output.WriteStartObject();
            output.WriteString("Id", id);
            output.WriteBoolean("SenderFault", true);
            output.WriteString("Code", error.QueryErrorCode ?? error.Code);
            output.WriteString("Message", error.Message);
            output.WriteEndObject();
        }

        output.WriteEndArray();
    }
}
