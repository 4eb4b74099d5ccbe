using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Oith.StressTest.Stacks;

namespace Oith.StressTest.Churn;

/// <summary>The lives of a state machine, a queue, a table, a bucket and a stack: created, used with messages of some kilobytes, deleted.</summary>
internal sealed class ResourceLife(AwsEndpoint endpoint, Uri url) : IDisposable
{
    /// <summary>What one life asks of LocalCloud.</summary>
    public const int Calls = (1 + Uses + 1) + (1 + (3 * Uses) + 1) + (1 + Uses + 1) + (1 + (2 * Uses) + 1) + 2;

    private const string StepFunctions = "AWSStepFunctions";
    private const int Uses = 20;
    private const int Characters = 16 * 1024;

    private const string Definition = """
        {"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"C"},"C":{"Type":"Pass","End":true}}}
        """;

    private static readonly string s_text = new('x', Characters);

    private readonly HttpClient _http = new() { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };

    /// <param name="name">Of every resource; nothing else has it.</param>
    public async Task LiveAsync(string name, CancellationToken cancellationToken)
    {
        await LiveStateMachineAsync(name, cancellationToken);
        await LiveQueueAsync(name, cancellationToken);
        await LiveTableAsync(name, cancellationToken);
        await LiveBucketAsync(name, cancellationToken);
        await LiveStackAsync(name, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private async Task LiveStateMachineAsync(string name, CancellationToken cancellationToken)
    {
        var machine = await CallAsync(
            StepFunctions,
            "CreateStateMachine",
            new JsonObject { ["name"] = name, ["definition"] = Definition, ["roleArn"] = "arn:aws:iam::000000000000:role/churn" },
            cancellationToken);
        var arn = machine["stateMachineArn"]!.GetValue<string>();
        var input = new JsonObject { ["text"] = s_text }.ToJsonString();
        for (var i = 0; i < Uses; i++)
        {
            await CallAsync(StepFunctions, "StartExecution", new JsonObject { ["stateMachineArn"] = arn, ["input"] = input }, cancellationToken);
        }

        await CallAsync(StepFunctions, "DeleteStateMachine", new JsonObject { ["stateMachineArn"] = arn }, cancellationToken);
    }

    private async Task LiveQueueAsync(string name, CancellationToken cancellationToken)
    {
        var queue = await CallAsync(AwsEndpoint.SQS, "CreateQueue", new JsonObject { ["QueueName"] = name }, cancellationToken);
        var queueUrl = queue["QueueUrl"]!.GetValue<string>();
        for (var i = 0; i < Uses; i++)
        {
            await CallAsync(AwsEndpoint.SQS, "SendMessage", new JsonObject { ["QueueUrl"] = queueUrl, ["MessageBody"] = s_text }, cancellationToken);
            var received = await CallAsync(AwsEndpoint.SQS, "ReceiveMessage", new JsonObject { ["QueueUrl"] = queueUrl }, cancellationToken);
            var handle = received["Messages"]![0]!["ReceiptHandle"]!.GetValue<string>();
            await CallAsync(
                AwsEndpoint.SQS, "DeleteMessage", new JsonObject { ["QueueUrl"] = queueUrl, ["ReceiptHandle"] = handle }, cancellationToken);
        }

        await CallAsync(AwsEndpoint.SQS, "DeleteQueue", new JsonObject { ["QueueUrl"] = queueUrl }, cancellationToken);
    }

    private async Task LiveTableAsync(string name, CancellationToken cancellationToken)
    {
        await CallAsync(
            AwsEndpoint.DynamoDB,
            "CreateTable",
            new JsonObject
            {
                ["TableName"] = name,
                ["BillingMode"] = "PAY_PER_REQUEST",
                ["AttributeDefinitions"] = new JsonArray(new JsonObject { ["AttributeName"] = "id", ["AttributeType"] = "S" }),
                ["KeySchema"] = new JsonArray(new JsonObject { ["AttributeName"] = "id", ["KeyType"] = "HASH" }),
                ["StreamSpecification"] = new JsonObject { ["StreamEnabled"] = true, ["StreamViewType"] = "NEW_AND_OLD_IMAGES" },
            },
            cancellationToken);
        for (var i = 0; i < Uses; i++)
        {
            var item = new JsonObject
            {
                ["id"] = new JsonObject { ["S"] = i.ToString(CultureInfo.InvariantCulture) },
                ["text"] = new JsonObject { ["S"] = s_text },
            };
            await CallAsync(AwsEndpoint.DynamoDB, "PutItem", new JsonObject { ["TableName"] = name, ["Item"] = item }, cancellationToken);
        }

        await CallAsync(AwsEndpoint.DynamoDB, "DeleteTable", new JsonObject { ["TableName"] = name }, cancellationToken);
    }

    private async Task LiveBucketAsync(string name, CancellationToken cancellationToken)
    {
        await RestAsync(HttpMethod.Put, name, content: null, cancellationToken);
        for (var i = 0; i < Uses; i++)
        {
            await RestAsync(HttpMethod.Put, $"{name}/{i}", s_text, cancellationToken);
        }

        for (var i = 0; i < Uses; i++)
        {
            await RestAsync(HttpMethod.Delete, $"{name}/{i}", content: null, cancellationToken);
        }

        await RestAsync(HttpMethod.Delete, name, content: null, cancellationToken);
    }

    private async Task LiveStackAsync(string name, CancellationToken cancellationToken)
    {
        var template = new JsonObject
        {
            ["Description"] = s_text[..1000],
            ["Resources"] = new JsonObject
            {
                ["Queue"] = new JsonObject { ["Type"] = "AWS::SQS::Queue" },
                ["Topic"] = new JsonObject { ["Type"] = "AWS::SNS::Topic" },
                ["Parameter"] = new JsonObject
                {
                    ["Type"] = "AWS::SSM::Parameter",
                    ["Properties"] = new JsonObject { ["Type"] = "String", ["Value"] = s_text[..4000] },
                },
            },
        };
        await FormAsync(new() { ["Action"] = "CreateStack", ["StackName"] = name, ["TemplateBody"] = template.ToJsonString() }, cancellationToken);
        await FormAsync(new() { ["Action"] = "DeleteStack", ["StackName"] = name }, cancellationToken);
    }

    private async Task<JsonNode> CallAsync(string target, string operation, JsonObject input, CancellationToken cancellationToken)
    {
        using var answer = await endpoint.CallAsync(target, operation, input, cancellationToken);
        return JsonNode.Parse(answer.RootElement.GetRawText())!;
    }

    private Task FormAsync(Dictionary<string, string> form, CancellationToken cancellationToken)
    {
        form["Version"] = "2010-05-15";
        return SendAsync(HttpMethod.Post, "", new FormUrlEncodedContent(form), "cloudformation", cancellationToken);
    }

    private Task RestAsync(HttpMethod method, string path, string? content, CancellationToken cancellationToken) =>
        SendAsync(method, path, content is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(content)), "s3", cancellationToken);

    private async Task SendAsync(HttpMethod method, string path, HttpContent? content, string service, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "AWS4-HMAC-SHA256", $"Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
        using var response = await _http.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var problem = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new HttpRequestException($"{method} /{path}: {problem}", inner: null, response.StatusCode);
        }
    }
}
