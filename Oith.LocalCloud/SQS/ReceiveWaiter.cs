namespace Oith.LocalCloud.SQS;

/// <summary>A long poll that found nothing yet. Whoever makes a message visible completes it; its timer gives up.</summary>
internal sealed class ReceiveWaiter(SQSQueue queue, ReceiveRequest request)
{
    private readonly TaskCompletionSource<IReadOnlyList<ReceivedMessage>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ReceiveRequest Request { get; } = request;

    /// <summary>Its place in the queue's line; guarded by the queue's lock.</summary>
    public LinkedListNode<ReceiveWaiter>? Place { get; set; }

    public Task<IReadOnlyList<ReceivedMessage>> Completion => _completion.Task;

    public void Complete(IReadOnlyList<ReceivedMessage> received) => _completion.TrySetResult(received);

    public void Fail(Exception error) => _completion.TrySetException(error);

    public void GiveUp() => queue.GiveUp(this);
}
