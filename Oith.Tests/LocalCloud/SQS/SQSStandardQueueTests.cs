using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.SQS;

public sealed class SQSStandardQueueTests : IDisposable
{
    private readonly SQSCloud _cloud = new();

    public void Dispose() => _cloud.Dispose();

    [Fact]
    public async Task Message_Returns_With_A_Higher_Count_When_Its_Visibility_Ends()
    {
        var queue = await _cloud.CreateQueueAsync("q", ("VisibilityTimeout", "10"));
        await _cloud.SendAsync(queue, "a");
        var first = Assert.Single(await _cloud.ReceiveAsync(queue));
        Assert.Equal("1", first.Attribute("ApproximateReceiveCount"));
        Assert.Empty(await _cloud.ReceiveAsync(queue));
        _cloud.Pass(9.9);
        Assert.Empty(await _cloud.ReceiveAsync(queue));
        _cloud.Pass(0.1);
        var second = Assert.Single(await _cloud.ReceiveAsync(queue));
        Assert.Equal(first.Id, second.Id);
        Assert.Equal("2", second.Attribute("ApproximateReceiveCount"));
        Assert.NotEqual(first.Handle, second.Handle);
    }

    [Fact]
    public async Task Older_Receipt_Handle_Deletes_A_Message_That_Was_Received_Again()
    {
        var queue = await _cloud.CreateQueueAsync("q", ("VisibilityTimeout", "1"));
        await _cloud.SendAsync(queue, "a");
        var first = Assert.Single(await _cloud.ReceiveAsync(queue));
        _cloud.Pass(1);
        var second = Assert.Single(await _cloud.ReceiveAsync(queue));
        await _cloud.DeleteAsync(queue, first);
        Assert.Equal((0, 0, 0), await _cloud.CountAsync(queue));
        await _cloud.DeleteAsync(queue, second);
        Assert.Equal((0, 0, 0), await _cloud.CountAsync(queue));
    }

    [Fact]
    public async Task Older_Receipt_Handle_Changes_The_Visibility_Of_A_Message_That_Was_Received_Again()
    {
        var queue = await _cloud.CreateQueueAsync("q", ("VisibilityTimeout", "1"));
        await _cloud.SendAsync(queue, "a");
        var first = Assert.Single(await _cloud.ReceiveAsync(queue));
        _cloud.Pass(1);
        Assert.Single(await _cloud.ReceiveAsync(queue));
        await _cloud.ChangeVisibilityAsync(queue, first, 10);
        _cloud.Pass(9);
        Assert.Empty(await _cloud.ReceiveAsync(queue));
        await _cloud.ChangeVisibilityAsync(queue, first, 0);
        Assert.Single(await _cloud.ReceiveAsync(queue));
    }

    [Fact]
    public async Task Dead_Letter_Queue_With_A_Redrive_Policy_Counts_Its_Own_Receives()
    {
        var last = await _cloud.CreateQueueAsync("c", ("VisibilityTimeout", "0"));
        var middle = await CreateSourceAsync("b", "c", maxReceiveCount: 2);
        var first = await CreateSourceAsync("a", "b", maxReceiveCount: 1);
        await _cloud.SendAsync(first, "letter");

        Assert.Equal(["letter"], await _cloud.ReceiveBodiesAsync(first));
        Assert.Empty(await _cloud.ReceiveBodiesAsync(first));
        Assert.Equal("2", Assert.Single(await _cloud.ReceiveAsync(middle)).Attribute("ApproximateReceiveCount"));
        Assert.Equal("3", Assert.Single(await _cloud.ReceiveAsync(middle)).Attribute("ApproximateReceiveCount"));
        Assert.Empty(await _cloud.ReceiveBodiesAsync(middle));
        Assert.Equal("4", Assert.Single(await _cloud.ReceiveAsync(last)).Attribute("ApproximateReceiveCount"));

        Task<string> CreateSourceAsync(string name, string target, int maxReceiveCount) => _cloud.CreateQueueAsync(
            name,
            ("VisibilityTimeout", "0"),
            ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf(target)}}","maxReceiveCount":{{maxReceiveCount}}}"""));
    }

    [Fact]
    public async Task Delay_Of_The_Message_Overrules_That_Of_The_Queue()
    {
        var queue = await _cloud.CreateQueueAsync("q", ("DelaySeconds", "5"));
        await _cloud.SendAsync(queue, "queue's");
        await _cloud.SendAsync(queue, "own", delay: 2);
        await _cloud.SendAsync(queue, "none", delay: 0);
        Assert.Equal((1, 0, 2), await _cloud.CountAsync(queue));
        Assert.Equal(["none"], await _cloud.ReceiveBodiesAsync(queue));
        _cloud.Pass(2);
        Assert.Equal(["own"], await _cloud.ReceiveBodiesAsync(queue));
        _cloud.Pass(3);
        Assert.Equal(["queue's"], await _cloud.ReceiveBodiesAsync(queue));
    }

    [Fact]
    public async Task Visibility_Change_Extends_And_Ends_The_Timeout()
    {
        var queue = await _cloud.CreateQueueAsync("q", ("VisibilityTimeout", "10"));
        await _cloud.SendAsync(queue, "a");
        var received = Assert.Single(await _cloud.ReceiveAsync(queue));
        _cloud.Pass(9);
        await _cloud.ChangeVisibilityAsync(queue, received, 10);
        _cloud.Pass(9);
        Assert.Empty(await _cloud.ReceiveAsync(queue));
        await _cloud.ChangeVisibilityAsync(queue, received, 0);
        Assert.Single(await _cloud.ReceiveAsync(queue));
    }

    [Fact]
    public async Task Visibility_Change_Is_Refused_When_The_Total_Passes_Twelve_Hours()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        await _cloud.SendAsync(queue, "a");
        var received = Assert.Single(await _cloud.ReceiveAsync(queue));
        _cloud.Pass(1);
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.ChangeVisibilityAsync(queue, received, 43_200));
        Assert.Contains("Total VisibilityTimeout for the message is beyond the limit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_Poll_Wakes_When_A_Message_Arrives()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        var poll = _cloud.ReceiveAsync(queue, wait: 20);
        Assert.False(poll.IsCompleted);
        await _cloud.SendAsync(queue, "a");
        Assert.Equal("a", Assert.Single(await poll).Body);
    }

    [Fact]
    public async Task Long_Poll_Wakes_When_A_Visibility_Timeout_Ends()
    {
        var queue = await _cloud.CreateQueueAsync("q", ("VisibilityTimeout", "5"), ("ReceiveMessageWaitTimeSeconds", "20"));
        await _cloud.SendAsync(queue, "a");
        await _cloud.ReceiveAsync(queue);
        var poll = _cloud.ReceiveAsync(queue, wait: 20);
        _cloud.Pass(4.9);
        Assert.False(poll.IsCompleted);
        _cloud.Pass(0.1);
        Assert.Single(await poll);
    }

    [Fact]
    public async Task Long_Poll_Ends_Empty_When_Nothing_Arrives()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        var poll = _cloud.ReceiveAsync(queue, wait: 2);
        _cloud.Pass(2);
        Assert.Empty(await poll);
    }

    [Fact]
    public async Task Long_Poll_Takes_Nothing_When_Its_Client_Is_Gone()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        using var gone = new CancellationTokenSource();
        var poll = _cloud.ReceiveAsync(queue, wait: 20, cancellationToken: gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        await _cloud.SendAsync(queue, "a");
        Assert.Single(await _cloud.ReceiveAsync(queue));
    }

    [Fact]
    public async Task Long_Polls_Are_Served_In_Turn_When_Messages_Arrive()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        var first = _cloud.ReceiveAsync(queue, wait: 20);
        var second = _cloud.ReceiveAsync(queue, wait: 20);
        await _cloud.SendAsync(queue, "a");
        Assert.Equal("a", Assert.Single(await first).Body);
        Assert.False(second.IsCompleted);
        await _cloud.SendAsync(queue, "b");
        Assert.Equal("b", Assert.Single(await second).Body);
    }

    [Fact]
    public async Task Message_Goes_To_The_Dead_Letter_Queue_When_It_Was_Received_Too_Often()
    {
        var deadLetters = await _cloud.CreateQueueAsync("dlq");
        var queue = await _cloud.CreateQueueAsync(
            "q", ("VisibilityTimeout", "1"), ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf("dlq")}}","maxReceiveCount":3}"""));
        var id = (await _cloud.SendAsync(queue, "poison"))["MessageId"]!.GetValue<string>();
        await _cloud.SendAsync(queue, "later", delay: 4);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(["poison"], await _cloud.ReceiveBodiesAsync(queue));
            _cloud.Pass(1);
        }

        _cloud.Pass(1);
        Assert.Equal(["later"], await _cloud.ReceiveBodiesAsync(queue));
        var dead = Assert.Single(await _cloud.ReceiveAsync(deadLetters));
        Assert.Equal(id, dead.Id);
        Assert.Equal(SQSCloud.ArnOf("q"), dead.Attribute("DeadLetterQueueSourceArn"));
        Assert.Equal("4", dead.Attribute("ApproximateReceiveCount"));
        var sources = await _cloud.SqsAsync("ListDeadLetterSourceQueues", new JsonObject { ["QueueUrl"] = deadLetters });
        Assert.Equal([queue], sources["queueUrls"]!.AsArray().Select(url => url!.GetValue<string>()));
    }

    [Fact]
    public async Task Message_Is_Dropped_When_Its_Retention_Ends()
    {
        var queue = await _cloud.CreateQueueAsync("q", ("MessageRetentionPeriod", "60"));
        await _cloud.SendAsync(queue, "old");
        _cloud.Pass(30);
        await _cloud.SendAsync(queue, "new");
        _cloud.Pass(30);
        Assert.Equal(["new"], await _cloud.ReceiveBodiesAsync(queue));
        _cloud.Pass(30);
        Assert.Equal((0, 0, 0), await _cloud.CountAsync(queue));
    }

    [Fact]
    public async Task Purge_Takes_All_Messages_And_Is_Refused_Within_A_Minute()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        await _cloud.SendAsync(queue, "visible");
        await _cloud.SendAsync(queue, "delayed", delay: 10);
        await _cloud.SqsAsync("PurgeQueue", new JsonObject { ["QueueUrl"] = queue });
        Assert.Equal((0, 0, 0), await _cloud.CountAsync(queue));
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.SqsAsync("PurgeQueue", new JsonObject { ["QueueUrl"] = queue }));
        Assert.Equal("AWS.SimpleQueueService.PurgeQueueInProgress", error.QueryErrorCode);
        _cloud.Pass(60);
        await _cloud.SqsAsync("PurgeQueue", new JsonObject { ["QueueUrl"] = queue });
    }

    [Fact]
    public async Task Batch_Answers_For_Each_Entry_When_Some_Fail()
    {
        var queue = await _cloud.CreateQueueAsync("q", ("MaximumMessageSize", "1024"));
        var answer = await _cloud.SqsAsync("SendMessageBatch", new JsonObject
        {
            ["QueueUrl"] = queue,
            ["Entries"] = new JsonArray(
                new JsonObject { ["Id"] = "good", ["MessageBody"] = "a" },
                new JsonObject { ["Id"] = "empty", ["MessageBody"] = "" },
                new JsonObject { ["Id"] = "large", ["MessageBody"] = new string('a', 1025) },
                new JsonObject { ["Id"] = "wrong", ["MessageBody"] = "a\u0001" }),
        });
        Assert.Equal(["good"], answer["Successful"]!.AsArray().Select(entry => entry!["Id"]!.GetValue<string>()));
        Assert.Equal(
            [("empty", "MissingParameter"), ("large", "InvalidParameterValue"), ("wrong", "InvalidMessageContents")],
            answer["Failed"]!.AsArray().Select(entry => (entry!["Id"]!.GetValue<string>(), entry["Code"]!.GetValue<string>())).Order());
        Assert.Equal((1, 0, 0), await _cloud.CountAsync(queue));

        var received = Assert.Single(await _cloud.ReceiveAsync(queue));
        var deleted = await _cloud.SqsAsync("DeleteMessageBatch", new JsonObject
        {
            ["QueueUrl"] = queue,
            ["Entries"] = new JsonArray(
                new JsonObject { ["Id"] = "1", ["ReceiptHandle"] = received.Handle },
                new JsonObject { ["Id"] = "2", ["ReceiptHandle"] = "nonsense" }),
        });
        Assert.Equal("1", Assert.Single(deleted["Successful"]!.AsArray())!["Id"]!.GetValue<string>());
        Assert.Equal("ReceiptHandleIsInvalid", Assert.Single(deleted["Failed"]!.AsArray())!["Code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Trace_Header_Comes_From_The_Request_Or_The_System_Attribute()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        var api = (IAwsApi)_cloud.Services.GetService(typeof(IAwsApi))!;
        await api.InvokeAsync("sqs", "SendMessage", SQSCloud.Message(queue, "request"), TestContext.Current.CancellationToken, "Root=1-a;Sampled=1");
        var input = SQSCloud.Message(queue, "attribute");
        input["MessageSystemAttributes"] = new JsonObject
        {
            ["AWSTraceHeader"] = new JsonObject { ["DataType"] = "String", ["StringValue"] = "Root=1-b;Sampled=1" },
        };
        var sent = await _cloud.SqsAsync("SendMessage", input);
        Assert.NotNull(sent["MD5OfMessageSystemAttributes"]);
        Assert.Equal(
            ["Root=1-a;Sampled=1", "Root=1-b;Sampled=1"],
            (await _cloud.ReceiveAsync(queue)).Select(received => received.Attribute("AWSTraceHeader")));
    }

    [Fact]
    public async Task Waiting_Receive_Fails_When_The_Queue_Is_Deleted()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        var poll = _cloud.ReceiveAsync(queue, wait: 20);
        await _cloud.SqsAsync("DeleteQueue", new JsonObject { ["QueueUrl"] = queue });
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => poll);
        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue", error.QueryErrorCode);
    }
}
