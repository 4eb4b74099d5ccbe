using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.EventBridge;

/// <summary>Connections, and rules that call HTTP endpoints of this machine with them.</summary>
public sealed class ApiDestinationTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IAsyncLifetime
{
    private readonly Channel<(string Method, string Target, string Body, IHeaderDictionary Headers)> _requests =
        Channel.CreateUnbounded<(string Method, string Target, string Body, IHeaderDictionary Headers)>();

    private WebApplication _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.MapPost("/token", () => Results.Json(new Dictionary<string, string> { ["access_token"] = "granted", ["token_type"] = "Bearer" }));
        _server.MapFallback("/{**path}", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(Token);
            await _requests.Writer.WriteAsync((context.Request.Method, context.Request.Path + context.Request.QueryString, body, new HeaderDictionary(context.Request.Headers.ToDictionary())), Token);
        });
        await _server.StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Connection_Shows_No_Secret_And_Keeps_It_In_Secrets_Manager()
    {
        var created = await CallAsync("CreateConnection", """
            {"Name":"shown","AuthorizationType":"BASIC","AuthParameters":{"BasicAuthParameters":{"Username":"user","Password":"pass"},
             "InvocationHttpParameters":{"HeaderParameters":[{"Key":"X-Secret","Value":"hidden","IsValueSecret":true}]}}}
            """);
        Assert.Equal("AUTHORIZED", created["ConnectionState"]!.ToString());
        var described = await CallAsync("DescribeConnection", """{"Name":"shown"}""");
        Assert.Equal(
            """{"BasicAuthParameters":{"Username":"user"},"InvocationHttpParameters":{"HeaderParameters":[{"Key":"X-Secret","IsValueSecret":true}]}}""",
            described["AuthParameters"]!.ToJsonString());
        Assert.StartsWith("arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection/shown/", described["SecretArn"]!.ToString());

        await CallAsync(
            "UpdateConnection",
            """{"Name":"shown","AuthParameters":{"BasicAuthParameters":{"Username":"new_user","Password":"new_pass"},"InvocationHttpParameters":{}}}""");
        var secret = await cloud.Api.InvokeAsync("secretsmanager", "GetSecretValue", new JsonObject { ["SecretId"] = described["SecretArn"]!.DeepClone() }, Token);
        Assert.Equal("""{"username":"new_user","password":"new_pass","invocation_http_parameters":{}}""", secret["SecretString"]!.ToString());

        Assert.Equal("DELETING", (await CallAsync("DeleteConnection", """{"Name":"shown"}"""))["ConnectionState"]!.ToString());
        var gone = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("DescribeConnection", """{"Name":"shown"}"""));
        Assert.Equal("Failed to describe the connection(s). Connection 'shown' does not exist.", gone.Message);
    }

    [Theory]
    [InlineData("BASIC", """{"BasicAuthParameters":{"Username":"user","Password":"pass"}}""", "Authorization", "Basic dXNlcjpwYXNz")]
    [InlineData("API_KEY", """{"ApiKeyAuthParameters":{"ApiKeyName":"X-Key","ApiKeyValue":"secret"}}""", "X-Key", "secret")]
    [InlineData(
        "OAUTH_CLIENT_CREDENTIALS",
        """{"OAuthParameters":{"ClientParameters":{"ClientID":"id","ClientSecret":"s"},"AuthorizationEndpoint":"{server}/token","HttpMethod":"POST"}}""",
        "Authorization", "Bearer granted")]
    public async Task Rule_Calls_The_Destination_As_Its_Connection_Says(string type, string parameters, string header, string value)
    {
        var name = $"call-{type}";
        var authorization = JsonNode.Parse(parameters.Replace("{server}", _server.Urls.First(), StringComparison.Ordinal))!.AsObject();
        authorization["InvocationHttpParameters"] = JsonNode.Parse(
            """{"HeaderParameters":[{"Key":"X-Of-Connection","Value":"c"}],"BodyParameters":[{"Key":"added","Value":"b"}],"QueryStringParameters":[{"Key":"q","Value":"1 2"}]}""");
        var connection = await CallAsync("CreateConnection", new JsonObject { ["Name"] = name, ["AuthorizationType"] = type, ["AuthParameters"] = authorization });
        var destination = await CallAsync("CreateApiDestination", new JsonObject
        {
            ["Name"] = name,
            ["ConnectionArn"] = connection["ConnectionArn"]!.DeepClone(),
            ["InvocationEndpoint"] = $"{_server.Urls.First()}/orders/*",
            ["HttpMethod"] = "PUT",
        });
        await PutTargetAsync(name, destination["ApiDestinationArn"]!.ToString());
        await PutEventAsync(name);

        var request = await _requests.Reader.ReadAsync(Token);
        Assert.Equal(("PUT", "/orders/a%20b?t=1&q=1%202"), (request.Method, request.Target));
        Assert.Equal("""{"n":1,"added":"b"}""", request.Body);
        Assert.Equal((value, "c", "t"), (request.Headers[header].ToString(), request.Headers["X-Of-Connection"].ToString(), request.Headers["X-Of-Target"].ToString()));
        Assert.Equal("ACTIVE", (await CallAsync("DescribeApiDestination", new JsonObject { ["Name"] = name }))["ApiDestinationState"]!.ToString());
    }

    [Fact]
    public async Task Endpoint_Of_Another_Machine_Is_Not_Called_And_The_Event_Goes_To_The_Dead_Letter_Queue()
    {
        var connection = await CallAsync(
            "CreateConnection", """{"Name":"far","AuthorizationType":"API_KEY","AuthParameters":{"ApiKeyAuthParameters":{"ApiKeyName":"k","ApiKeyValue":"v"}}}""");
        var destination = await CallAsync("CreateApiDestination", new JsonObject
        {
            ["Name"] = "far",
            ["ConnectionArn"] = connection["ConnectionArn"]!.DeepClone(),
            ["InvocationEndpoint"] = "https://example.com/orders",
            ["HttpMethod"] = "POST",
        });
        var queue = (await cloud.Api.InvokeAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = "far-dead" }, Token))["QueueUrl"]!.ToString();
        await PutTargetAsync("far", destination["ApiDestinationArn"]!.ToString(), "arn:aws:sqs:us-east-1:000000000000:far-dead");
        await PutEventAsync("far");

        var answer = await cloud.Api.InvokeAsync(
            "sqs",
            "ReceiveMessage",
            new JsonObject { ["QueueUrl"] = queue, ["WaitTimeSeconds"] = 20, ["MessageAttributeNames"] = new JsonArray("All") },
            Token);
        Assert.Equal(
            "LocalCloud calls API destinations of this machine only (localhost, 127.0.0.1, *.localhost), not https://example.com/orders?t=1.",
            answer["Messages"]![0]!["MessageAttributes"]!["ERROR_MESSAGE"]!["StringValue"]!.ToString());
    }

    [Theory]
    [InlineData(
        "CreateApiDestination", """{"Name":"x","ConnectionArn":"invalid-connection-arn","InvocationEndpoint":"https://example.com","HttpMethod":"INVALID_METHOD"}""",
        "Member must satisfy enum value set: [HEAD, POST, PATCH, DELETE, PUT, GET, OPTIONS]")]
    [InlineData(
        "CreateConnection", """{"Name":"x","AuthorizationType":"INVALID_AUTH_TYPE","AuthParameters":{}}""",
        "1 validation error detected: Value 'INVALID_AUTH_TYPE' at 'authorizationType' failed to satisfy constraint: "
        + "Member must satisfy enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]")]
    [InlineData("DescribeApiDestination", """{"Name":"none"}""", "Failed to describe the api-destination(s). An api-destination 'none' does not exist.")]
    public async Task Connection_Or_Destination_Is_Refused_In_AWSs_Words(string operation, string input, string message)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync(operation, input));
        Assert.EndsWith(message, error.Message);
    }

    private async Task PutTargetAsync(string rule, string arn, string? deadLetters = null)
    {
        await CallAsync("PutRule", new JsonObject { ["Name"] = rule, ["EventPattern"] = $$"""{"source":["{{rule}}"]}""" });
        var target = new JsonObject
        {
            ["Id"] = "api",
            ["Arn"] = arn,
            ["InputPath"] = "$.detail",
            ["HttpParameters"] = JsonNode.Parse("""{"PathParameterValues":["a b"],"HeaderParameters":{"X-Of-Target":"t"},"QueryStringParameters":{"t":"1"}}"""),
        };
        if (deadLetters is not null)
        {
            target["DeadLetterConfig"] = new JsonObject { ["Arn"] = deadLetters };
        }

        await CallAsync("PutTargets", new JsonObject { ["Rule"] = rule, ["Targets"] = new JsonArray(target) });
    }

    private Task<JsonObject> PutEventAsync(string source) => CallAsync("PutEvents", new JsonObject
    {
        ["Entries"] = new JsonArray(new JsonObject { ["Source"] = source, ["DetailType"] = "Test", ["Detail"] = """{"n":1}""" }),
    });

    private Task<JsonObject> CallAsync(string operation, string input) => CallAsync(operation, JsonNode.Parse(input)!.AsObject());

    private Task<JsonObject> CallAsync(string operation, JsonObject input) => cloud.Api.InvokeAsync("events", operation, input, Token).AsTask();
}
