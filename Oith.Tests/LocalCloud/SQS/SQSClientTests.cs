using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.SQS;

/// <summary>The AWS SDK for .NET, which checks digests itself, against LocalCloud over HTTP.</summary>
public sealed class SQSClientTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly AmazonSQSClient _client = new(
        new BasicAWSCredentials("x", "x"), new AmazonSQSConfig { ServiceURL = cloud.Endpoint.ToString(), MaxErrorRetry = 0 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Message_With_All_Kinds_Of_Attributes_Comes_Back_As_It_Was_Sent()
    {
        var queue = (await _client.CreateQueueAsync("attributes", Token)).QueueUrl;
        await _client.SendMessageAsync(
            new SendMessageRequest(queue, "body \u00e9 \U0001F600 \"quoted\" <&>")
            {
                MessageAttributes = new Dictionary<string, MessageAttributeValue>
                {
                    ["text"] = new() { DataType = "String", StringValue = "v\u00e4lue" },
                    ["number"] = new() { DataType = "Number.int", StringValue = "42" },
                    ["binary"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([0, 1, 255]) },
                },
            },
            Token);
        var answer = await _client.ReceiveMessageAsync(new ReceiveMessageRequest(queue) { MessageAttributeNames = ["All"] }, Token);
        var message = Assert.Single(answer.Messages);
        Assert.Equal("body \u00e9 \U0001F600 \"quoted\" <&>", message.Body);
        Assert.Equal("v\u00e4lue", message.MessageAttributes["text"].StringValue);
        Assert.Equal(("Number.int", "42"), (message.MessageAttributes["number"].DataType, message.MessageAttributes["number"].StringValue));
        Assert.Equal([0, 1, 255], message.MessageAttributes["binary"].BinaryValue.ToArray());
    }

    [Fact]
    public async Task Errors_Have_The_Types_Of_The_SDK()
    {
        await Assert.ThrowsAsync<QueueDoesNotExistException>(() => _client.GetQueueUrlAsync("none", Token));
        var queue = (await _client.CreateQueueAsync("errors", Token)).QueueUrl;
        await Assert.ThrowsAsync<ReceiptHandleIsInvalidException>(() => _client.DeleteMessageAsync(queue, "nonsense", Token));
        await Assert.ThrowsAsync<EmptyBatchRequestException>(() => _client.SendMessageBatchAsync(queue, [], Token));
        var error = await Assert.ThrowsAsync<AmazonSQSException>(() => _client.ReceiveMessageAsync(
            new ReceiveMessageRequest(queue) { MaxNumberOfMessages = 11 }, Token));
        Assert.Equal("InvalidParameterValue", error.ErrorCode);
    }

    [Fact]
    public async Task Long_Poll_Over_HTTP_Ends_With_The_Message()
    {
        var queue = (await _client.CreateQueueAsync("poll", Token)).QueueUrl;
        var poll = _client.ReceiveMessageAsync(new ReceiveMessageRequest(queue) { WaitTimeSeconds = 20 }, Token);
        await _client.SendMessageAsync(queue, "a", Token);
        Assert.Equal("a", Assert.Single((await poll).Messages).Body);
    }
}
