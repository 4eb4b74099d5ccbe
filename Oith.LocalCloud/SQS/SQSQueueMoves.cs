using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>How messages leave the queue for another: dead letters, and those that are moved back.</summary>
internal sealed partial class SQSQueue
{
    private readonly List<(SQSMessage Message, SQSQueue Target)> _deadLetters = [];

    /// <summary>Moves the next message that could be received to another queue, as a new message.</summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="AwsServiceException">NonExistentQueue: one of the two queues is deleted, and the message stays.</exception>
    public bool MoveNext(Func<SQSMessage, SQSQueue?> target)
    {
        SQSMessage? message;
        SQSQueue queue;
        lock (_lock)
        {
            Advance(Now);
            message = _isDeleted ? throw SQSErrors.QueueDoesNotExist() : _messages.Next(null);
            if (message is null)
            {
                return false;
            }

            try
            {
                queue = target(message) ?? throw SQSErrors.QueueDoesNotExist();
            }
            catch (AwsServiceException)
            {
                _messages.PutBack(message);
                throw;
            }

            message.State = MessageState.Moving;
        }

        var isMoved = Move(message, queue, isRedrive: true);
        DeliverDeadLetters();
        return isMoved ? true : throw SQSErrors.QueueDoesNotExist();
    }

    /// <summary>Hands dead letters over outside of this queue's lock, so that two queues never wait for each other.</summary>
    /// <returns>How many were moved.</returns>
    private int DeliverDeadLetters()
    {
        var moved = 0;
        while (TakeDeadLetters() is { Length: > 0 } letters)
        {
            foreach (var (message, target) in letters)
            {
                try
                {
                    moved += Move(message, target, isRedrive: false) ? 1 : 0;
                }
                catch (AwsServiceException)
                {
                    // The journal cannot be written: the letter is still here, and the next receive tries again.
                    lock (_lock)
                    {
                        ArmRetry();
                    }
                }
            }
        }

        return moved;
    }

    private (SQSMessage Message, SQSQueue Target)[] TakeDeadLetters()
    {
        lock (_lock)
        {
            if (_deadLetters.Count == 0)
            {
                return [];
            }

            var letters = _deadLetters.ToArray();
            _deadLetters.Clear();
            return letters;
        }
    }

    /// <summary>
    /// Takes a message of the state Moving to another queue. Until it is there it keeps its place here, so that a crash or a failure leaves it, and
    /// those behind it in its group do not overtake it.
    /// </summary>
    /// <param name="isRedrive">It goes back as a new message: of this one alone, whatever else is moved at the same time.</param>
    /// <returns>False when the other queue is deleted: the message stays.</returns>
    private bool Move(SQSMessage message, SQSQueue target, bool isRedrive)
    {
        var isMoved = false;
        try
        {
            isMoved = target.Adopt(message, this, isRedrive);
        }
        finally
        {
            lock (_lock)
            {
                // Purged or expired meanwhile, it is in no collection of this queue any more.
                if (message.State == MessageState.Moving && isMoved)
                {
                    _messages.Remove(message);
                }
                else if (message.State == MessageState.Moving)
                {
                    _messages.Reveal(message);
                }
            }
        }

        lock (_lock)
        {
            Settle(Now);
        }

        return isMoved;
    }

    private bool Adopt(SQSMessage moved, SQSQueue source, bool isRedrive)
    {
        lock (_lock)
        {
            if (_isDeleted)
            {
                return false;
            }

            var now = Now;
            var message = new SQSMessage
            {
                Number = _context.Numbers.Next(now),
                Id = isRedrive ? Guid.NewGuid().ToString() : moved.Id,
                Body = moved.Body,
                MD5OfBody = moved.MD5OfBody,
                Attributes = moved.Attributes,
                TraceHeader = moved.TraceHeader,
                GroupId = moved.GroupId,
                DeduplicationId = moved.DeduplicationId,
                // A standard queue's dead letter keeps its age; in a FIFO queue, and when redriven, its time starts anew.
                SentTimestamp = isRedrive || Attributes.IsFifo ? now : moved.SentTimestamp,
                DeadLetterQueueSourceArn = isRedrive ? null : source.Arn,
                FirstReceiveTimestamp = isRedrive ? 0 : moved.FirstReceiveTimestamp,
                ReceiveCount = isRedrive ? 0 : moved.ReceiveCount,
                ReceiveCountOnArrival = isRedrive ? 0 : moved.ReceiveCount,
                State = MessageState.Visible,
            };
            _context.Journal.MessageMoved(source.Definition.Id, moved.Number, Definition.Id, message);
            _messages.Add(message);
            if (_waiters.Count > 0)
            {
                // On a stack of its own: dead-letter queues may form a circle.
                ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.WakeUp(), this, preferLocal: false);
            }

            return true;
        }
    }
}
