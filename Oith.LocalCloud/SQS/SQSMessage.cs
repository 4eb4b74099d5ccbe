namespace Oith.LocalCloud.SQS;

/// <summary>Where a message is on its way through a queue.</summary>
internal enum MessageState
{
    /// <summary>Sent with a delay that has not passed.</summary>
    Delayed,

    /// <summary>It can be received (in a FIFO queue: when its group lets it).</summary>
    Visible,

    /// <summary>Received, and its visibility timeout has not passed.</summary>
    InFlight,

    /// <summary>On its way to another queue. It keeps its place until it is there, and is not received meanwhile.</summary>
    Moving,

    /// <summary>No longer in the queue.</summary>
    Gone,
}

/// <summary>One message in one queue. What the sender said never changes; the rest is guarded by the queue's lock.</summary>
internal sealed class SQSMessage
{
    /// <summary>Grows with every message of this LocalCloud: the sort key, and a FIFO message's sequence number.</summary>
    public required long Number { get; init; }

    public required string Id { get; init; }

    public required string Body { get; init; }

    public required string MD5OfBody { get; init; }

    public MessageAttributes Attributes { get; init; } = MessageAttributes.None;

    /// <summary>The X-Ray header, the one system attribute that a sender may set.</summary>
    public string? TraceHeader { get; init; }

    /// <summary>Required in a FIFO queue; in a standard queue the tenant of a fair queue.</summary>
    public string? GroupId { get; init; }

    public string? DeduplicationId { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long SentTimestamp { get; init; }

    /// <summary>The ARN of the queue that this message was moved from as a dead letter.</summary>
    public string? DeadLetterQueueSourceArn { get; init; }

    /// <summary>Unix milliseconds, 0 before the first receive.</summary>
    public long FirstReceiveTimestamp { get; set; }

    /// <summary>How often it was received; also what makes one receipt handle differ from the next.</summary>
    public int ReceiveCount { get; set; }

    /// <summary>The receive count that a dead letter brought from the queue before; 0 for a message that was sent.</summary>
    public int ReceiveCountOnArrival { get; init; }

    public MessageState State { get; set; }

    /// <summary>Unix milliseconds: when a delayed or in-flight message becomes visible.</summary>
    public long VisibleAt { get; set; }

    /// <summary>Unix milliseconds of the receive that the visibility timeout counts from.</summary>
    public long ReceivedAt { get; set; }

    // Links and positions that belong to the collections named; a message is at any time in at most one heap.
    internal MessageHeap? Heap { get; set; }

    internal int HeapIndex { get; set; }

    internal long HeapKey { get; set; }

    internal SQSMessage? OlderInQueue { get; set; }

    internal SQSMessage? NewerInQueue { get; set; }

    internal SQSMessage? PreviousInGroup { get; set; }

    internal SQSMessage? NextInGroup { get; set; }

    internal FifoGroup? Group { get; set; }
}
