using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.SQS;

public sealed class SQSFifoQueueTests : IDisposable
{
    private readonly SQSCloud _cloud = new();

    public void Dispose() => _cloud.Dispose();

    [Fact]
    public async Task Receive_Drains_One_Group_In_Order_Before_The_Next()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo");
        foreach (var body in new[] { "a1", "b1", "a2", "b2", "a3" })
        {
            await _cloud.SendAsync(queue, body, group: body[..1]);
        }

        Assert.Equal(["a1", "a2", "a3", "b1"], await _cloud.ReceiveBodiesAsync(queue, 4));
        Assert.Empty(await _cloud.ReceiveAsync(queue));
    }

    [Fact]
    public async Task Group_Waits_While_One_Of_Its_Messages_Is_In_Flight()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo");
        await _cloud.SendAsync(queue, "a1", "a");
        await _cloud.SendAsync(queue, "a2", "a");
        await _cloud.SendAsync(queue, "b1", "b");
        var first = Assert.Single(await _cloud.ReceiveAsync(queue, 1));
        Assert.Equal("a1", first.Body);
        Assert.Equal(["b1"], await _cloud.ReceiveBodiesAsync(queue));
        await _cloud.DeleteAsync(queue, first);
        Assert.Equal(["a2"], await _cloud.ReceiveBodiesAsync(queue));
    }

    [Fact]
    public async Task Messages_Behind_Return_With_The_First_When_The_Visibility_Ends()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo", ("VisibilityTimeout", "1"));
        await _cloud.SendAsync(queue, "a1", "a");
        await _cloud.SendAsync(queue, "a2", "a");
        Assert.Equal(["a1"], await _cloud.ReceiveBodiesAsync(queue, 1));
        _cloud.Pass(1);
        Assert.Equal(["a1", "a2"], await _cloud.ReceiveBodiesAsync(queue));
    }

    [Fact]
    public async Task Duplicate_Is_Dropped_For_Five_Minutes_Though_The_First_Was_Deleted()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo");
        var first = await _cloud.SendAsync(queue, "a", "g", "id");
        await _cloud.DeleteAsync(queue, Assert.Single(await _cloud.ReceiveAsync(queue)));
        _cloud.Pass(299);
        var second = await _cloud.SendAsync(queue, "a", "g", "id");
        Assert.Equal(first["MessageId"]!.GetValue<string>(), second["MessageId"]!.GetValue<string>());
        Assert.Equal(first["SequenceNumber"]!.GetValue<string>(), second["SequenceNumber"]!.GetValue<string>());
        Assert.Empty(await _cloud.ReceiveAsync(queue));
        _cloud.Pass(1);
        await _cloud.SendAsync(queue, "a", "g", "id");
        Assert.Single(await _cloud.ReceiveAsync(queue));
    }

    [Theory]
    [InlineData("queue", 1)]
    [InlineData("messageGroup", 2)]
    public async Task Deduplication_Id_Counts_In_The_Scope_Of_The_Queue(string scope, int expected)
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo", ("DeduplicationScope", scope));
        await _cloud.SendAsync(queue, "a", "g1", "id");
        await _cloud.SendAsync(queue, "a", "g2", "id");
        Assert.Equal(expected, (await _cloud.ReceiveAsync(queue)).Count);
    }

    [Fact]
    public async Task Content_Is_The_Deduplication_Id_When_The_Queue_Says_So()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo", ("ContentBasedDeduplication", "true"));
        JsonObject Message(string body) => new() { ["QueueUrl"] = queue, ["MessageBody"] = body, ["MessageGroupId"] = "g" };
        await _cloud.SqsAsync("SendMessage", Message("a"));
        await _cloud.SqsAsync("SendMessage", Message("a"));
        await _cloud.SqsAsync("SendMessage", Message("b"));
        var received = await _cloud.ReceiveAsync(queue);
        Assert.Equal(["a", "b"], received.Select(message => message.Body));
        Assert.Equal("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", received[0].Attribute("MessageDeduplicationId"));
    }

    [Fact]
    public async Task Repeated_Receive_Attempt_Gets_The_Same_Messages_With_Their_Visibility_Reset()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo", ("VisibilityTimeout", "10"));
        await _cloud.SendAsync(queue, "a", "g");
        var first = Assert.Single(await _cloud.ReceiveAsync(queue, attempt: "1"));
        _cloud.Pass(9);
        var again = Assert.Single(await _cloud.ReceiveAsync(queue, attempt: "1"));
        Assert.Equal(first.Handle, again.Handle);
        _cloud.Pass(9);
        Assert.Empty(await _cloud.ReceiveAsync(queue, attempt: "2"));
        await _cloud.DeleteAsync(queue, again);
        Assert.Empty(await _cloud.ReceiveAsync(queue, attempt: "1"));
    }

    [Fact]
    public async Task Dead_Letter_Lets_The_Rest_Of_Its_Group_Pass()
    {
        var deadLetters = await _cloud.CreateQueueAsync("dlq.fifo");
        var queue = await _cloud.CreateQueueAsync(
            "q.fifo",
            ("VisibilityTimeout", "1"),
            ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf("dlq.fifo")}}","maxReceiveCount":"1"}"""));
        await _cloud.SendAsync(queue, "poison", "g");
        await _cloud.SendAsync(queue, "next", "g");
        Assert.Equal(["poison"], await _cloud.ReceiveBodiesAsync(queue, 1));
        _cloud.Pass(1);
        Assert.Equal(["next"], await _cloud.ReceiveBodiesAsync(queue));
        var dead = Assert.Single(await _cloud.ReceiveAsync(deadLetters));
        Assert.Equal(("poison", "g"), (dead.Body, dead.Attribute("MessageGroupId")));
    }

    [Fact]
    public async Task Sequence_Numbers_Always_Increase()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo");
        var numbers = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            numbers.Add((await _cloud.SendAsync(queue, "a", $"g{i % 3}"))["SequenceNumber"]!.GetValue<string>());
            _cloud.Pass(i % 2);
        }

        Assert.All(numbers, number => Assert.Equal(20, number.Length));
        Assert.Equal(numbers.Order(StringComparer.Ordinal).Distinct(), numbers);
    }

    [Fact]
    public async Task Expired_Receipt_Handle_Is_Refused()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo", ("VisibilityTimeout", "1"));
        await _cloud.SendAsync(queue, "a", "g");
        var received = Assert.Single(await _cloud.ReceiveAsync(queue));
        _cloud.Pass(1);
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.DeleteAsync(queue, received));
        Assert.EndsWith("Reason: The receipt handle has expired.", error.Message, StringComparison.Ordinal);
        Assert.Single(await _cloud.ReceiveAsync(queue));
    }

    [Fact]
    public async Task Delay_Of_The_Queue_Changes_For_Messages_That_Wait_Already()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo", ("DelaySeconds", "100"));
        await _cloud.SendAsync(queue, "a", "g");
        await _cloud.SqsAsync(
            "SetQueueAttributes",
            new JsonObject { ["QueueUrl"] = queue, ["Attributes"] = new JsonObject { ["DelaySeconds"] = "10" } });
        _cloud.Pass(10);
        Assert.Single(await _cloud.ReceiveAsync(queue));
    }

    [Fact]
    public async Task Long_Poll_Wakes_When_A_Delete_Frees_The_Group()
    {
        var queue = await _cloud.CreateQueueAsync("q.fifo");
        await _cloud.SendAsync(queue, "a1", "a");
        await _cloud.SendAsync(queue, "a2", "a");
        var first = Assert.Single(await _cloud.ReceiveAsync(queue, 1));
        var poll = _cloud.ReceiveAsync(queue, wait: 20);
        Assert.False(poll.IsCompleted);
        await _cloud.DeleteAsync(queue, first);
        Assert.Equal("a2", Assert.Single(await poll).Body);
    }
}
