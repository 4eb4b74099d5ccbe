using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.Faults;
using Oith.LocalCloud.Redis;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;
using Oith.Tests.LocalCloud.Lambda;
using StackExchange.Redis;

namespace Oith.Tests.LocalCloud.Faults;

public sealed class FaultTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>No test leaves a fault to the next one.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var fault in (await cloud.Api.InvokeAsync("faults", "ListFaults", [], CancellationToken.None))["Faults"]!.AsArray())
        {
            await cloud.Api.InvokeAsync("faults", "DeleteFault", new JsonObject { ["Name"] = fault!["Name"]!.GetValue<string>() }, CancellationToken.None);
        }
    }

    [Fact]
    public async Task Fault_Refuses_A_Share_Of_The_Calls_Of_One_Operation_On_One_Table()
    {
        await CreateTableAsync("struck");
        await CreateTableAsync("spared");
        await PutAsync(new()
        {
            ["Name"] = "throttle",
            ["Service"] = "dynamodb",
            ["Operation"] = "GetItem",
            ["Resource"] = "struck",
            ["ErrorCode"] = "ProvisionedThroughputExceededException",
            ["Probability"] = 0.5,
        });

        var refused = 0;
        for (var call = 0; call < 200; call++)
        {
            await CallAsync("dynamodb", "GetItem", Key("spared"));
            try
            {
                await CallAsync("dynamodb", "GetItem", Key("struck"));
            }
            catch (AwsServiceException error)
            {
                Assert.Equal("ProvisionedThroughputExceededException", error.Code);
                Assert.Equal("com.amazonaws.dynamodb.v20120810", error.TypeNamespace);
                refused++;
            }
        }

        Assert.InRange(refused, 60, 140);
        await CallAsync("dynamodb", "DescribeTable", new() { ["TableName"] = "struck" });
        Assert.Equal(refused, (await FaultAsync("throttle"))["Struck"]!.GetValue<long>());
    }

    [Fact]
    public async Task Fault_Holds_Up_A_Call_And_Ends_When_It_Is_Deleted()
    {
        await PutAsync(new() { ["Name"] = "slow", ["Service"] = "sts", ["LatencyMilliseconds"] = 100 });
        var slow = Stopwatch.StartNew();
        await CallAsync("sts", "GetCallerIdentity", []);
        Assert.True(slow.ElapsedMilliseconds >= 95, $"{slow.ElapsedMilliseconds} ms");

        await CallAsync("faults", "DeleteFault", new() { ["Name"] = "slow" });

        Assert.False(cloud.Services.GetRequiredService<FaultSwitch>().IsOn);
        var error = await Assert.ThrowsAsync<AwsServiceException>(async () => await CallAsync("faults", "DeleteFault", new() { ["Name"] = "slow" }));
        Assert.Equal("ResourceNotFoundException", error.Code);
    }

    [Fact]
    public async Task Fault_Ends_By_Itself_After_Its_Duration()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 }, time);
        var api = app.Services.GetRequiredService<IAwsApi>();
        await api.InvokeAsync("faults", "PutFault", new() { ["Name"] = "brief", ["Service"] = "sts", ["ErrorCode"] = "InternalFailure", ["DurationSeconds"] = 30 }, Token);
        await Assert.ThrowsAsync<AwsServiceException>(async () => await api.InvokeAsync("sts", "GetCallerIdentity", [], Token));

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.False(app.Services.GetRequiredService<FaultSwitch>().IsOn);
        await api.InvokeAsync("sts", "GetCallerIdentity", [], Token);
        await app.StopAsync(Token);
    }

    [Fact]
    public async Task Fault_Is_Put_Over_Http_And_Answered_With_The_Status_Of_Aws()
    {
        using var client = new HttpClient { BaseAddress = cloud.Endpoint };
        using var put = await PostAsync(client, "LocalCloudFaults.PutFault", """{"Name":"down","Service":"dynamodb","Operation":"ListTables","ErrorCode":"InternalServerError"}""");
        Assert.Equal(200, (int)put.StatusCode);

        using var answer = await PostAsync(client, "DynamoDB_20120810.ListTables", "{}");

        Assert.Equal(500, (int)answer.StatusCode);
        var body = await answer.Content.ReadFromJsonAsync<JsonNode>(Token);
        Assert.Equal("com.amazonaws.dynamodb.v20120810#InternalServerError", body!["__type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Fault_Makes_A_Function_Fail_Or_Time_Out()
    {
        await using var host = await FunctionHost.StartAsync(context => context.Response.WriteAsync("\"done\""));
        cloud.Services.GetRequiredService<LocalCloudOptions>().Functions["struck-function"] = host.Events;
        await CallAsync("lambda", "CreateFunction", LambdaFunctions.Create("struck-function", timeoutSeconds: 1));

        await PutAsync(new() { ["Name"] = "hang", ["Service"] = "function", ["Resource"] = "struck-function", ["LatencyMilliseconds"] = 60_000 });
        Assert.Equal("Sandbox.Timedout", await ErrorTypeAsync());

        await PutAsync(new() { ["Name"] = "hang", ["Service"] = "function", ["Resource"] = "struck-function", ["ErrorCode"] = "OutOfMemory" });
        Assert.Equal("OutOfMemory", await ErrorTypeAsync());

        await CallAsync("faults", "DeleteFault", new() { ["Name"] = "hang" });
        Assert.Null(await ErrorTypeAsync());

        async Task<string?> ErrorTypeAsync()
        {
            var answer = await CallAsync("lambda", "Invoke", new() { ["FunctionName"] = "struck-function", ["Payload"] = new JsonObject() });
            return answer["FunctionError"] is null ? null : answer["Payload"]!["errorType"]!.GetValue<string>();
        }
    }

    [Fact]
    public async Task Fault_Shows_A_Received_Message_Again_At_Once()
    {
        var queue = (await CallAsync("sqs", "CreateQueue", new() { ["QueueName"] = "struck" }))["QueueUrl"]!.GetValue<string>();
        await CallAsync("sqs", "SendMessage", new() { ["QueueUrl"] = queue, ["MessageBody"] = "twice" });
        await PutAsync(new() { ["Name"] = "again", ["Service"] = "sqs", ["Resource"] = "struck", ["Action"] = "Redeliver" });

        Assert.Equal("twice", await ReceiveAsync());
        Assert.Equal("twice", await ReceiveAsync());
        await CallAsync("faults", "DeleteFault", new() { ["Name"] = "again" });
        Assert.Equal("twice", await ReceiveAsync());
        Assert.Null(await ReceiveAsync());

        async Task<string?> ReceiveAsync() =>
            (await CallAsync("sqs", "ReceiveMessage", new() { ["QueueUrl"] = queue }))["Messages"]?[0]?["Body"]?.GetValue<string>();
    }

    [Fact]
    public async Task Fault_Slows_Redis_And_Keeps_Its_Keys_When_It_Ends()
    {
        var redis = cloud.Services.GetRequiredService<RedisServer>();
        await PutAsync(new() { ["Name"] = "slow-redis", ["Service"] = "redis", ["LatencyMilliseconds"] = 100 });
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var slow = Stopwatch.StartNew();
        await connection.GetDatabase().StringSetAsync("key", "value");
        Assert.True(slow.ElapsedMilliseconds >= 95, $"{slow.ElapsedMilliseconds} ms");

        await CallAsync("faults", "DeleteFault", new() { ["Name"] = "slow-redis" });

        Assert.Equal("value", await connection.GetDatabase().StringGetAsync("key"));
    }

    [Fact]
    public async Task Fault_Stops_Redis_And_Starts_It_Again_On_The_Same_Port()
    {
        var redis = cloud.Services.GetRequiredService<RedisServer>();
        var port = redis.Port;

        await PutAsync(new() { ["Name"] = "no-redis", ["Service"] = "redis", ["Action"] = "Stop" });
        Assert.False(redis.IsRunning);

        await CallAsync("faults", "DeleteFault", new() { ["Name"] = "no-redis" });
        Assert.True(redis.IsRunning);
        Assert.Equal(port, redis.Port);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        Assert.True((await connection.GetDatabase().StringGetAsync("nothing")).IsNull);
    }

    [Fact]
    public async Task Fault_Strikes_An_Application_Beside_LocalCloud_Before_Its_Own_Code()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddServiceFaults(cloud.Services.GetRequiredService<FaultSwitch>(), "neighbour", "/api");
        await using var app = builder.Build();
        app.MapGet("/api/hello", () => "hello");
        app.MapGet("/health", () => "well");
        await app.StartAsync(Token);
        using var client = new HttpClient { BaseAddress = LocalCloudFixture.EndpointOf(app) };

        await PutAsync(new() { ["Name"] = "down", ["Service"] = "neighbour", ["ErrorCode"] = "ServiceUnavailable" });
        using var struck = await client.GetAsync("/api/hello", Token);
        Assert.Equal(503, (int)struck.StatusCode);
        Assert.Equal("application/problem+json", struck.Content.Headers.ContentType!.MediaType);
        Assert.Equal("well", await client.GetStringAsync("/health", Token));

        await PutAsync(new() { ["Name"] = "down", ["Service"] = "neighbour", ["LatencyMilliseconds"] = 100 });
        var slow = Stopwatch.StartNew();
        Assert.Equal("hello", await client.GetStringAsync("/api/hello", Token));
        Assert.True(slow.ElapsedMilliseconds >= 95, $"{slow.ElapsedMilliseconds} ms");
        await app.StopAsync(Token);
    }

    [Theory]
    [InlineData("""{"Service":"dynamodb","ErrorCode":"X"}""", "name")]
    [InlineData("""{"Name":"f","Service":"dynamodb"}""", "LatencyMilliseconds, ErrorCode or Action")]
    [InlineData("""{"Name":"f","Service":"nobody","ErrorCode":"X"}""", "nobody")]
    [InlineData("""{"Name":"f","Service":"faults","ErrorCode":"X"}""", "faults")]
    [InlineData("""{"Name":"f","Service":"sqs","Action":"Stop"}""", "Stop")]
    [InlineData("""{"Name":"f","Service":"sqs","Action":"Explode"}""", "Explode")]
    [InlineData("""{"Name":"f","Service":"dynamodb","Action":"Redeliver"}""", "Redeliver")]
    [InlineData("""{"Name":"f","Service":"redis","ErrorCode":"X"}""", "redis")]
    [InlineData("""{"Name":"f","Service":"function","Operation":"Invoke","ErrorCode":"X"}""", "Operation")]
    [InlineData("""{"Name":"f","Service":"sqs","ErrorCode":"X","Probability":0}""", "Probability")]
    [InlineData("""{"Name":"f","Service":"sqs","LatencyMilliseconds":-1}""", "LatencyMilliseconds")]
    [InlineData("""{"Name":"f","Service":"sqs","ErrorCode":"X","Colour":"red"}""", "Colour")]
    [InlineData("""{"Name":"a b","Service":"sqs","ErrorCode":"X"}""", "a b")]
    public async Task Fault_Is_Refused_With_The_Wrong_Member_Named(string input, string named)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(async () => await PutAsync(JsonNode.Parse(input)!.AsObject()));

        Assert.Equal("ValidationException", error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static JsonObject Key(string table) => new() { ["TableName"] = table, ["Key"] = new JsonObject { ["id"] = new JsonObject { ["S"] = "1" } } };

    private async Task CreateTableAsync(string name) => await CallAsync("dynamodb", "CreateTable", new()
    {
        ["TableName"] = name,
        ["BillingMode"] = "PAY_PER_REQUEST",
        ["KeySchema"] = new JsonArray(new JsonObject { ["AttributeName"] = "id", ["KeyType"] = "HASH" }),
        ["AttributeDefinitions"] = new JsonArray(new JsonObject { ["AttributeName"] = "id", ["AttributeType"] = "S" }),
    });

    private async Task PutAsync(JsonObject fault) => await CallAsync("faults", "PutFault", fault);

    private async Task<JsonNode> FaultAsync(string name) =>
        (await CallAsync("faults", "ListFaults", []))["Faults"]!.AsArray().Single(fault => fault!["Name"]!.GetValue<string>() == name)!;

    private ValueTask<JsonObject> CallAsync(string service, string operation, JsonObject input) => cloud.Api.InvokeAsync(service, operation, input, Token);

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string target, string body)
    {
        var content = new StringContent(body, new MediaTypeHeaderValue("application/x-amz-json-1.0"));
        content.Headers.Add("X-Amz-Target", target);
        return client.PostAsync(new Uri("/", UriKind.Relative), content, Token);
    }
}
