using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.AspNetCore.Builder;
using Oith.LocalCloud;
using Oith.LocalCloud.Regions;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching;

namespace Oith.Tests.LocalCloud.Regions;

/// <summary>A client of another region or account has queues, tables, stacks and schedules of its own; S3's buckets have one name everywhere.</summary>
public sealed class RegionTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ireland = "eu-west-1";
    private const string Oregon = "us-west-2";
    private const string Default = "us-east-1";
    private const string Other = "111122223333";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Queue_Of_One_Region_Is_Not_Seen_In_Another()
    {
        using var here = SQS(cloud.Endpoint, Default);
        using var there = SQS(cloud.Endpoint, Ireland);
        var (near, far) = (await here.CreateQueueAsync("orders", Token), await there.CreateQueueAsync("orders", Token));
        await here.SendMessageAsync(near.QueueUrl, "near", Token);
        await there.SendMessageAsync(far.QueueUrl, "far", Token);

        Assert.Equal("near", await ReceiveAsync(here, near.QueueUrl));
        Assert.Equal("far", await ReceiveAsync(there, far.QueueUrl));
        Assert.Equal("arn:aws:sqs:us-east-1:000000000000:orders", await ArnAsync(here, near.QueueUrl));
        Assert.Equal("arn:aws:sqs:eu-west-1:000000000000:orders", await ArnAsync(there, far.QueueUrl));
        await there.DeleteQueueAsync(far.QueueUrl, Token);
        Assert.Equal([near.QueueUrl], (await here.ListQueuesAsync("orders", Token)).QueueUrls);
        Assert.Empty((await there.ListQueuesAsync("orders", Token)).QueueUrls ?? []);
    }

    [Fact]
    public async Task Access_Key_Of_Twelve_Digits_Is_An_Account()
    {
        using var mine = SQS(cloud.Endpoint, Default);
        using var theirs = SQS(cloud.Endpoint, Default, Other);

        var queue = await theirs.CreateQueueAsync("accounts", Token);

        Assert.EndsWith($"/{Other}/accounts", queue.QueueUrl);
        Assert.Equal($"arn:aws:sqs:us-east-1:{Other}:accounts", await ArnAsync(theirs, queue.QueueUrl));
        await Assert.ThrowsAsync<QueueDoesNotExistException>(() => mine.GetQueueUrlAsync("accounts", Token));
        var caller = await QueryAsync("sts", "GetCallerIdentity", "2011-06-15", Default, Other);
        Assert.Equal(Other, Value(caller, "Account"));
    }

    [Fact]
    public async Task Whoever_Assumes_A_Role_Acts_In_Its_Account()
    {
        var assumed = await QueryAsync(
            "sts", "AssumeRole", "2011-06-15", Default, "test", ("RoleArn", "arn:aws:iam::444455556666:role/deploy"), ("RoleSessionName", "test"));

        using var sqs = SQS(cloud.Endpoint, Default, Value(assumed, "AccessKeyId"));
        var queue = await sqs.CreateQueueAsync("assumed", Token);

        Assert.Equal("arn:aws:sqs:us-east-1:444455556666:assumed", await ArnAsync(sqs, queue.QueueUrl));
    }

    [Fact]
    public async Task Tables_And_State_Machines_Of_Equal_Names_Are_Apart()
    {
        foreach (var region in (string[])[Default, Ireland])
        {
            using var dynamoDB = new AmazonDynamoDBClient(
                new BasicAWSCredentials("test", "test"),
                new AmazonDynamoDBConfig { ServiceURL = cloud.Endpoint.ToString(), AuthenticationRegion = region });
            var table = await dynamoDB.CreateTableAsync(
                new CreateTableRequest("people", [new("id", KeyType.HASH)], [new("id", ScalarAttributeType.S)], null)
                {
                    BillingMode = BillingMode.PAY_PER_REQUEST,
                },
                Token);
            Assert.Equal($"arn:aws:dynamodb:{region}:000000000000:table/people", table.TableDescription.TableArn);
            await dynamoDB.PutItemAsync("people", new() { ["id"] = new(region) }, Token);
            Assert.Equal([region], (await dynamoDB.ScanAsync(new ScanRequest("people"), Token)).Items.Select(item => item["id"].S));

            var machine = await JsonAsync("states", "AWSStepFunctions.CreateStateMachine", region, new()
            {
                ["name"] = "greet",
                ["roleArn"] = "arn:aws:iam::000000000000:role/r",
                ["definition"] = """{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}""",
            });
            Assert.Equal($"arn:aws:states:{region}:000000000000:stateMachine:greet", machine["stateMachineArn"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task Stack_Is_Of_Its_Region()
    {
        const string Template = """
            Resources:
              Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: of-a-stack}}
              Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'of-a-stack-${AWS::Region}'}}
            Outputs:
              Arn: {Value: !GetAtt Queue.Arn}
            """;
        foreach (var region in (string[])[Default, Oregon])
        {
            await QueryAsync("cloudformation", "CreateStack", "2010-05-15", region, "test", ("StackName", "regional"), ("TemplateBody", Template));
            var stack = await Eventually.GetAsync(async () =>
            {
                var described = await QueryAsync("cloudformation", "DescribeStacks", "2010-05-15", region, "test", ("StackName", "regional"));
                return Value(described, "StackStatus") == "CREATE_IN_PROGRESS" ? null : described;
            });

            Assert.True(Value(stack, "StackStatus") == "CREATE_COMPLETE", stack.ToString());
            Assert.Equal($"arn:aws:sqs:{region}:000000000000:of-a-stack", Value(stack, "OutputValue"));
        }

        using var s3 = S3(Default);
        Assert.Equal(Oregon, (await s3.GetBucketLocationAsync($"of-a-stack-{Oregon}", Token)).Location.Value);
    }

    [Fact]
    public async Task Topic_Reaches_A_Queue_Of_Another_Region_And_Account()
    {
        using var there = SQS(cloud.Endpoint, Ireland, Other);
        var queue = await there.CreateQueueAsync("subscribed", Token);
        var topic = Value(await QueryAsync("sns", "CreateTopic", "2010-03-31", Default, "test", ("Name", "news")), "TopicArn");
        await QueryAsync(
            "sns", "Subscribe", "2010-03-31", Default, "test",
            ("TopicArn", topic), ("Protocol", "sqs"), ("Endpoint", $"arn:aws:sqs:{Ireland}:{Other}:subscribed"),
            ("Attributes.entry.1.key", "RawMessageDelivery"), ("Attributes.entry.1.value", "true"));

        await QueryAsync("sns", "Publish", "2010-03-31", Default, "test", ("TopicArn", topic), ("Message", "across"));

        Assert.Equal("across", await ReceiveAsync(there, queue.QueueUrl));
    }

    [Fact]
    public async Task Rule_Reaches_The_Event_Bus_Of_Another_Region()
    {
        using var there = SQS(cloud.Endpoint, Ireland);
        var queue = await there.CreateQueueAsync("events", Token);
        await JsonAsync("events", "AWSEvents.PutRule", Ireland, new() { ["Name"] = "arrived", ["EventPattern"] = """{"source":["shop"]}""" });
        await PutTargetAsync(Ireland, "arrived", $"arn:aws:sqs:{Ireland}:000000000000:events");
        await JsonAsync("events", "AWSEvents.PutRule", Default, new() { ["Name"] = "onward", ["EventPattern"] = """{"source":["shop"]}""" });
        await PutTargetAsync(Default, "onward", $"arn:aws:events:{Ireland}:000000000000:event-bus/default");

        await JsonAsync("events", "AWSEvents.PutEvents", Default, new()
        {
            ["Entries"] = new JsonArray(new JsonObject { ["Source"] = "shop", ["DetailType"] = "sold", ["Detail"] = """{"id":7}""" }),
        });

        var received = JsonNode.Parse(await ReceiveAsync(there, queue.QueueUrl))!;
        Assert.Equal(7, received["detail"]!["id"]!.GetValue<int>());
    }

    [Fact]
    public async Task Bucket_Has_A_Region_And_Is_Found_From_Every_Other()
    {
        using var there = S3(Ireland);
        await there.PutBucketAsync(
            new PutBucketRequest { BucketName = "irish-bucket", BucketRegionName = Ireland }, Token);
        using var here = S3(Default);
        await here.PutObjectAsync(new PutObjectRequest { BucketName = "irish-bucket", Key = "a", ContentBody = "b" }, Token);

        Assert.Equal(Ireland, (await here.GetBucketLocationAsync("irish-bucket", Token)).Location.Value);
        using var read = await there.GetObjectAsync("irish-bucket", "a", Token);
        using var reader = new StreamReader(read.ResponseStream);
        Assert.Equal("b", await reader.ReadToEndAsync(Token));
    }

    /// <summary>What no region of AWS is called, and what is not signed, belongs to the default.</summary>
    [Theory]
    [InlineData("local")]
    [InlineData("aws-global")]
    [InlineData("../../etc")]
    public async Task Region_That_Is_None_Is_The_Default(string region)
    {
        var topic = await QueryAsync("sns", "CreateTopic", "2010-03-31", region, "test", ("Name", "nowhere"));

        Assert.Equal("arn:aws:sns:us-east-1:000000000000:nowhere", Value(topic, "TopicArn"));
    }

    [Fact]
    public async Task Accounts_Are_Bounded()
    {
        await using var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 });
        var endpoint = LocalCloudFixture.EndpointOf(app);
        for (var number = 0; number < RegionalClouds.Most; number++)
        {
            using var sqs = SQS(endpoint, Default, (200_000_000_000 + number).ToString(CultureInfo.InvariantCulture));
            await sqs.ListQueuesAsync("", Token);
        }

        using var many = SQS(endpoint, Default, Other);
        var error = await Assert.ThrowsAsync<AmazonSQSException>(() => many.ListQueuesAsync("", Token));

        Assert.Equal("LimitExceededException", error.ErrorCode);
        Assert.StartsWith("LocalCloud plays up to 64 further accounts and regions at a time, and 111122223333-us-east-1 is one more.", error.Message);
        await app.StopAsync(Token);
    }

    [Fact]
    public async Task Queues_Of_All_Regions_Outlast_A_Restart_And_Their_Schedules_Go_On()
    {
        var directory = Directory.CreateTempSubdirectory("oith-regions-");
        try
        {
            for (var round = 0; round < 2; round++)
            {
                var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0, DataDirectory = directory.FullName });
                await using var stopped = new Stopping(app);
                using var here = SQS(LocalCloudFixture.EndpointOf(app), Default);
                using var there = SQS(LocalCloudFixture.EndpointOf(app), Ireland, Other);
                if (round == 0)
                {
                    await here.CreateQueueAsync("kept-here", Token);
                    var queue = await there.CreateQueueAsync("kept-there", Token);
                    await there.SendMessageAsync(queue.QueueUrl, "kept", Token);
                    continue;
                }

                Assert.EndsWith("/000000000000/kept-here", Assert.Single((await here.ListQueuesAsync("", Token)).QueueUrls));
                var kept = Assert.Single((await there.ListQueuesAsync("", Token)).QueueUrls);
                Assert.Equal("kept", await ReceiveAsync(there, kept));
            }

            Assert.True(Directory.Exists(Path.Combine(directory.FullName, "regions", $"{Other}-{Ireland}")));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static AmazonSQSClient SQS(Uri endpoint, string region, string accessKey = "test") => new(
        new BasicAWSCredentials(accessKey, "test"),
        new AmazonSQSConfig { ServiceURL = endpoint.ToString(), AuthenticationRegion = region });

    private AmazonS3Client S3(string region) => new(
        new BasicAWSCredentials("test", "test"),
        new AmazonS3Config { ServiceURL = cloud.Endpoint.ToString(), AuthenticationRegion = region, ForcePathStyle = true });

    private static async Task<string> ReceiveAsync(AmazonSQSClient sqs, string queueUrl)
    {
        var received = await sqs.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = queueUrl, WaitTimeSeconds = 10 }, Token);
        return Assert.Single(received.Messages).Body;
    }

    private static async Task<string> ArnAsync(AmazonSQSClient sqs, string queueUrl) =>
        (await sqs.GetQueueAttributesAsync(queueUrl, ["QueueArn"], Token)).QueueARN;

    private Task<JsonNode> PutTargetAsync(string region, string rule, string arn) => JsonAsync("events", "AWSEvents.PutTargets", region, new()
    {
        ["Rule"] = rule,
        ["Targets"] = new JsonArray(new JsonObject { ["Id"] = "1", ["Arn"] = arn }),
    });

    private async Task<JsonNode> JsonAsync(string service, string target, string region, JsonObject input)
    {
        using var content = new StringContent(input.ToJsonString(), Encoding.UTF8, "application/x-amz-json-1.1");
        content.Headers.Add("X-Amz-Target", target);
        return JsonNode.Parse(await SendAsync(service, region, "test", content))!;
    }

    private async Task<XElement> QueryAsync(
        string service, string action, string version, string region, string accessKey, params (string Name, string Value)[] members)
    {
        using var content = new FormUrlEncodedContent(
            [new("Action", action), new("Version", version), .. members.Select(member => KeyValuePair.Create(member.Name, member.Value))]);
        return XElement.Parse(await SendAsync(service, region, accessKey, content));
    }

    private async Task<string> SendAsync(string service, string region, string accessKey, HttpContent content)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, cloud.Endpoint) { Content = content };
        foreach (var (name, values) in content.Headers.Where(header => header.Key.StartsWith("X-", StringComparison.Ordinal)).ToList())
        {
            content.Headers.Remove(name);
            request.Headers.Add(name, values);
        }

        request.Headers.Authorization = new AuthenticationHeaderValue(
            "AWS4-HMAC-SHA256", $"Credential={accessKey}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0");
        using var response = await http.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return text;
    }

    private static string Value(XElement answer, string element) => answer.Descendants().First(found => found.Name.LocalName == element).Value;

    private sealed class Stopping(WebApplication app) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }
    }
}
