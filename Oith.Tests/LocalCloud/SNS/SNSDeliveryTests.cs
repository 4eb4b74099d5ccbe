using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.LocalCloud.SQS;

namespace Oith.Tests.LocalCloud.SNS;

public sealed class SNSDeliveryTests : IDisposable
{
    private readonly SQSCloud _cloud = new();

    public void Dispose() => _cloud.Dispose();

    [Fact]
    public async Task Queue_Gets_A_Notification_With_Subject_And_Attributes()
    {
        var topic = await CreateTopicAsync("t");
        var queue = await SubscribeQueueAsync(topic, "q");
        var published = await PublishAsync(topic, "hello", subject: "S", ("color", "String", "red"));
        var body = JsonNode.Parse(Assert.Single(await _cloud.ReceiveBodiesAsync(queue)))!;
        Assert.Equal("Notification", body["Type"]!.GetValue<string>());
        Assert.Equal(published, body["MessageId"]!.GetValue<string>());
        Assert.Equal(("hello", "S", topic), (Text(body, "Message"), Text(body, "Subject"), Text(body, "TopicArn")));
        Assert.Equal("""{"color":{"Type":"String","Value":"red"}}""", body["MessageAttributes"]!.ToJsonString());
    }

    [Fact]
    public async Task Queue_Gets_The_Bare_Message_With_Its_Attributes_When_Delivery_Is_Raw()
    {
        var topic = await CreateTopicAsync("t");
        var queue = await SubscribeQueueAsync(topic, "q", ("RawMessageDelivery", "true"));
        await PublishAsync(topic, "hello", null, ("data", "Binary", "AgME"));
        var answer = await _cloud.SqsAsync(
            "ReceiveMessage", new JsonObject { ["QueueUrl"] = queue, ["MessageAttributeNames"] = new JsonArray("All") });
        var message = answer["Messages"]![0]!;
        Assert.Equal("hello", Text(message, "Body"));
        Assert.Equal("""{"data":{"BinaryValue":"AgME","DataType":"Binary"}}""", message["MessageAttributes"]!.ToJsonString());
    }

    [Fact]
    public async Task Filter_Policy_Lets_Only_Matching_Messages_Pass()
    {
        var topic = await CreateTopicAsync("t");
        var queue = await SubscribeQueueAsync(
            topic, "q", ("RawMessageDelivery", "true"), ("FilterPolicy", """{"price":[{"numeric":[">",10]}],"color":["red",{"prefix":"bl"}]}"""));
        await PublishAsync(topic, "cheap", null, ("price", "Number", "10"), ("color", "String", "red"));
        await PublishAsync(topic, "green", null, ("price", "Number", "11"), ("color", "String", "green"));
        await PublishAsync(topic, "none", null);
        await PublishAsync(topic, "blue", null, ("price", "Number", "10.5"), ("color", "String", "blue"));
        Assert.Equal(["blue"], await _cloud.ReceiveBodiesAsync(queue));
    }

    [Fact]
    public async Task Filter_Policy_On_The_Body_Looks_Into_Nested_Members()
    {
        var topic = await CreateTopicAsync("t");
        var queue = await SubscribeQueueAsync(
            topic,
            "q",
            ("RawMessageDelivery", "true"),
            ("FilterPolicyScope", "MessageBody"),
            ("FilterPolicy", """{"user":{"role":["admin"]},"$or":[{"a":[1]},{"b":[{"exists":true}]}]}"""));
        await PublishAsync(topic, """{"user":{"role":"admin"},"a":2}""", null);
        await PublishAsync(topic, """{"user":{"role":"guest"},"a":1}""", null);
        await PublishAsync(topic, "no json", null);
        await PublishAsync(topic, """{"user":{"role":["guest","admin"]},"b":null}""", null);
        Assert.Equal(["""{"user":{"role":["guest","admin"]},"b":null}"""], await _cloud.ReceiveBodiesAsync(queue));
    }

    [Fact]
    public async Task Fifo_Topic_Deduplicates_And_Keeps_The_Order()
    {
        var topic = await CreateTopicAsync("t.fifo", ("FifoTopic", "true"), ("ContentBasedDeduplication", "true"));
        var queue = await SubscribeQueueAsync(topic, "q.fifo", ("RawMessageDelivery", "true"));
        foreach (var body in new[] { "1", "2", "2", "3" })
        {
            await _cloud.SnsAsync("Publish", new JsonObject { ["TopicArn"] = topic, ["Message"] = body, ["MessageGroupId"] = "g" });
        }

        Assert.Equal(["1", "2", "3"], await _cloud.ReceiveBodiesAsync(queue));
    }

    [Fact]
    public async Task Failed_Delivery_Goes_To_The_Dead_Letter_Queue_Of_The_Subscription()
    {
        var topic = await CreateTopicAsync("t");
        var deadLetters = await _cloud.CreateQueueAsync("dlq");
        var queue = await SubscribeQueueAsync(
            topic, "q", ("RawMessageDelivery", "true"), ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf("dlq")}}"}"""));
        await _cloud.SqsAsync("DeleteQueue", new JsonObject { ["QueueUrl"] = queue });
        await PublishAsync(topic, "lost?", null);
        Assert.Equal(["lost?"], await _cloud.ReceiveBodiesAsync(deadLetters));
    }

    [Fact]
    public async Task Email_Subscription_Is_Confirmed_At_Once_And_Its_Messages_Are_Captured()
    {
        var topic = await CreateTopicAsync("alerts");
        var subscription = await SubscribeAsync(topic, "email", "ops@example.com");
        Assert.StartsWith(topic + ":", subscription, StringComparison.Ordinal);
        await PublishAsync(topic, "disk full", subject: "ALARM");
        var email = Assert.Single((await _cloud.SnsAsync("LocalCloudListEmails", []))["Emails"]!.AsArray())!;
        Assert.Equal(("ops@example.com", "ALARM"), (Text(email, "Endpoint"), Text(email, "Subject")));
        Assert.StartsWith("disk full\n", Text(email, "Body"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_Subscription_Is_Pending_Until_The_Captured_Token_Confirms_It()
    {
        var topic = await CreateTopicAsync("t");
        Assert.Equal("pending confirmation", await SubscribeAsync(topic, "http", "http://example.com/hook"));
        await PublishAsync(topic, "early", null);
        var confirmation = JsonNode.Parse(Text(Assert.Single((await _cloud.SnsAsync("LocalCloudListEmails", []))["Emails"]!.AsArray())!, "Body")!)!;
        await _cloud.SnsAsync("ConfirmSubscription", new JsonObject { ["TopicArn"] = topic, ["Token"] = Text(confirmation, "Token") });
        await PublishAsync(topic, "late", null);
        var captured = (await _cloud.SnsAsync("LocalCloudListEmails", []))["Emails"]!.AsArray();
        Assert.Equal(2, captured.Count);
        Assert.Equal("late", Text(JsonNode.Parse(Text(captured[0]!, "Body")!)!, "Message"));
    }

    [Fact]
    public async Task Message_Structure_Gives_Each_Protocol_Its_Own_Text()
    {
        var topic = await CreateTopicAsync("t");
        var queue = await SubscribeQueueAsync(topic, "q", ("RawMessageDelivery", "true"));
        await SubscribeAsync(topic, "sms", "+15550100");
        await _cloud.SnsAsync("Publish", new JsonObject
        {
            ["TopicArn"] = topic,
            ["MessageStructure"] = "json",
            ["Message"] = """{"default":"d","sqs":"for queues"}""",
        });
        Assert.Equal(["for queues"], await _cloud.ReceiveBodiesAsync(queue));
        Assert.Equal("d", Text((await _cloud.SnsAsync("LocalCloudListEmails", []))["Emails"]![0]!, "Body"));
    }

    [Fact]
    public async Task Topics_And_Subscriptions_Survive_A_Restart()
    {
        var directory = Directory.CreateTempSubdirectory("oith-sns-");
        try
        {
            string topic;
            using (var cloud = new SQSCloud(directory.FullName))
            {
                topic = Text(await cloud.SnsAsync("CreateTopic", new JsonObject { ["Name"] = "kept" }), "TopicArn")!;
                await cloud.SnsAsync(
                    "Subscribe", new JsonObject { ["TopicArn"] = topic, ["Protocol"] = "email", ["Endpoint"] = "a@b.example" });
                var gone = await cloud.SnsAsync("CreateTopic", new JsonObject { ["Name"] = "gone" });
                await cloud.SnsAsync("DeleteTopic", new JsonObject { ["TopicArn"] = Text(gone, "TopicArn") });
            }

            using var again = new SQSCloud(directory.FullName);
            Assert.Equal(topic, Text(Assert.Single((await again.SnsAsync("ListTopics", []))["Topics"]!.AsArray())!, "TopicArn"));
            var subscription = Assert.Single((await again.SnsAsync("ListSubscriptions", []))["Subscriptions"]!.AsArray())!;
            Assert.Equal("a@b.example", Text(subscription, "Endpoint"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("""{"key":[{"suffix":null}]}""", "FilterPolicy: suffix match pattern must be a string", 23)]
    [InlineData("""{"key":[{"numeric":[">",3,"<",1]}]}""", "FilterPolicy: Bottom must be less than top", 33)]
    [InlineData("""{"key":[{"numeric":[">=",1,">",2]}]}""", "FilterPolicy: Bad numeric range operator: >", 31)]
    [InlineData("""{"key":[{"suffix":"value","prefix":"value2"}]}""", "FilterPolicy: Only one key allowed in match expression", 37)]
    [InlineData("""{"key":[{"anything-but":{"suffix":"test"}}]}""", "FilterPolicy: Unsupported anything-but pattern: suffix", 36)]
    [InlineData("""{ "key": [ {"exists": null} ] }""", "FilterPolicy: exists match pattern must be either true or false.", 23)]
    [InlineData("""{"key":{"suffix":"value"}}""", "FilterPolicy: \"suffix\" must be an object or an array", 19)]
    public async Task Filter_Policy_Is_Refused_With_The_Place_Of_The_Error(string policy, string message, int column)
    {
        var topic = await CreateTopicAsync("t");
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => SubscribeQueueAsync(topic, "q", ("FilterPolicy", policy)));
        Assert.Equal(
            $"Invalid parameter: Attributes Reason: {message}\n at [Source: (String)\"{policy.Replace(" ", "", StringComparison.Ordinal)}\"; line: 1, column: {column}]",
            error.Message);
    }

    [Fact]
    public async Task Subscribe_Again_Gives_The_Same_Subscription_When_Its_Attributes_Are_Equal_Or_Defaults()
    {
        var topic = await CreateTopicAsync("t");
        await _cloud.CreateQueueAsync("q");
        var endpoint = SQSCloud.ArnOf("q");
        var subscription = await SubscribeAsync(topic, "sqs", endpoint, ("RawMessageDelivery", "True"), ("FilterPolicy", """{"a":["b"]}"""));

        Assert.Equal(subscription, await SubscribeAsync(topic, "sqs", endpoint));
        Assert.Equal(subscription, await SubscribeAsync(topic, "sqs", endpoint, ("RawMessageDelivery", "true"), ("FilterPolicy", """{ "a": ["b"] }""")));
        Assert.Equal(subscription, await SubscribeAsync(topic, "sqs", endpoint, ("FilterPolicyScope", "MessageAttributes"), ("RedrivePolicy", "")));
        foreach (var different in new[] { ("RawMessageDelivery", "false"), ("FilterPolicyScope", "MessageBody"), ("FilterPolicy", """{"a":["c"]}""") })
        {
            var error = await Assert.ThrowsAsync<AwsServiceException>(() => SubscribeAsync(topic, "sqs", endpoint, different));
            Assert.Equal("Invalid parameter: Attributes Reason: Subscription already exists with different attributes", error.Message);
        }

        await _cloud.CreateQueueAsync("plain");
        var plain = await SubscribeAsync(topic, "sqs", SQSCloud.ArnOf("plain"));
        Assert.Equal(
            plain, await SubscribeAsync(topic, "sqs", SQSCloud.ArnOf("plain"), ("FilterPolicyScope", "MessageAttributes"), ("RawMessageDelivery", "false")));
    }

    [Fact]
    public async Task Standard_Queue_Of_A_Fifo_Topic_Has_A_Standard_Dead_Letter_Queue()
    {
        var topic = await CreateTopicAsync("t.fifo", ("FifoTopic", "true"), ("ContentBasedDeduplication", "true"));
        var deadLetters = await _cloud.CreateQueueAsync("dlq");
        var redrive = ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf("dlq")}}"}""");
        var queue = await SubscribeQueueAsync(topic, "q", ("RawMessageDelivery", "true"), redrive);
        await _cloud.SqsAsync("DeleteQueue", new JsonObject { ["QueueUrl"] = queue });
        await _cloud.SnsAsync("Publish", new JsonObject { ["TopicArn"] = topic, ["Message"] = "lost?", ["MessageGroupId"] = "g" });
        Assert.Equal(["lost?"], await _cloud.ReceiveBodiesAsync(deadLetters));

        var error = await Assert.ThrowsAsync<AwsServiceException>(() => SubscribeQueueAsync(topic, "q.fifo", redrive));
        Assert.Equal(
            "Invalid parameter: Attributes Reason: RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.", error.Message);
    }

    [Fact]
    public async Task Message_Structure_Is_Checked_Before_What_A_Fifo_Topic_Needs()
    {
        var topic = await CreateTopicAsync("t.fifo", ("FifoTopic", "true"));
        var entry = new JsonObject { ["Id"] = "1", ["Message"] = """{"sqs":"test sqs"}""", ["MessageStructure"] = "json" };
        Assert.Equal("Invalid parameter: Message Structure - No default entry in JSON message body", (await RefusedAsync(entry)).Message);
        Assert.Equal(
            "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
            (await RefusedAsync(new JsonObject { ["Id"] = "1", ["Message"] = "no group" })).Message);
        Assert.Equal(
            "TooManyEntriesInBatchRequest",
            (await RefusedAsync([.. Enumerable.Range(0, 11).Select(_ => new JsonObject { ["Id"] = "same", ["Message"] = "m" })])).Code);

        Task<AwsServiceException> RefusedAsync(params JsonObject[] entries) => Assert.ThrowsAsync<AwsServiceException>(() => _cloud.SnsAsync(
            "PublishBatch", new JsonObject { ["TopicArn"] = topic, ["PublishBatchRequestEntries"] = new JsonArray([.. entries]) }));
    }

    [Theory]
    [InlineData("TopicArn", "nonsense", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1")]
    [InlineData("TopicArn", "arn:aws:sns:eu-west-1:000000000000:t", "Invalid parameter: TopicArn")]
    [InlineData("TopicArn", "arn:aws:sns:us-east-1:000000000000:none", "Topic does not exist")]
    public async Task Publish_Is_Refused_When_The_Topic_Is_Wrong(string member, string arn, string message)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => _cloud.SnsAsync(
            "Publish", new JsonObject { [member] = arn, ["Message"] = "m" }));
        Assert.Equal(message, error.Message);
    }

    private static string? Text(JsonNode node, string name) => node[name]?.GetValue<string>();

    private async Task<string> CreateTopicAsync(string name, params (string Name, string Value)[] attributes) => Text(
        await _cloud.SnsAsync("CreateTopic", new JsonObject { ["Name"] = name, ["Attributes"] = Map(attributes) }), "TopicArn")!;

    private async Task<string> SubscribeAsync(string topic, string protocol, string endpoint, params (string Name, string Value)[] attributes) => Text(
        await _cloud.SnsAsync("Subscribe", new JsonObject
        {
            ["TopicArn"] = topic,
            ["Protocol"] = protocol,
            ["Endpoint"] = endpoint,
            ["Attributes"] = Map(attributes),
        }),
        "SubscriptionArn")!;

    /// <returns>The queue's URL.</returns>
    private async Task<string> SubscribeQueueAsync(string topic, string name, params (string Name, string Value)[] attributes)
    {
        var queue = await _cloud.CreateQueueAsync(name);
        await SubscribeAsync(topic, "sqs", SQSCloud.ArnOf(name), attributes);
        return queue;
    }

    private async Task<string> PublishAsync(string topic, string message, string? subject, params (string Name, string Type, string Value)[] attributes)
    {
        var input = new JsonObject { ["TopicArn"] = topic, ["Message"] = message };
        if (subject is not null)
        {
            input["Subject"] = subject;
        }

        input["MessageAttributes"] = new JsonObject(attributes.Select(attribute => KeyValuePair.Create(
            attribute.Name,
            (JsonNode?)new JsonObject
            {
                ["DataType"] = attribute.Type,
                [attribute.Type == "Binary" ? "BinaryValue" : "StringValue"] = attribute.Value,
            })));
        return Text(await _cloud.SnsAsync("Publish", input), "MessageId")!;
    }

    private static JsonObject Map((string Name, string Value)[] attributes) =>
        new(attributes.Select(attribute => KeyValuePair.Create(attribute.Name, (JsonNode?)attribute.Value)));
}
