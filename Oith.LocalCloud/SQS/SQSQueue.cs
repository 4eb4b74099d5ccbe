using System.Security.Cryptography;
using System.Text;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>
/// One queue with its messages: everything that happens to them happens here, under one lock a queue. A change is in the
/// journal before it is visible, and a receive that waits is served by whoever makes a message visible.
/// </summary>
internal sealed partial class SQSQueue : IDisposable
{
    /// <summary>AWS's quota of received and not yet deleted messages.</summary>
    public const int MaximumInFlight = 120_000;

    private static readonly IReadOnlyList<ReceivedMessage> s_nothing = [];

    private readonly Lock _lock = new();
    private readonly SQSQueueContext _context;
    private readonly QueueMessages _messages;
    private readonly DeduplicationWindow _deduplication = new();
    private readonly ReceiveAttempts _attempts = new();
    private readonly LinkedList<ReceiveWaiter> _waiters = [];
    private ITimer? _wakeUp;
    private bool _isDeleted;

    public SQSQueue(SQSQueueContext context, QueueDefinition definition)
    {
        _context = context;
        Definition = definition;
        _messages = new QueueMessages(definition.Attributes.IsFifo ? new FifoOrder() : new StandardOrder());
    }

    /// <summary>What is known of the queue apart from its messages; replaced as a whole.</summary>
    public QueueDefinition Definition { get; private set; }

    public string Name => Definition.Name;

    public string Arn => Definition.Arn;

    public QueueAttributes Attributes => Definition.Attributes;

    /// <summary>True once DeleteQueue is in the journal: nothing is put into the queue any more.</summary>
    public bool IsDeleted => Volatile.Read(ref _isDeleted);

    private long Now => _context.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Changes attributes or tags.</summary>
    public void Update(Func<QueueDefinition, QueueDefinition> change)
    {
        lock (_lock)
        {
            var previous = Attributes.DelaySeconds;
            var definition = change(Definition);
            _context.Journal.QueueChanged(definition);
            Definition = definition;
            if (Attributes.IsFifo && Attributes.DelaySeconds != previous)
            {
                DelayAgain();
            }

            Settle(Now);
        }

        DeliverDeadLetters();
    }

    public SendOutcome Send(OutgoingMessage outgoing)
    {
        SendOutcome outcome;
        lock (_lock)
        {
            var now = Now;
            outcome = Accept(outgoing, now);
            Settle(now);
        }

        DeliverDeadLetters();
        return outcome;
    }

    /// <summary>Sends several messages as one step, so that a waiting receive gets them together.</summary>
    public SendOutcome[] Send(IReadOnlyList<OutgoingMessage> batch)
    {
        var outcomes = new SendOutcome[batch.Count];
        lock (_lock)
        {
            var now = Now;
            for (var i = 0; i < outcomes.Length; i++)
            {
                outcomes[i] = Accept(batch[i], now);
            }

            Settle(now);
        }

        DeliverDeadLetters();
        return outcomes;
    }

    /// <summary>The messages that can be received now, or the first that arrive while <paramref name="wait"/> lasts.</summary>
    public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(ReceiveRequest request, TimeSpan wait, CancellationToken cancellationToken)
    {
        IReadOnlyList<ReceivedMessage> received;
        ReceiveWaiter? waiter = null;
        int moved;
        do
        {
            lock (_lock)
            {
                var now = Now;
                Advance(now);
                received = Repeat(request, now) ?? Take(request, now);
                if (received.Count == 0 && _deadLetters.Count == 0 && wait > TimeSpan.Zero && !_isDeleted)
                {
                    waiter = new ReceiveWaiter(this, request);
                    waiter.Place = _waiters.AddLast(waiter);
                    ArmWakeUp(now);
                }
            }

            // What a dead letter held back in its group can be received once it is gone.
            moved = DeliverDeadLetters();
        }
        while (received.Count == 0 && waiter is null && moved > 0);

        return waiter is null ? new(received) : new(WaitAsync(waiter, wait, cancellationToken));
    }

    /// <summary>Deletes the message that the handle was received with; a message that is gone already is a success.</summary>
    public void Delete(string receiptHandle)
    {
        lock (_lock)
        {
            var now = Now;
            Advance(now);
            if (Find(receiptHandle, out var isLatest) is { } message)
            {
                // A standard queue accepts the handle of any receive of the message, a FIFO queue only a running one.
                if (Attributes.IsFifo && !(isLatest && message.State == MessageState.InFlight))
                {
                    throw SQSErrors.ReceiptHandleExpired(receiptHandle);
                }

                _context.Journal.MessageDeleted(Definition.Id, message.Number);
                _context.Metrics.Deleted(this);
                _messages.Remove(message);
            }

            Settle(now);
        }

        DeliverDeadLetters();
    }

    public void ChangeVisibility(string receiptHandle, int seconds)
    {
        lock (_lock)
        {
            var now = Now;
            Advance(now);
            var message = Find(receiptHandle, out var isLatest) ?? throw SQSErrors.NotAvailableForVisibilityChange(receiptHandle);
            if (message.State == MessageState.InFlight && (isLatest || !Attributes.IsFifo))
            {
                var visibleAt = now + (seconds * 1000L);
                if (visibleAt > message.ReceivedAt + (QueueAttributes.LongestVisibilityTimeout * 1000L))
                {
                    throw SQSErrors.InvalidValue(
                        seconds,
                        "VisibilityTimeout",
                        $"Total VisibilityTimeout for the message is beyond the limit [{QueueAttributes.LongestVisibilityTimeout} seconds]");
                }

                _context.Journal.VisibilityChanged(Definition.Id, message, visibleAt);
                _messages.Hide(message, visibleAt);
            }
            else if (Attributes.IsFifo)
            {
                throw SQSErrors.ReceiptHandleExpired(receiptHandle);
            }

            // In a standard queue AWS answers success when the timeout has passed already, and changes nothing.
            Settle(now);
        }

        DeliverDeadLetters();
    }

    /// <exception cref="AwsServiceException">PurgeQueueInProgress within 60 seconds of another purge.</exception>
    public void Purge()
    {
        lock (_lock)
        {
            var now = Now;
            if (Definition.PurgedAt is { } purgedAt && now - purgedAt < 60_000)
            {
                throw SQSErrors.PurgeQueueInProgress(Name);
            }

            _context.Journal.Purged(Definition.Id);
            Definition = Definition with { PurgedAt = now };
            _messages.Clear();
            _deduplication.Clear();
        }
    }

    /// <summary>Ends every waiting receive. Recorded under the lock, so that no record of the queue follows.</summary>
    public void Delete()
    {
        lock (_lock)
        {
            _context.Journal.QueueDeleted(Definition.Id);
            Volatile.Write(ref _isDeleted, true);
            _messages.Clear();
            while (_waiters.First is { } first)
            {
                _waiters.RemoveFirst();
                first.Value.Fail(SQSErrors.QueueDoesNotExist());
            }
        }
    }

    public QueueCounts Count()
    {
        lock (_lock)
        {
            var now = Now;
            Advance(now);
            return new QueueCounts(
                _messages.Visible,
                _messages.InFlight,
                _messages.Delayed,
                _messages.Oldest is { } oldest ? (now - oldest.SentTimestamp) / 1000 : 0);
        }
    }

    /// <summary>Shows messages as they are, the oldest first, and leaves them so.</summary>
    /// <param name="look">Called under the queue's lock.</param>
    public void Peek(int maximum, Action<SQSMessage> look)
    {
        lock (_lock)
        {
            Advance(Now);
            var message = _messages.Oldest;
            for (var i = 0; i < maximum && message is not null; i++, message = message.NewerInQueue)
            {
                look(message);
            }
        }
    }

    /// <summary>Puts back what the journal holds, before the queue is in use.</summary>
    public void Restore(IEnumerable<SQSMessage> messages, IEnumerable<DeduplicationEntry> deduplication)
    {
        foreach (var message in messages)
        {
            message.State = message.VisibleAt == 0 ? MessageState.Visible : message.ReceivedAt == 0 ? MessageState.Delayed : MessageState.InFlight;
            _messages.Add(message);
        }

        foreach (var entry in deduplication)
        {
            _deduplication.Add(entry);
        }
    }

    public void Dispose() => _wakeUp?.Dispose();

    internal void GiveUp(ReceiveWaiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Place?.List is not null)
            {
                _waiters.Remove(waiter.Place);
                waiter.Complete(s_nothing);
            }
        }
    }

    private async Task<IReadOnlyList<ReceivedMessage>> WaitAsync(ReceiveWaiter waiter, TimeSpan wait, CancellationToken cancellationToken)
    {
        await using var timer = _context.Time.CreateTimer(
            static state => ((ReceiveWaiter)state!).GiveUp(), waiter, wait, Timeout.InfiniteTimeSpan);
        await using var registration = cancellationToken.UnsafeRegister(static state => ((ReceiveWaiter)state!).GiveUp(), waiter);
        var received = await waiter.Completion;
        cancellationToken.ThrowIfCancellationRequested();
        return received;
    }

    private SendOutcome Accept(OutgoingMessage outgoing, long now)
    {
        if (_isDeleted)
        {
            throw SQSErrors.QueueDoesNotExist();
        }

        var deduplicationId = outgoing.DeduplicationId;
        string? key = null;
        if (Attributes.IsFifo)
        {
            deduplicationId ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(outgoing.Body)));
            key = DeduplicationWindow.Key(Definition.IsDeduplicatedPerGroup, outgoing.GroupId!, deduplicationId);
            if (_deduplication.TryFind(key, now, out var first))
            {
                return new SendOutcome(first.MessageId, outgoing.MD5OfBody, outgoing.Attributes.MD5, outgoing.MD5OfSystemAttributes, first.Number);
            }
        }

        var delay = Attributes.IsFifo ? Attributes.DelaySeconds : outgoing.DelaySeconds ?? Attributes.DelaySeconds;
        var message = new SQSMessage
        {
            Number = _context.Numbers.Next(now),
            Id = Guid.NewGuid().ToString(),
            Body = outgoing.Body,
            MD5OfBody = outgoing.MD5OfBody,
            Attributes = outgoing.Attributes,
            TraceHeader = outgoing.TraceHeader,
            GroupId = outgoing.GroupId,
            DeduplicationId = deduplicationId,
            SentTimestamp = now,
            State = delay > 0 ? MessageState.Delayed : MessageState.Visible,
            VisibleAt = delay > 0 ? now + (delay * 1000L) : 0,
        };
        _context.Journal.MessageSent(Definition.Id, message);
        _context.Metrics.Sent(this, outgoing.Size);
        if (key is not null)
        {
            _deduplication.Add(new DeduplicationEntry(key, message.Id, message.Number, now + DeduplicationWindow.Milliseconds));
        }

        _messages.Add(message);
        return new SendOutcome(
            message.Id, message.MD5OfBody, message.Attributes.MD5, outgoing.MD5OfSystemAttributes, Attributes.IsFifo ? message.Number : null);
    }

    private IReadOnlyList<ReceivedMessage> Take(ReceiveRequest request, long now)
    {
        List<ReceivedMessage>? taken = null;
        SQSMessage? previous = null;
        var timeout = (request.VisibilityTimeoutSeconds ?? Attributes.VisibilityTimeoutSeconds) * 1000L;
        while ((taken is null || taken.Count < request.MaxNumberOfMessages) && _messages.Next(previous) is { } message)
        {
            if (DeadLetterQueueOf(message) is { } deadLetterQueue)
            {
                message.State = MessageState.Moving;
                _deadLetters.Add((message, deadLetterQueue));
                continue;
            }

            if (_messages.InFlight >= MaximumInFlight)
            {
                _messages.PutBack(message);
                if (Attributes.IsFifo || taken is not null)
                {
                    break;
                }

                throw SQSErrors.OverLimit();
            }

            try
            {
                (taken ??= new(request.MaxNumberOfMessages)).Add(Receive(message, now, timeout));
            }
            catch (AwsServiceException) when (taken is { Count: > 0 })
            {
                // The journal cannot be written any more: those before are received, and their records are there.
                break;
            }

            previous = message;
        }

        return taken is null ? s_nothing : Answer(taken, request, timeout, now);
    }

    /// <summary>Where the message belongs that was received too often; null when it can be received.</summary>
    private SQSQueue? DeadLetterQueueOf(SQSMessage message) =>
        Attributes.RedrivePolicy is { } policy
        // A dead letter keeps its count, but its new queue counts only its own receives.
        && message.ReceiveCount - message.ReceiveCountOnArrival >= policy.MaxReceiveCount
        && _context.FindByArn(policy.DeadLetterTargetArn) is { } queue
        && queue != this
            ? queue
            : null;

    private ReceivedMessage Receive(SQSMessage message, long now, long timeout)
    {
        var before = (message.ReceiveCount, message.ReceivedAt, message.FirstReceiveTimestamp);
        message.ReceiveCount++;
        message.ReceivedAt = now;
        if (message.FirstReceiveTimestamp == 0)
        {
            message.FirstReceiveTimestamp = now;
        }

        try
        {
            _context.Journal.VisibilityChanged(Definition.Id, message, now + timeout);
        }
        catch (AwsServiceException)
        {
            (message.ReceiveCount, message.ReceivedAt, message.FirstReceiveTimestamp) = before;
            _messages.PutBack(message);
            throw;
        }

        message.State = MessageState.InFlight;
        if (timeout > 0)
        {
            _messages.Hide(message, now + timeout);
        }

        return new ReceivedMessage(
            message,
            new ReceiptHandle(Definition.Id, message.Number, message.ReceiveCount).ToString(),
            message.ReceiveCount,
            message.FirstReceiveTimestamp);
    }

    private List<ReceivedMessage> Answer(List<ReceivedMessage> taken, ReceiveRequest request, long timeout, long now)
    {
        if (timeout == 0)
        {
            foreach (var received in taken)
            {
                _messages.Reveal(received.Message);
            }
        }

        if (request.AttemptId is not null && Attributes.IsFifo)
        {
            _attempts.Add(request.AttemptId, taken, now);
        }

        _context.Metrics.Received(this, taken.Count);
        return taken;
    }

    /// <summary>The answer to a repeated receive attempt: the same messages, hidden anew; null when it is not a repetition.</summary>
    private IReadOnlyList<ReceivedMessage>? Repeat(ReceiveRequest request, long now)
    {
        if (request.AttemptId is null || _attempts.Find(request.AttemptId, now) is not { } received)
        {
            return null;
        }

        var visibleAt = now + ((request.VisibilityTimeoutSeconds ?? Attributes.VisibilityTimeoutSeconds) * 1000L);
        foreach (var item in received)
        {
            _context.Journal.VisibilityChanged(Definition.Id, item.Message, visibleAt);
            _messages.Hide(item.Message, visibleAt);
        }

        return received;
    }

    private SQSMessage? Find(string receiptHandle, out bool isLatest)
    {
        if (!ReceiptHandle.TryParse(receiptHandle, out var handle) || handle.Queue != Definition.Id)
        {
            throw SQSErrors.ReceiptHandleIsInvalid(receiptHandle);
        }

        // A message on its way to another queue is no longer this queue's to change.
        var message = _messages.Find(handle.Number) is { State: not MessageState.Moving } found ? found : null;
        isLatest = message?.ReceiveCount == handle.ReceiveCount;
        return message;
    }

    /// <summary>Does what time has brought: shows hidden messages, drops expired ones.</summary>
    private void Advance(long now)
    {
        _messages.RevealDue(now);
        try
        {
            while (_messages.Oldest is { } oldest && oldest.SentTimestamp <= now - (Attributes.MessageRetentionSeconds * 1000L))
            {
                _context.Journal.MessageDeleted(Definition.Id, oldest.Number);
                _messages.Remove(oldest);
            }
        }
        catch (AwsServiceException)
        {
            // The journal cannot be written, and has logged why: the message expires once it can.
        }
    }

    /// <summary>The end of every change: serves waiting receives with what is visible now.</summary>
    private void Settle(long now)
    {
        if (_waiters.Count == 0)
        {
            return;
        }

        Advance(now);
        try
        {
            while (_waiters.First is { } first)
            {
                var taken = Take(first.Value.Request, now);
                if (taken.Count == 0)
                {
                    break;
                }

                _waiters.RemoveFirst();
                first.Value.Complete(taken);
            }

            ArmWakeUp(now);
        }
        catch (AwsServiceException)
        {
            // The change that made the message visible is done; receives that wait are served once the journal can be written.
            ArmRetry();
        }
    }

    private void ArmWakeUp(long now)
    {
        if (_waiters.Count > 0 && _messages.NextDue is { } due)
        {
            WakeUpIn(TimeSpan.FromMilliseconds(Math.Max(1, due - now)));
        }
    }

    private void ArmRetry()
    {
        if (_waiters.Count > 0)
        {
            WakeUpIn(TimeSpan.FromSeconds(1));
        }
    }

    private void WakeUpIn(TimeSpan time)
    {
        _wakeUp ??= _context.Time.CreateTimer(
            static state => ((SQSQueue)state!).WakeUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _wakeUp.Change(time, Timeout.InfiniteTimeSpan);
    }

    private void WakeUp()
    {
        lock (_lock)
        {
            Settle(Now);
        }

        DeliverDeadLetters();
    }

    /// <summary>A FIFO queue's new delay holds for messages that are delayed already.</summary>
    private void DelayAgain()
    {
        foreach (var message in _messages.All.Where(message => message.State == MessageState.Delayed))
        {
            var visibleAt = message.SentTimestamp + (Attributes.DelaySeconds * 1000L);
            _context.Journal.VisibilityChanged(Definition.Id, message, visibleAt);
            _messages.Hide(message, visibleAt);
        }
    }
}
