using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>Publish and PublishBatch.</summary>
internal sealed partial class PublishOperations(SNSTopics topics, SNSDelivery delivery, TimeProvider time)
{
    private const int LargestBatch = 10;

    private readonly MessageNumbers _numbers = new();

    public async ValueTask PublishAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var arn = SNSInput.Text(call.Input, "TopicArn");
        var target = SNSInput.Text(call.Input, "TargetArn");
        if (SNSInput.Text(call.Input, "PhoneNumber") is { } phoneNumber)
        {
            PublishToPhone(call, output, phoneNumber);
            return;
        }

        if (arn is null && target is null)
        {
            throw SNSErrors.InvalidParameter("TopicArn or TargetArn Reason: no value for required parameter");
        }

        if (arn is null && target!.Contains(":endpoint/", StringComparison.Ordinal))
        {
            throw SNSErrors.InvalidParameter("TargetArn Reason: No endpoint found for the target arn specified");
        }

        var topic = topics.Require(arn ?? target!, arn is null ? "TargetArn" : "TopicArn");
        var (message, _) = PublishInput.Read(call.Input, topic.Definition, "", time.GetUtcNow(), call.TraceParent);
        var (id, sequenceNumber) = await PublishAsync(topic, message, cancellationToken);
        output.WriteStartObject();
        WritePublished(output, id, sequenceNumber);
        output.WriteEndObject();
    }

    public async ValueTask PublishBatchAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var topic = topics.Require(SNSInput.Text(call.Input, "TopicArn") ?? "");
        var entries = ReadEntries(call.Input);
        var messages = new List<SNSMessage>(entries.Count);
        var size = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            var (message, bytes) = PublishInput.Read(
                entries[i].Entry, topic.Definition, $"publishBatchRequestEntries.{i + 1}.member.", time.GetUtcNow(), call.TraceParent);
            messages.Add(message);
            size += bytes;
        }

        if (size > PublishInput.LargestMessage)
        {
            throw new AwsServiceException("BatchRequestTooLong", "The length of all the messages put together is more than the limit.");
        }

        output.WriteStartObject();
        output.WriteStartArray("Successful");
        for (var i = 0; i < entries.Count; i++)
        {
            var (id, sequenceNumber) = await PublishAsync(topic, messages[i], cancellationToken);
            output.WriteStartObject();
            output.WriteString("Id", entries[i].Id);
            WritePublished(output, id, sequenceNumber);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteStartArray("Failed");
        output.WriteEndArray();
        output.WriteEndObject();
    }

    private static List<(string Id, JsonElement Entry)> ReadEntries(JsonElement input)
    {
        var entries = new List<(string Id, JsonElement Entry)>();
        if (input.TryGetProperty("PublishBatchRequestEntries", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            entries.AddRange(list.EnumerateArray().Select(entry => (SNSInput.Text(entry, "Id") ?? "", entry)));
        }

        if (entries.Count == 0)
        {
            throw new AwsServiceException("EmptyBatchRequest", "The batch request doesn't contain any entries.");
        }

        if (entries.Count > LargestBatch)
        {
            throw new AwsServiceException("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.");
        }

        if (entries.DistinctBy(entry => entry.Id).Count() != entries.Count)
        {
            throw new AwsServiceException("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
        }

        foreach (var (id, _) in entries)
        {
            if (id.Length > 80)
            {
                throw new AwsServiceException("InvalidBatchEntryId", $"The Id of a batch entry in the batch request is too long: {id}");
            }

            if (id.Length == 0 || !id.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'))
            {
                throw new AwsServiceException(
                    "InvalidBatchEntryId", $"The Id of a batch entry in the batch request contains an impermissible character: {id}");
            }
        }

        return entries;
    }

    private void PublishToPhone(AwsCall call, Utf8JsonWriter output, string phoneNumber)
    {
        if (!PhoneNumberPattern().IsMatch(phoneNumber))
        {
            throw SNSErrors.InvalidParameter($"PhoneNumber Reason: {phoneNumber} is not valid to publish to");
        }

        var (message, _) = PublishInput.Read(call.Input, null, "", time.GetUtcNow(), call.TraceParent);
        delivery.Capture(message, phoneNumber);
        output.WriteStartObject();
        WritePublished(output, message.Id, null);
        output.WriteEndObject();
    }

    private ValueTask<(string Id, string? SequenceNumber)> PublishAsync(SNSTopic topic, SNSMessage message, CancellationToken cancellationToken) =>
        topic.Definition.IsFifo
            ? topic.InOrderAsync(() => PublishInOrderAsync(topic, message, cancellationToken))
            : PublishAtOnceAsync(topic, message, cancellationToken);

    private async ValueTask<(string Id, string? SequenceNumber)> PublishAtOnceAsync(
        SNSTopic topic, SNSMessage message, CancellationToken cancellationToken)
    {
        await delivery.DeliverAsync(message, topic.Definition, cancellationToken);
        return (message.Id, null);
    }

    private async ValueTask<(string Id, string? SequenceNumber)> PublishInOrderAsync(
        SNSTopic topic, SNSMessage message, CancellationToken cancellationToken)
    {
        var now = message.Timestamp.ToUnixTimeMilliseconds();
        var deduplicationId = message.DeduplicationId ?? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message.Body)));
        var isPerGroup = topic.Definition.Attributes.GetValueOrDefault("FifoThroughputScope") == "MessageGroup";
        var key = DeduplicationWindow.Key(isPerGroup, message.GroupId!, deduplicationId);
        if (topic.Deduplication.TryFind(key, now, out var first))
        {
            return (first.MessageId, MessageNumbers.SequenceNumber(first.Number));
        }

        var number = _numbers.Next(now);
        var numbered = message with { DeduplicationId = deduplicationId, SequenceNumber = MessageNumbers.SequenceNumber(number) };
        topic.Deduplication.Add(new DeduplicationEntry(key, message.Id, number, now + DeduplicationWindow.Milliseconds));
        await delivery.DeliverAsync(numbered, topic.Definition, cancellationToken);
        return (message.Id, numbered.SequenceNumber);
    }

    private static void WritePublished(Utf8JsonWriter output, string id, string? sequenceNumber)
    {
        output.WriteString("MessageId", id);
        if (sequenceNumber is not null)
        {
            output.WriteString("SequenceNumber", sequenceNumber);
        }
    }

    [GeneratedRegex(@"^\+?[0-9]{5,15}$")]
    private static partial Regex PhoneNumberPattern();
}
