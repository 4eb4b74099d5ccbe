using Oith.LocalCloud.Messaging;

namespace Oith.LocalCloud.SQS;

/// <summary>
/// Receive request attempt ids of a FIFO queue: for five minutes a repeated attempt gets the same messages, as long as
/// none of them was deleted or received by someone else. Holds the queue's lock.
/// </summary>
internal sealed class ReceiveAttempts
{
    private readonly Dictionary<string, (IReadOnlyList<ReceivedMessage> Received, long ExpiresAt)> _attempts = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, long ExpiresAt)> _byAge = new();

    public void Add(string id, IReadOnlyList<ReceivedMessage> received, long now)
    {
        Expire(now);
        var expiresAt = now + DeduplicationWindow.Milliseconds;
        _attempts[id] = (received, expiresAt);
        _byAge.Enqueue((id, expiresAt));
    }

    public IReadOnlyList<ReceivedMessage>? Find(string id, long now)
    {
        Expire(now);
        if (!_attempts.TryGetValue(id, out var attempt))
        {
            return null;
        }

        foreach (var item in attempt.Received)
        {
            if (item.Message.State != MessageState.InFlight || item.Message.ReceiveCount != item.ReceiveCount)
            {
                return null;
            }
        }

        return attempt.Received;
    }

    private void Expire(long now)
    {
        while (_byAge.TryPeek(out var oldest) && oldest.ExpiresAt <= now)
        {
            _byAge.Dequeue();
            if (_attempts.TryGetValue(oldest.Id, out var attempt) && attempt.ExpiresAt <= now)
            {
                _attempts.Remove(oldest.Id);
            }
        }
    }
}
