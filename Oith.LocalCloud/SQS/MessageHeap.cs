namespace Oith.LocalCloud.SQS;

/// <summary>
/// A binary min-heap of messages that knows each message's position, so that removing one from the middle is as cheap as
/// removing the first and a deleted message never lingers.
/// </summary>
internal sealed class MessageHeap
{
    private SQSMessage[] _items = new SQSMessage[16];

    public int Count { get; private set; }

    /// <summary>The message with the smallest key, null when empty.</summary>
    public SQSMessage? First => Count == 0 ? null : _items[0];

    public void Add(SQSMessage message, long key)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        message.Heap = this;
        message.HeapKey = key;
        Rise(Count++, message);
    }

    /// <summary>Takes the message out; nothing happens when it is not in this heap.</summary>
    public void Remove(SQSMessage message)
    {
        if (message.Heap != this)
        {
            return;
        }

        message.Heap = null;
        var index = message.HeapIndex;
        var last = _items[--Count];
        _items[Count] = null!;
        if (last == message)
        {
            return;
        }

        if (index > 0 && last.HeapKey < _items[(index - 1) / 2].HeapKey)
        {
            Rise(index, last);
        }
        else
        {
            Sink(index, last);
        }
    }

    public void Clear()
    {
        for (var i = 0; i < Count; i++)
        {
            _items[i].Heap = null;
        }

        _items = new SQSMessage[16];
        Count = 0;
    }

    private void Rise(int index, SQSMessage message)
    {
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (_items[parent].HeapKey <= message.HeapKey)
            {
                break;
            }

            Place(index, _items[parent]);
            index = parent;
        }

        Place(index, message);
    }

    private void Sink(int index, SQSMessage message)
    {
        while (true)
        {
            var child = (2 * index) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _items[child + 1].HeapKey < _items[child].HeapKey)
            {
                child++;
            }

            if (message.HeapKey <= _items[child].HeapKey)
            {
                break;
            }

            Place(index, _items[child]);
            index = child;
        }

        Place(index, message);
    }

    private void Place(int index, SQSMessage message)
    {
        _items[index] = message;
        message.HeapIndex = index;
    }
}
