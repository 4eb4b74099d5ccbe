namespace Oith.LocalCloud.SQS;

/// <summary>All messages of a queue by the time they were sent, oldest first, for retention. Holds the queue's lock.</summary>
internal sealed class MessageAges
{
    private SQSMessage? _newest;

    public SQSMessage? Oldest { get; private set; }

    public void Add(SQSMessage message)
    {
        // A dead letter keeps the time it was first sent, so it may belong before messages that are already here.
        var older = _newest;
        while (older is not null && older.SentTimestamp > message.SentTimestamp)
        {
            older = older.OlderInQueue;
        }

        var newer = older is null ? Oldest : older.NewerInQueue;
        message.OlderInQueue = older;
        message.NewerInQueue = newer;
        Link(older, message, newer);
    }

    public void Remove(SQSMessage message)
    {
        var older = message.OlderInQueue;
        var newer = message.NewerInQueue;
        message.OlderInQueue = message.NewerInQueue = null;
        if (older is null)
        {
            Oldest = newer;
        }
        else
        {
            older.NewerInQueue = newer;
        }

        if (newer is null)
        {
            _newest = older;
        }
        else
        {
            newer.OlderInQueue = older;
        }
    }

    public void Clear() => Oldest = _newest = null;

    private void Link(SQSMessage? older, SQSMessage message, SQSMessage? newer)
    {
        if (older is null)
        {
            Oldest = message;
        }
        else
        {
            older.NewerInQueue = message;
        }

        if (newer is null)
        {
            _newest = message;
        }
        else
        {
            newer.OlderInQueue = message;
        }
    }
}
