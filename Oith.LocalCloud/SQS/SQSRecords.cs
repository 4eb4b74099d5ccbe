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

/// <summary>Hands out message numbers: always growing, over restarts as well.</summary>
internal sealed class MessageNumbers
{
    private long _last;

    public long Next(long now)
    {
        // The time leads, so that numbers after a restart are larger than all before; the +1 keeps order within a tick.
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var next = Math.Max(last + 1, now * 100_000);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
            {
                return next;
            }
        }
    }

    public void Restore(long number) => _last = Math.Max(_last, number);
}
