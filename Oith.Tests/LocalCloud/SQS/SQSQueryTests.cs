using System.Net;
using System.Xml.Linq;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.SQS;

/// <summary>The Query protocol as clients without an SDK speak it: forms and GET requests.</summary>
public sealed class SQSQueryTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = cloud.Endpoint };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Queue_Url_Answers_Get_Requests()
    {
        var queue = await CreateQueueAsync("get");
        Assert.Equal(HttpStatusCode.OK, (await GetAsync($"{queue}?Action=SendMessage&MessageBody=foobar")).Status);

        var attributes = await GetAsync($"{queue}?Action=GetQueueAttributes&AttributeName.1=All");
        Assert.Equal(HttpStatusCode.OK, attributes.Status);
        Assert.Contains("<Attribute><Name>QueueArn</Name><Value>arn:aws:sqs:us-east-1:000000000000:get</Value></Attribute>", attributes.Body, StringComparison.Ordinal);
        Assert.Contains("<Name>ApproximateNumberOfMessages</Name><Value>1</Value>", attributes.Body, StringComparison.Ordinal);

        Assert.Contains("<Body>foobar</Body>", (await GetAsync($"{queue}?Action=ReceiveMessage&Version=2012-11-05")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signature_In_The_Query_Finds_The_Service()
    {
        await CreateQueueAsync("presigned");
        var list = await GetAsync(
            "/?Action=ListQueues&Version=2012-11-05&X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + "&X-Amz-Credential=test%2F20260101%2Fus-east-1%2Fsqs%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0");
        Assert.Equal(HttpStatusCode.OK, list.Status);
        Assert.Contains("/000000000000/presigned</QueueUrl>", list.Body, StringComparison.Ordinal);

        var topics = await GetAsync("/?Action=ListTopics&Version=2010-03-31&AWSAccessKeyId=x&SignatureVersion=2&Signature=x&Timestamp=2026-01-01T00%3A00%3A00Z");
        Assert.Equal(HttpStatusCode.OK, topics.Status);
        Assert.Contains("<ListTopicsResult>", topics.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Action=CreateQueue&QueueName=other", 400, "<Message>The action CreateQueue is not valid for this endpoint.</Message>")]
    [InlineData("Action=ListQueues", 400, "<Message>The action ListQueues is not valid for this endpoint.</Message>")]
    [InlineData("Action=FooBar&Version=2012-11-05", 400, "<Message>The action FooBar is not valid for this endpoint.</Message>")]
    [InlineData("Action=SendMessage", 400, "<Code>MissingParameter</Code><Message>The request must contain the parameter MessageBody.</Message>")]
    [InlineData("Action=GetQueueAttributes&AttributeName.1=Foobar", 400, "<Code>InvalidAttributeName</Code><Message>Unknown Attribute Foobar.</Message>")]
    [InlineData("", 404, "<UnknownOperationException/>")]
    public async Task Get_Request_Is_Refused_In_The_Words_Of_SQS(string query, int status, string words)
    {
        var queue = await CreateQueueAsync("refused");
        var answer = await GetAsync($"{queue}?{query}");
        Assert.Equal(status, (int)answer.Status);
        Assert.Contains(words, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Request_From_Another_Page_Is_Refused()
    {
        var queue = await CreateQueueAsync("guarded");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{queue}?Action=PurgeQueue");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var response = await _http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Error_Has_An_Empty_Detail()
    {
        var answer = await PostAsync("Action=GetQueueUrl&QueueName=none&Version=2012-11-05");
        var error = XDocument.Parse(answer.Body).Root!.Elements().First();
        Assert.Equal(["Type", "Code", "Message", "Detail"], error.Elements().Select(element => element.Name.LocalName));
        Assert.Equal("", error.Elements().Last().Value);
    }

    [Theory]
    [InlineData("SendMessageBatch&SendMessageBatchRequestEntry=", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("DeleteMessageBatch&DeleteMessageBatchRequestEntry=", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("ChangeMessageVisibilityBatch&ChangeMessageVisibilityBatchRequestEntry=", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("UntagQueue&TagKey=", "InvalidParameterValue")]
    [InlineData("GetQueueAttributes&AttributeName=", null)]
    [InlineData("ReceiveMessage&AttributeName=&MessageAttributeName=&MessageSystemAttributeName=", null)]
    public async Task Empty_Text_Is_An_Empty_List(string call, string? error)
    {
        var queue = await CreateQueueAsync("lists");
        var answer = await PostAsync($"Action={call}&Version=2012-11-05&QueueUrl={Uri.EscapeDataString(queue)}");
        Assert.Equal(error is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(error is null ? "Response>" : $"<Code>{error}</Code>", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Carriage_Return_Of_A_Body_Survives_The_Xml()
    {
        var queue = await CreateQueueAsync("returns");
        await PostAsync($"Action=SendMessage&Version=2012-11-05&MessageBody=a%0Db%0D%0Ac&QueueUrl={Uri.EscapeDataString(queue)}");
        var answer = await PostAsync($"Action=ReceiveMessage&Version=2012-11-05&QueueUrl={Uri.EscapeDataString(queue)}");
        Assert.Equal("a\rb\r\nc", XDocument.Parse(answer.Body).Descendants().Single(element => element.Name.LocalName == "Body").Value);
    }

    [Fact]
    public async Task Nul_Is_Refused_In_A_Body_And_Shown_As_Readable_Xml_In_An_Error()
    {
        var queue = await CreateQueueAsync("nul");
        var body = await PostAsync($"Action=SendMessage&Version=2012-11-05&MessageBody=a%00b&QueueUrl={Uri.EscapeDataString(queue)}");
        Assert.Contains("<Code>InvalidMessageContents</Code>", body.Body, StringComparison.Ordinal);

        var handle = await PostAsync($"Action=DeleteMessage&Version=2012-11-05&ReceiptHandle=a%00b&QueueUrl={Uri.EscapeDataString(queue)}");
        var message = XDocument.Parse(handle.Body).Descendants().Single(element => element.Name.LocalName == "Message").Value;
        Assert.Equal("The input receipt handle \"a\uFFFDb\" is not a valid receipt handle.", message);
    }

    private async Task<string> CreateQueueAsync(string name)
    {
        var answer = await PostAsync($"Action=CreateQueue&Version=2012-11-05&QueueName={name}");
        return XDocument.Parse(answer.Body).Descendants().Single(element => element.Name.LocalName == "QueueUrl").Value;
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string url)
    {
        using var response = await _http.GetAsync(url, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string form)
    {
        using var content = new StringContent(form, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await _http.PostAsync("/", content, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }
}
