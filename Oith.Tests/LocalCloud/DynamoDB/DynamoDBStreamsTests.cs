using System.Text.Json.Nodes;
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

    private ValueTask<JsonObject> InvokeAsync(string service, string operation, string input) => fixture.Api.InvokeAsync(
        service, operation, JsonNode.Parse(input)!.AsObject(), TestContext.Current.CancellationToken);
}
