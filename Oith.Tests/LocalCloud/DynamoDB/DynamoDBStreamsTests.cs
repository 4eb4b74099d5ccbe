using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class DynamoDBStreamsTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>
{
    [Fact]
    public async Task Stream_Shows_Each_Change_Once_In_Order()
    {
        var table = $"streamed-{Guid.NewGuid():N}";
        var created = await InvokeAsync("dynamodb", "CreateTable", $$"""
            {
              "TableName": "{{table}}", "BillingMode": "PAY_PER_REQUEST",
              "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
              "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
              "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" }
            }
            """);
        var arn = (string)created["TableDescription"]!["LatestStreamArn"]!;
        await InvokeAsync("dynamodb", "PutItem", $$"""{ "TableName": "{{table}}", "Item": { "id": { "S": "a" }, "n": { "N": "1" } } }""");
        await InvokeAsync("dynamodb", "PutItem", $$"""{ "TableName": "{{table}}", "Item": { "n": { "N": "1" }, "id": { "S": "a" } } }""");
        await InvokeAsync("dynamodb", "PutItem", $$"""{ "TableName": "{{table}}", "Item": { "id": { "S": "a" }, "n": { "N": "2" } } }""");
        await InvokeAsync("dynamodb", "DeleteItem", $$"""{ "TableName": "{{table}}", "Key": { "id": { "S": "a" } } }""");

        var described = await InvokeAsync("dynamodbstreams", "DescribeStream", $$"""{ "StreamArn": "{{arn}}" }""");
        var shard = (string)described["StreamDescription"]!["Shards"]![0]!["ShardId"]!;
        var iterator = (string)(await InvokeAsync("dynamodbstreams", "GetShardIterator", $$"""
            { "StreamArn": "{{arn}}", "ShardId": "{{shard}}", "ShardIteratorType": "TRIM_HORIZON" }
            """))["ShardIterator"]!;
        var read = await InvokeAsync("dynamodbstreams", "GetRecords", $$"""{ "ShardIterator": "{{iterator}}" }""");
        var again = await InvokeAsync("dynamodbstreams", "GetRecords", $$"""{ "ShardIterator": "{{read["NextShardIterator"]}}" }""");

        var records = read["Records"]!.AsArray();
        Assert.Equal(["INSERT", "MODIFY", "REMOVE"], records.Select(record => (string)record!["eventName"]!));
        Assert.Equal("1", (string)records[1]!["dynamodb"]!["OldImage"]!["n"]!["N"]!);
        Assert.Equal("2", (string)records[1]!["dynamodb"]!["NewImage"]!["n"]!["N"]!);
        Assert.Null(records[2]!["dynamodb"]!["NewImage"]);
        Assert.Empty(again["Records"]!.AsArray());
    }

    [Theory]
    [InlineData("KEYS_ONLY", false, false)]
    [InlineData("NEW_IMAGE", true, false)]
    [InlineData("OLD_IMAGE", false, true)]
    public async Task View_Type_Decides_Which_Images_A_Record_Has(string viewType, bool hasNew, bool hasOld)
    {
        var (table, arn) = await CreateAsync($"view-{viewType}", viewType);
        await PutAsync(table, "1");
        await PutAsync(table, "2");

        var record = (await ReadAsync(arn, "TRIM_HORIZON"))["Records"]![1]!["dynamodb"]!;
        Assert.Equal("a", (string?)record["Keys"]!["id"]!["S"]);
        Assert.Equal(hasNew ? "2" : null, (string?)record["NewImage"]?["n"]!["N"]);
        Assert.Equal(hasOld ? "1" : null, (string?)record["OldImage"]?["n"]!["N"]);
        Assert.Equal(viewType, (string?)record["StreamViewType"]);
    }

    [Fact]
    public async Task Streams_Are_Listed_By_Pages()
    {
        var arns = new List<string>();
        for (var number = 0; number < 3; number++)
        {
            arns.Add((await CreateAsync($"page-{number}", "KEYS_ONLY")).Arn);
        }

        var start = "";
        var listed = new List<string>();
        do
        {
            var page = await InvokeAsync("dynamodbstreams", "ListStreams", $$"""{"Limit":1{{start}}}""");
            listed.Add((string)Assert.Single(page["Streams"]!.AsArray())!["StreamArn"]!);
            start = page["LastEvaluatedStreamArn"] is { } last ? $",\"ExclusiveStartStreamArn\":\"{last}\"" : "";
        }
        while (start.Length > 0);

        Assert.Equal(arns, listed.Where(arns.Contains));
    }

    [Theory]
    [InlineData("ListStreams", """{"Limit":0}""", "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData("ListStreams", """{"Limit":101}""", "Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100")]
    [InlineData("DescribeStream", """{"StreamArn":"ARN","Limit":101}""",
        "Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100")]
    [InlineData("GetShardIterator", """{"StreamArn":"ARN","ShardId":"x","ShardIteratorType":"AT_TIMESTAMP"}""",
        "Value 'AT_TIMESTAMP' at 'shardIteratorType' failed to satisfy constraint: "
        + "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]")]
    public async Task Bad_Parameters_Are_Refused_Before_The_Stream_Is_Looked_For(string operation, string input, string message)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(async () => await InvokeAsync("dynamodbstreams", operation, input));
        Assert.Equal(("ValidationException", $"1 validation error detected: {message}"), (error.Code, error.Message));
    }

    [Fact]
    public async Task Iterators_Expire_And_Old_Records_Are_Trimmed()
    {
        var time = new LaterTime();
        await using var app = await LocalCloudFixture.StartAsync(new Oith.LocalCloud.LocalCloudOptions { Port = 0, RedisPort = 0 }, time);
        var api = app.Services.GetRequiredService<IAwsApi>();
        var (table, arn) = await CreateAsync(api, "expiring", "KEYS_ONLY");
        await PutAsync(api, table, "1");
        var first = (await ReadAsync(api, arn, "TRIM_HORIZON"))["Records"]![0]!["dynamodb"]!["SequenceNumber"]!;
        var iterator = await IteratorAsync(api, arn, "TRIM_HORIZON");

        time.Later = TimeSpan.FromMinutes(14);
        await InvokeAsync(api, "dynamodbstreams", "GetRecords", $$"""{"ShardIterator":"{{iterator}}"}""");
        time.Later = TimeSpan.FromMinutes(16);
        var expired = await Assert.ThrowsAsync<AwsServiceException>(async () =>
            await InvokeAsync(api, "dynamodbstreams", "GetRecords", $$"""{"ShardIterator":"{{iterator}}"}"""));
        Assert.Equal("ExpiredIteratorException", expired.Code);

        time.Later = TimeSpan.FromHours(25);
        var trimmed = await Assert.ThrowsAsync<AwsServiceException>(async () =>
            await IteratorAsync(api, arn, "AT_SEQUENCE_NUMBER", $",\"SequenceNumber\":\"{first}\""));
        Assert.Equal("TrimmedDataAccessException", trimmed.Code);
        Assert.Empty((await ReadAsync(api, arn, "TRIM_HORIZON"))["Records"]!.AsArray());
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    private Task<(string Table, string Arn)> CreateAsync(string prefix, string viewType) => CreateAsync(fixture.Api, prefix, viewType);

    private Task PutAsync(string table, string number) => PutAsync(fixture.Api, table, number);

    private Task<JsonObject> ReadAsync(string arn, string type) => ReadAsync(fixture.Api, arn, type);

    private static async Task<(string Table, string Arn)> CreateAsync(IAwsApi api, string prefix, string viewType)
    {
        var table = $"{prefix}-{Guid.NewGuid():N}";
        var created = await InvokeAsync(api, "dynamodb", "CreateTable", $$"""
            {
              "TableName": "{{table}}", "BillingMode": "PAY_PER_REQUEST",
              "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
              "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
              "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "{{viewType}}" }
            }
            """);
        return (table, (string)created["TableDescription"]!["LatestStreamArn"]!);
    }

    private static async Task PutAsync(IAwsApi api, string table, string number) => await InvokeAsync(
        api, "dynamodb", "PutItem", $$$"""{"TableName":"{{{table}}}","Item":{"id":{"S":"a"},"n":{"N":"{{{number}}}"} }}""");

    private static async Task<JsonObject> ReadAsync(IAwsApi api, string arn, string type) => await InvokeAsync(
        api, "dynamodbstreams", "GetRecords", $$"""{"ShardIterator":"{{await IteratorAsync(api, arn, type)}}"}""");

    private static async Task<string> IteratorAsync(IAwsApi api, string arn, string type, string more = "")
    {
        var described = await InvokeAsync(api, "dynamodbstreams", "DescribeStream", $$"""{"StreamArn":"{{arn}}"}""");
        var shard = (string)described["StreamDescription"]!["Shards"]![0]!["ShardId"]!;
        var answer = await InvokeAsync(
            api, "dynamodbstreams", "GetShardIterator",
            $$"""{"StreamArn":"{{arn}}","ShardId":"{{shard}}","ShardIteratorType":"{{type}}"{{more}}}""");
        return (string)answer["ShardIterator"]!;
    }

    private static ValueTask<JsonObject> InvokeAsync(IAwsApi api, string service, string operation, string input) => api.InvokeAsync(
        service, operation, JsonNode.Parse(input)!.AsObject(), TestContext.Current.CancellationToken);

    private ValueTask<JsonObject> InvokeAsync(string service, string operation, string input) => fixture.Api.InvokeAsync(
        service, operation, JsonNode.Parse(input)!.AsObject(), TestContext.Current.CancellationToken);

    private sealed class LaterTime : TimeProvider
    {
        public TimeSpan Later { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Later;
    }
}
