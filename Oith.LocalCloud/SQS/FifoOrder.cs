namespace Oith.LocalCloud.SQS;

/// <summary>
/// A FIFO queue: a receive drains one message group in order before it goes on to the next, and a message that is in
/// flight or delayed holds back those behind it in its group.
/// </summary>
internal sealed class FifoOrder : IMessageOrder
{
    private readonly Dictionary<string, FifoGroup> _groups = new(StringComparer.Ordinal);

    // Groups whose first message may be visible, in the order they became so. An entry can be outdated: Next looks again.
    private readonly Queue<FifoGroup> _ready = new();

    public void Add(SQSMessage message)
    {
        if (!_groups.TryGetValue(message.GroupId!, out var group))
        {
            _groups.Add(message.GroupId!, group = new FifoGroup());
        }

        group.Append(message);
        MakeReady(group);
    }

    public void Reveal(SQSMessage message) => MakeReady(message.Group!);

    public void Remove(SQSMessage message)
    {
        var group = message.Group!;
        group.Remove(message);
        if (group.First is null)
        {
            _groups.Remove(message.GroupId!);
        }
        else
        {
            MakeReady(group);
        }
    }

    public SQSMessage? Next(SQSMessage? previous)
    {
        if (previous?.NextInGroup is { State: MessageState.Visible } next)
        {
            return next;
        }

        while (_ready.TryDequeue(out var group))
        {
            group.IsReady = false;
            if (group.First is { State: MessageState.Visible } first)
            {
                return first;
            }
        }

        return null;
    }

    public void Clear()
    {
        _groups.Clear();
        _ready.Clear();
    }

    private void MakeReady(FifoGroup group)
    {
        if (!group.IsReady && group.First is { State: MessageState.Visible })
        {
            group.IsReady = true;
            _ready.Enqueue(group);
        }
    }
}

/// <summary>The messages of one group in the order they were sent.</summary>
internal sealed class FifoGroup
{
    private SQSMessage? _last;

    public SQSMessage? First { get; private set; }

    /// <summary>Whether the group waits in the order's list of ready groups.</summary>
    public bool IsReady { get; set; }

    public void Append(SQSMessage message)
    {
        message.Group = this;
        message.PreviousInGroup = _last;
        if (_last is null)
        {
            First = message;
        }
        else
        {
            _last.NextInGroup = message;
        }

        _last = message;
    }

    public void Remove(SQSMessage message)
    {
        if (message.PreviousInGroup is null)
        {
            First = message.NextInGroup;
        }
        else
        {
            message.PreviousInGroup.NextInGroup = message.NextInGroup;
        }

        if (message.NextInGroup is null)
        {
            _last = message.PreviousInGroup;
        }
        else
        {
            message.NextInGroup.PreviousInGroup = message.PreviousInGroup;
        }

        message.PreviousInGroup = message.NextInGroup = null;
    }
}
