using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Lambda;

/// <summary>Functions that are invoked with the messages of queues and the records of tables' streams.</summary>
public sealed class EventSourceMappingTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oith-mappings-").FullName;
    private readonly Channel<JsonObject> _batches = Channel.CreateUnbounded<JsonObject>();
    private Func<JsonObject, (int Status, string Body)> _answer = _ => (200, "{}");
    private FunctionHost _host = null!;
    private WebApplication _cloud = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IAwsApi Api => _cloud.Services.GetRequiredService<IAwsApi>();

    public async ValueTask InitializeAsync()
    {
        _host = await FunctionHost.StartAsync(async context =>
        {
            var batch = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!.AsObject();
            var (status, body) = _answer(batch);
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body);
            await _batches.Writer.WriteAsync(batch);
        });
        _cloud = await StartAsync();
        await CallAsync("lambda", "CreateFunction", LambdaFunctions.Create("consumer", timeoutSeconds: 5));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Queue_Invokes_The_Function_And_Keeps_What_It_Failed_At()
    {
        var (url, arn) = await QueueAsync("source", visibilityTimeout: 5);
        _answer = batch => (200, $$"""{"batchItemFailures":[{{Failures(batch, record => (string?)record["body"] == "bad", record => (string)record["messageId"]!)}}]}""");
        var created = await CallAsync(
            "lambda",
            "CreateEventSourceMapping",
            new JsonObject { ["EventSourceArn"] = arn, ["FunctionName"] = "consumer", ["FunctionResponseTypes"] = new JsonArray("ReportBatchItemFailures") });
        Assert.Equal(("Creating", 10), ((string?)created["State"], (int)created["BatchSize"]!));

        await SendAsync(url, "good");
        await SendAsync(url, "bad");
        var seen = await SeenAsync(3, record => (string)record["body"]!);
        Assert.Equal(["bad", "bad", "good"], seen.Order());
        _answer = _ => (200, "{}");
        Assert.Equal(["bad"], await SeenAsync(1, record => (string)record["body"]!));
    }

    [Fact]
    public async Task Queue_Filters_Delete_What_Does_Not_Pass()
    {
        var (url, arn) = await QueueAsync("filtered", visibilityTimeout: 30);
        await MapAsync(arn, ("FilterCriteria", JsonNode.Parse("""{"Filters":[{"Pattern":"{\"body\":{\"kind\":[\"wanted\"]}}"}]}""")!));
        await SendAsync(url, """{"kind":"other"}""");
        await SendAsync(url, """{"kind":"wanted"}""");
        Assert.Equal(["""{"kind":"wanted"}"""], await SeenAsync(1, record => (string)record["body"]!));
    }

    [Fact]
    public async Task Stream_Invokes_The_Function_In_Order_And_Goes_On_After_A_Restart()
    {
        var (table, arn) = await TableAsync("orders");
        await PutAsync(table, "1");
        await PutAsync(table, "2");
        var mapping = await MapAsync(arn, ("StartingPosition", "TRIM_HORIZON"), ("BatchSize", 1));
        Assert.Equal("No records processed", (string?)mapping["LastProcessingResult"]);
        Assert.Equal(["1", "2"], await SeenAsync(2, KeyOf));
        await AwaitResultAsync((string)mapping["UUID"]!, "OK");

        await StopAsync();
        _cloud = await StartAsync();
        await PutAsync(table, "3");
        Assert.Equal(["3"], await SeenAsync(1, KeyOf));
    }

    [Fact]
    public async Task Failed_Stream_Batch_Is_Divided_And_Its_Poisoned_Record_Given_Up()
    {
        var (table, arn) = await TableAsync("poisoned");
        var (url, queue) = await QueueAsync("failures", visibilityTimeout: 30);
        foreach (var key in new[] { "1", "2", "poison", "4" })
        {
            await PutAsync(table, key);
        }

        _answer = batch => batch["Records"]!.AsArray().Any(record => KeyOf(record!.AsObject()) == "poison") ? (500, "no") : (200, "{}");
        await MapAsync(
            arn,
            ("StartingPosition", "TRIM_HORIZON"),
            ("MaximumRetryAttempts", 1),
            ("BisectBatchOnFunctionError", true),
            ("DestinationConfig", new JsonObject { ["OnFailure"] = new JsonObject { ["Destination"] = queue } }));

        var received = await CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = url, ["WaitTimeSeconds"] = 20 });
        var account = JsonNode.Parse((string)received["Messages"]![0]!["Body"]!)!;
        Assert.Equal("RetryAttemptsExhausted", (string?)account["requestContext"]!["condition"]);
        Assert.Equal(2, (int)account["requestContext"]!["approximateInvokeCount"]!);
        Assert.Equal("Unhandled", (string?)account["responseContext"]!["functionError"]);
        Assert.Equal(1, (int)account["DDBStreamBatchInfo"]!["batchSize"]!);
        Assert.Equal(arn, (string?)account["DDBStreamBatchInfo"]!["streamArn"]);

        // 1234, 12, poison 4, poison, poison again, 4.
        var batches = new List<string>();
        for (var count = 0; count < 6; count++)
        {
            batches.Add(string.Join(' ', (await _batches.Reader.ReadAsync(Token))["Records"]!.AsArray().Select(record => KeyOf(record!.AsObject()))));
        }

        Assert.Equal(["1 2 poison 4", "1 2", "poison 4", "poison", "poison", "4"], batches);
    }

    [Fact]
    public async Task Stream_Begins_Again_At_The_First_Record_That_The_Function_Names()
    {
        var (table, arn) = await TableAsync("named");
        foreach (var key in new[] { "1", "2", "3" })
        {
            await PutAsync(table, key);
        }

        var isFirst = true;
        _answer = batch =>
        {
            var failures = isFirst ? Failures(batch, record => KeyOf(record) == "2", record => (string)record["dynamodb"]!["SequenceNumber"]!) : "";
            isFirst = false;
            return (200, $$"""{"batchItemFailures":[{{failures}}]}""");
        };
        await MapAsync(arn, ("StartingPosition", "TRIM_HORIZON"), ("FunctionResponseTypes", new JsonArray("ReportBatchItemFailures")));
        Assert.Equal(["1", "2", "3", "2", "3"], await SeenAsync(5, KeyOf));
    }

    [Fact]
    public async Task Mapping_Is_Listed_Changed_And_Deleted()
    {
        var (url, arn) = await QueueAsync("life", visibilityTimeout: 30);
        using var http = new HttpClient { BaseAddress = LocalCloudFixture.EndpointOf(_cloud) };
        using var created = await http.PostAsJsonAsync(
            "/2015-03-31/event-source-mappings/", new JsonObject { ["EventSourceArn"] = arn, ["FunctionName"] = "consumer" }, Token);
        Assert.Equal(202, (int)created.StatusCode);
        var id = (string)(await created.Content.ReadFromJsonAsync<JsonObject>(Token))!["UUID"]!;
        var listed = await CallAsync("lambda", "ListEventSourceMappings", new JsonObject { ["EventSourceArn"] = arn, ["FunctionName"] = "consumer" });
        Assert.Equal(id, (string?)Assert.Single(listed["EventSourceMappings"]!.AsArray())!["UUID"]);

        var updated = await CallAsync("lambda", "UpdateEventSourceMapping", new JsonObject { ["UUID"] = id, ["Enabled"] = false, ["BatchSize"] = 3 });
        Assert.Equal(("Updating", 3), ((string?)updated["State"], (int)updated["BatchSize"]!));
        Assert.Equal("Disabled", (string?)(await CallAsync("lambda", "GetEventSourceMapping", new JsonObject { ["UUID"] = id }))["State"]);
        await SendAsync(url, "kept");
        var kept = await CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = url, ["WaitTimeSeconds"] = 5, ["VisibilityTimeout"] = 0 });
        Assert.Equal("kept", (string?)kept["Messages"]![0]!["Body"]);

        Assert.Equal("Deleting", (string?)(await CallAsync("lambda", "DeleteEventSourceMapping", new JsonObject { ["UUID"] = id }))["State"]);
        var gone = await RefusedAsync("GetEventSourceMapping", new JsonObject { ["UUID"] = id });
        Assert.Equal(("ResourceNotFoundException", "The resource you requested does not exist."), (gone.Code, gone.Message));
    }

    [Fact]
    public async Task Mapping_Is_Refused_In_Aws_Words()
    {
        var (_, queue) = await QueueAsync("checked", visibilityTimeout: 2);
        var (_, stream) = await TableAsync("checked");
        await AssertRefusedAsync("Unrecognized event source.", ("FunctionName", "consumer"));
        await AssertRefusedAsync("Function does not exist", ("FunctionName", "missing"), ("EventSourceArn", queue));
        await AssertRefusedAsync(
            "Queue visibility timeout: 2 seconds is less than Function timeout: 5 seconds", ("FunctionName", "consumer"), ("EventSourceArn", queue));
        await AssertRefusedAsync(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
            ("FunctionName", "consumer"), ("EventSourceArn", queue + "-missing"));
        await AssertRefusedAsync(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
            ("FunctionName", "consumer"), ("EventSourceArn", stream));
        await AssertRefusedAsync(
            $"Unsupported starting position for arn type: {stream}",
            ("FunctionName", "consumer"), ("EventSourceArn", stream), ("StartingPosition", "AT_TIMESTAMP"));
        await AssertRefusedAsync(
            $"Stream not found: {stream}0", ("FunctionName", "consumer"), ("EventSourceArn", stream + "0"), ("StartingPosition", "LATEST"));
        await AssertRefusedAsync(
            "Invalid filter pattern definition.",
            ("FunctionName", "consumer"), ("EventSourceArn", stream), ("StartingPosition", "LATEST"),
            ("FilterCriteria", JsonNode.Parse("""{"Filters":[{"Pattern":"single-string"}]}""")!));
        await AssertRefusedAsync(
            "LocalCloud supports queues and DynamoDB streams as event sources, not arn:aws:kinesis:us-east-1:000000000000:stream/s.",
            ("FunctionName", "consumer"), ("EventSourceArn", "arn:aws:kinesis:us-east-1:000000000000:stream/s"), ("StartingPosition", "LATEST"));

        var first = await MapAsync(stream, ("StartingPosition", "LATEST"));
        var twice = await RefusedAsync(
            "CreateEventSourceMapping", new JsonObject { ["FunctionName"] = "consumer", ["EventSourceArn"] = stream, ["StartingPosition"] = "LATEST" });
        Assert.Equal("ResourceConflictException", twice.Code);
        Assert.EndsWith($"Please update or delete the existing mapping with UUID {first["UUID"]}", twice.Message, StringComparison.Ordinal);
    }

    private static string KeyOf(JsonObject record) => (string)record["dynamodb"]!["Keys"]!["id"]!["S"]!;

    private static string Failures(JsonObject batch, Func<JsonObject, bool> isFailed, Func<JsonObject, string> idOf) => string.Join(
        ',',
        batch["Records"]!.AsArray().Select(record => record!.AsObject()).Where(isFailed).Select(record => $"{{\"itemIdentifier\":\"{idOf(record)}\"}}"));

    private async Task<List<string>> SeenAsync(int count, Func<JsonObject, string> textOf)
    {
        var seen = new List<string>();
        while (seen.Count < count)
        {
            seen.AddRange((await _batches.Reader.ReadAsync(Token))["Records"]!.AsArray().Select(record => textOf(record!.AsObject())));
        }

        return seen;
    }

    private async Task AwaitResultAsync(string id, string result)
    {
        while ((string?)(await CallAsync("lambda", "GetEventSourceMapping", new JsonObject { ["UUID"] = id }))["LastProcessingResult"] != result)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }

    private async Task<(string Url, string Arn)> QueueAsync(string name, int visibilityTimeout)
    {
        var url = (string)(await CallAsync(
            "sqs", "CreateQueue", new JsonObject { ["QueueName"] = name, ["Attributes"] = new JsonObject { ["VisibilityTimeout"] = $"{visibilityTimeout}" } }))["QueueUrl"]!;
        var attributes = await CallAsync("sqs", "GetQueueAttributes", new JsonObject { ["QueueUrl"] = url, ["AttributeNames"] = new JsonArray("QueueArn") });
        return (url, (string)attributes["Attributes"]!["QueueArn"]!);
    }

    private async Task SendAsync(string url, string body) =>
        await CallAsync("sqs", "SendMessage", new JsonObject { ["QueueUrl"] = url, ["MessageBody"] = body });

    private async Task<(string Table, string Arn)> TableAsync(string name)
    {
        var created = await CallAsync("dynamodb", "CreateTable", JsonNode.Parse($$"""
            {
              "TableName": "{{name}}", "BillingMode": "PAY_PER_REQUEST",
              "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
              "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
              "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" }
            }
            """)!.AsObject());
        return (name, (string)created["TableDescription"]!["LatestStreamArn"]!);
    }

    private async Task PutAsync(string table, string key) => await CallAsync(
        "dynamodb", "PutItem", new JsonObject { ["TableName"] = table, ["Item"] = new JsonObject { ["id"] = new JsonObject { ["S"] = key } } });

    private Task<JsonObject> MapAsync(string source, params (string Name, JsonNode Value)[] members)
    {
        var input = new JsonObject { ["EventSourceArn"] = source, ["FunctionName"] = "consumer" };
        foreach (var (name, value) in members)
        {
            input[name] = value;
        }

        return CallAsync("lambda", "CreateEventSourceMapping", input);
    }

    private async Task AssertRefusedAsync(string message, params (string Name, JsonNode Value)[] members)
    {
        var error = await RefusedAsync(
            "CreateEventSourceMapping", new JsonObject(members.Select(member => KeyValuePair.Create(member.Name, (JsonNode?)member.Value))));
        Assert.Equal(("InvalidParameterValueException", message), (error.Code, error.Message));
    }

    private Task<AwsServiceException> RefusedAsync(string operation, JsonObject input) =>
        Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("lambda", operation, input));

    private async Task<JsonObject> CallAsync(string service, string operation, JsonObject input) =>
        await Api.InvokeAsync(service, operation, input, Token);

    private async Task<WebApplication> StartAsync()
    {
        var options = new LocalCloudOptions { Port = 0, RedisPort = 0, DataDirectory = _directory };
        options.Functions["consumer"] = _host.Events;
        return await LocalCloudFixture.StartAsync(options);
    }

    private async Task StopAsync()
    {
        await _cloud.StopAsync(CancellationToken.None);
        await _cloud.DisposeAsync();
    }
}
