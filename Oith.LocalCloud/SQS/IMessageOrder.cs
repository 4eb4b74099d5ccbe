namespace Oith.LocalCloud.SQS;

/// <summary>Decides which visible message a receive gets next. Every call holds the queue's lock.</summary>
internal interface IMessageOrder
{
    /// <summary>A message arrived; it may be visible or delayed.</summary>
    void Add(SQSMessage message);

    /// <summary>The message became visible (again).</summary>
    void Reveal(SQSMessage message);

    /// <summary>The message leaves the queue.</summary>
    void Remove(SQSMessage message);

    /// <summary>The message that the same receive gets after <paramref name="previous"/>, null when there is none.</summary>
    /// <param name="previous">The message that this receive got before, null at its start.</param>
    SQSMessage? Next(SQSMessage? previous);

    void Clear();
}

/// <summary>A standard queue: the oldest visible message first.</summary>
internal sealed class StandardOrder : IMessageOrder
{
    private readonly MessageHeap _visible = new();

    public void Add(SQSMessage message)
    {
        if (message.State == MessageState.Visible)
        {
            Reveal(message);
        }
    }

    public void Reveal(SQSMessage message) => _visible.Add(message, message.Number);

    public void Remove(SQSMessage message) => _visible.Remove(message);

    public SQSMessage? Next(SQSMessage? previous)
    {
        var first = _visible.First;
        if (first is not null)
        {
            _visible.Remove(first);
        }

        return first;
    }

    public void Clear() => _visible.Clear();
}
