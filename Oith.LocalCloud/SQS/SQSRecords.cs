using Oith.LocalCloud.Messaging;

namespace Oith.LocalCloud.SQS;

/// <summary>What a queue is, apart from its messages.</summary>
/// <param name="Id">Never shared by two queues, even of the same name one after the other.</param>
/// <param name="CreatedTimestamp">Unix seconds.</param>
/// <param name="LastModifiedTimestamp">Unix seconds.</param>
/// <param name="IsDeduplicatedPerGroup">
/// The deduplication scope that the queue was created with: AWS goes on with it when the attribute changes later.
/// </param>
internal sealed record QueueDefinition(
    Guid Id,
    string Name,
    string Arn,
    QueueAttributes Attributes,
    IReadOnlyDictionary<string, string> Tags,
    long CreatedTimestamp,
    long LastModifiedTimestamp,
    bool IsDeduplicatedPerGroup)
{
    /// <summary>Unix milliseconds of the last purge, null for none.</summary>
    public long? PurgedAt { get; init; }
}

/// <summary>A message as its sender gave it, checked already.</summary>
/// <param name="Size">Bytes that count toward the size limits.</param>
internal sealed record OutgoingMessage(string Body, string MD5OfBody, MessageAttributes Attributes, int Size)
{
    public string? TraceHeader { get; init; }

    public string? MD5OfSystemAttributes { get; init; }

    public string? GroupId { get; init; }

    public string? DeduplicationId { get; init; }

    public int? DelaySeconds { get; init; }
}

/// <param name="Number">The sequence number, null in a standard queue.</param>
internal readonly record struct SendOutcome(
    string MessageId, string MD5OfBody, string? MD5OfAttributes, string? MD5OfSystemAttributes, long? Number);

internal sealed record ReceiveRequest(int MaxNumberOfMessages, int? VisibilityTimeoutSeconds, string? AttemptId);

/// <summary>One receive of a message: what may have changed when the answer is written is kept here.</summary>
internal readonly record struct ReceivedMessage(SQSMessage Message, string ReceiptHandle, int ReceiveCount, long FirstReceiveTimestamp);

/// <param name="AgeOfOldestSeconds">Of the oldest message that is not deleted.</param>
internal readonly record struct QueueCounts(int Visible, int InFlight, int Delayed, long AgeOfOldestSeconds);

/// <summary>What queues need of their service.</summary>
internal sealed record SQSQueueContext(
    TimeProvider Time, SQSJournal Journal, SQSMetrics Metrics, MessageNumbers Numbers, Func<string, SQSQueue?> FindByArn);
