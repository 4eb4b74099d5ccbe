using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.SQS;

public sealed class SQSQueueOperationTests : IDisposable
{
    private readonly SQSCloud _cloud = new();

    public void Dispose() => _cloud.Dispose();

    [Theory]
    [InlineData("DelaySeconds", "901", "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds.")]
    [InlineData("MaximumMessageSize", "x", "InvalidAttributeValue", "Invalid value for the parameter MaximumMessageSize.")]
    [InlineData("ContentBasedDeduplication", "true", "InvalidAttributeName", "Unknown Attribute ContentBasedDeduplication.")]
    [InlineData("FifoQueue", "false", "InvalidAttributeName", "Unknown Attribute FifoQueue.")]
    [InlineData("Nonsense", "1", "InvalidAttributeName", "Unknown Attribute Nonsense.")]
    [InlineData("FifoThroughputLimit", "perQueue", "InvalidAttributeName", "You can specify the FifoThroughputLimit only when FifoQueue is set to true.")]
    [InlineData(
        "RedrivePolicy",
        """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":3}""",
        "InvalidParameterValue",
        """Value {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":3} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.""")]
    public async Task Standard_Queue_Is_Refused_When_An_Attribute_Is_Wrong(string name, string value, string code, string message)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.CreateQueueAsync("q", (name, value)));
        Assert.Equal((code, message), (error.QueryErrorCode, error.Message));
    }

    [Theory]
    [InlineData("no spaces")]
    [InlineData("")]
    [InlineData("dot.ted")]
    public async Task Queue_Is_Refused_When_Its_Name_Is_Wrong(string name)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.CreateQueueAsync(name));
        Assert.Equal("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length", error.Message);
    }

    [Fact]
    public async Task Queue_Has_One_Type_Of_Encryption_At_A_Time()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        var both = new JsonObject { ["KmsMasterKeyId"] = "testKeyId", ["SqsManagedSseEnabled"] = "true" };
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => SetAsync(both));
        Assert.Equal(
            ("InvalidAttributeName", "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE."),
            (error.Code, error.Message));

        await SetAsync(new JsonObject { ["KmsMasterKeyId"] = "testKeyId", ["KmsDataKeyReusePeriodSeconds"] = "6000", ["SqsManagedSseEnabled"] = "false" });
        var names = new JsonArray("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled");
        var shown = await _cloud.SqsAsync("GetQueueAttributes", new JsonObject { ["QueueUrl"] = queue, ["AttributeNames"] = names });
        Assert.Equal(
            """{"KmsDataKeyReusePeriodSeconds":"6000","KmsMasterKeyId":"testKeyId","SqsManagedSseEnabled":"false"}""",
            shown["Attributes"]!.ToJsonString());

        Task<JsonObject> SetAsync(JsonObject attributes) =>
            _cloud.SqsAsync("SetQueueAttributes", new JsonObject { ["QueueUrl"] = queue, ["Attributes"] = attributes });
    }

    [Fact]
    public async Task High_Throughput_Needs_Deduplication_Per_Group()
    {
        await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.CreateQueueAsync("a.fifo", ("FifoThroughputLimit", "perMessageGroupId")));
        await _cloud.CreateQueueAsync("b.fifo", ("FifoThroughputLimit", "perMessageGroupId"), ("DeduplicationScope", "messageGroup"));
    }

    [Fact]
    public async Task Queue_Of_The_Same_Name_Is_The_Same_When_Its_Attributes_Are()
    {
        var url = await _cloud.CreateQueueAsync("q", ("DelaySeconds", "1"));
        Assert.Equal(url, await _cloud.CreateQueueAsync("q"));
        Assert.Equal(url, await _cloud.CreateQueueAsync("q", ("DelaySeconds", "1")));
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.CreateQueueAsync("q", ("DelaySeconds", "2")));
        Assert.Equal("QueueAlreadyExists", error.QueryErrorCode);
    }

    [Fact]
    public async Task List_Gives_Pages_Only_To_Those_Who_Ask()
    {
        for (var i = 0; i < 5; i++)
        {
            await _cloud.CreateQueueAsync($"list-{i}");
        }

        await _cloud.CreateQueueAsync("other");
        var all = await _cloud.SqsAsync("ListQueues", new JsonObject { ["QueueNamePrefix"] = "list-" });
        Assert.Equal(5, all["QueueUrls"]!.AsArray().Count);
        Assert.Null(all["NextToken"]);
        var names = new List<string>();
        JsonNode? token = null;
        do
        {
            var page = await _cloud.SqsAsync(
                "ListQueues",
                new JsonObject { ["QueueNamePrefix"] = "list-", ["MaxResults"] = 2, ["NextToken"] = token?.DeepClone() });
            names.AddRange(page["QueueUrls"]!.AsArray().Select(url => url!.GetValue<string>()));
            token = page["NextToken"];
        }
        while (token is not null);
        Assert.Equal(all["QueueUrls"]!.AsArray().Select(url => url!.GetValue<string>()), names);
    }

    [Fact]
    public async Task Tags_Are_Kept_Changed_And_Removed()
    {
        var queue = await _cloud.CreateQueueAsync("q");
        await _cloud.SqsAsync("TagQueue", new JsonObject { ["QueueUrl"] = queue, ["Tags"] = new JsonObject { ["a"] = "1", ["b"] = "2" } });
        await _cloud.SqsAsync("TagQueue", new JsonObject { ["QueueUrl"] = queue, ["Tags"] = new JsonObject { ["b"] = "3" } });
        await _cloud.SqsAsync("UntagQueue", new JsonObject { ["QueueUrl"] = queue, ["TagKeys"] = new JsonArray("a") });
        var tags = await _cloud.SqsAsync("ListQueueTags", new JsonObject { ["QueueUrl"] = queue });
        Assert.Equal("""{"b":"3"}""", tags["Tags"]!.ToJsonString());
    }

    [Fact]
    public async Task Dead_Letter_Queue_Refuses_Sources_That_It_Does_Not_Allow()
    {
        await _cloud.CreateQueueAsync("dlq", ("RedriveAllowPolicy", """{"redrivePermission":"denyAll"}"""));
        await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.CreateQueueAsync(
            "q", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf("dlq")}}","maxReceiveCount":3}""")));
    }

    /// <summary>A policy may have its one statement without a list around it, or none.</summary>
    [Theory]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Sid":"old","Effect":"Deny","Principal":"*","Action":"SQS:*","Resource":"*"}}""", 2)]
    [InlineData("""{"Version":"2012-10-17"}""", 1)]
    public async Task Permission_Is_Added_To_A_Policy_Of_Any_Form(string policy, int statements)
    {
        var queue = await _cloud.CreateQueueAsync("q", ("Policy", policy));

        await _cloud.SqsAsync("AddPermission", new JsonObject
        {
            ["QueueUrl"] = queue,
            ["Label"] = "new",
            ["AWSAccountIds"] = new JsonArray("111122223333"),
            ["Actions"] = new JsonArray("SendMessage"),
        });

        var attributes = await _cloud.SqsAsync("GetQueueAttributes", new JsonObject { ["QueueUrl"] = queue, ["AttributeNames"] = new JsonArray("Policy") });
        var changed = JsonNode.Parse(attributes["Attributes"]!["Policy"]!.GetValue<string>())!["Statement"]!.AsArray();
        Assert.Equal((statements, "new"), (changed.Count, changed[^1]!["Sid"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Move_Task_Brings_Dead_Letters_Back_At_Its_Rate_Until_It_Is_Cancelled()
    {
        var deadLetters = await _cloud.CreateQueueAsync("dlq");
        var queue = await _cloud.CreateQueueAsync(
            "q", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf("dlq")}}","maxReceiveCount":1}"""));
        for (var i = 0; i < 3; i++)
        {
            await _cloud.SendAsync(queue, $"m{i}");
        }

        await _cloud.ReceiveAsync(queue, visibility: 0);
        await _cloud.ReceiveAsync(queue, visibility: 0);
        Assert.Equal((3, 0, 0), await _cloud.CountAsync(deadLetters));

        var start = new JsonObject { ["SourceArn"] = SQSCloud.ArnOf("dlq"), ["MaxNumberOfMessagesPerSecond"] = 1 };
        var task = await _cloud.SqsAsync("StartMessageMoveTask", start);
        var first = Assert.Single(await _cloud.ReceiveAsync(queue, wait: 20));
        Assert.Equal("1", first.Attribute("ApproximateReceiveCount"));
        await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.SqsAsync("StartMessageMoveTask", start.DeepClone().AsObject()));
        await _cloud.SqsAsync("CancelMessageMoveTask", new JsonObject { ["TaskHandle"] = task["TaskHandle"]!.DeepClone() });
        Assert.Equal((2, 0, 0), await _cloud.CountAsync(deadLetters));

        await UntilAsync("CANCELLED");
        await _cloud.SqsAsync("StartMessageMoveTask", new JsonObject { ["SourceArn"] = SQSCloud.ArnOf("dlq") });
        await UntilAsync("COMPLETED");
        Assert.Equal((2, 1, 0), await _cloud.CountAsync(queue));

        async Task UntilAsync(string status)
        {
            while (true)
            {
                var list = await _cloud.SqsAsync("ListMessageMoveTasks", new JsonObject { ["SourceArn"] = SQSCloud.ArnOf("dlq") });
                if (list["Results"]![0]!["Status"]!.GetValue<string>() == status)
                {
                    return;
                }

                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Unknown_Operation_Is_Named()
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.SqsAsync("Nonsense", []));
        Assert.Contains("Nonsense", error.Message, StringComparison.Ordinal);
    }
}
