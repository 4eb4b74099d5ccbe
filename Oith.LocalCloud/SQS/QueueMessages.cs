namespace Oith.LocalCloud.SQS;

/// <summary>
/// The messages of one queue: by number, by age, by when they become visible, and in the order in which they are received.
/// Every call holds the queue's lock.
/// </summary>
internal sealed class QueueMessages(IMessageOrder order)
{
    private readonly Dictionary<long, SQSMessage> _byNumber = [];
    private readonly MessageAges _ages = new();
    private readonly MessageHeap _hidden = new();

    public IEnumerable<SQSMessage> All => _byNumber.Values;

    /// <summary>Those that are neither delayed nor in flight, also when their group has to wait.</summary>
    public int Visible => _byNumber.Count - _hidden.Count;

    public int InFlight => _hidden.Count - Delayed;

    public int Delayed { get; private set; }

    public SQSMessage? Oldest => _ages.Oldest;

    /// <summary>Unix milliseconds of when the next hidden message becomes visible, null when none is hidden.</summary>
    public long? NextDue => _hidden.First?.VisibleAt;

    public SQSMessage? Find(long number) => _byNumber.GetValueOrDefault(number);

    /// <summary>The message that the same receive gets after <paramref name="previous"/>; taken out of the order until it is shown again.</summary>
    public SQSMessage? Next(SQSMessage? previous) => order.Next(previous);

    /// <summary>Undoes <see cref="Next"/> for a message that is not received after all.</summary>
    public void PutBack(SQSMessage message) => order.Reveal(message);

    public void Add(SQSMessage message)
    {
        _byNumber.Add(message.Number, message);
        _ages.Add(message);
        if (message.State != MessageState.Visible)
        {
            Delayed += message.State == MessageState.Delayed ? 1 : 0;
            _hidden.Add(message, message.VisibleAt);
        }

        order.Add(message);
    }

    public void Remove(SQSMessage message)
    {
        Delayed -= message.State == MessageState.Delayed ? 1 : 0;
        message.State = MessageState.Gone;
        _byNumber.Remove(message.Number);
        _ages.Remove(message);
        _hidden.Remove(message);
        order.Remove(message);
    }

    public void Clear()
    {
        foreach (var message in _byNumber.Values)
        {
            message.State = MessageState.Gone;
        }

        _byNumber.Clear();
        _ages.Clear();
        _hidden.Clear();
        order.Clear();
        Delayed = 0;
    }

    /// <summary>Hides a delayed or in-flight message until then.</summary>
    /// <param name="visibleAt">Unix milliseconds.</param>
    public void Hide(SQSMessage message, long visibleAt)
    {
        _hidden.Remove(message);
        message.VisibleAt = visibleAt;
        _hidden.Add(message, visibleAt);
    }

    public void Reveal(SQSMessage message)
    {
        message.State = MessageState.Visible;
        message.VisibleAt = 0;
        order.Reveal(message);
    }

    /// <summary>Shows the messages whose delay or visibility timeout is over.</summary>
    public void RevealDue(long now)
    {
        while (_hidden.First is { } first && first.VisibleAt <= now)
        {
            _hidden.Remove(first);
            Delayed -= first.State == MessageState.Delayed ? 1 : 0;
            Reveal(first);
        }
    }
}
