using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudFormation;

/// <summary>Tables in stacks: streams, global tables of one region, and what LocalCloud has no service for.</summary>
public sealed class DynamoDBResourceTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private readonly StackClient _stacks = new(cloud.Api);

    [Fact]
    public async Task Global_Table_Of_One_Region_Is_A_Table()
    {
        var stack = await _stacks.CreateAsync("global", """
            Resources:
              Orders:
                Type: AWS::DynamoDB::GlobalTable
                Properties:
                  TableName: global-orders
                  BillingMode: PAY_PER_REQUEST
                  AttributeDefinitions:
                    - {AttributeName: pk, AttributeType: S}
                    - {AttributeName: city, AttributeType: S}
                  KeySchema:
                    - {AttributeName: pk, KeyType: HASH}
                  GlobalSecondaryIndexes:
                    - IndexName: by-city
                      KeySchema:
                        - {AttributeName: city, KeyType: HASH}
                      Projection: {ProjectionType: ALL}
                  StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
                  Replicas:
                    - Region: !Ref AWS::Region
                      DeletionProtectionEnabled: false
                      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
                      Tags:
                        - {Key: team, Value: orders}
            Outputs:
              Name: {Value: !Ref Orders}
              Arn: {Value: !GetAtt Orders.Arn}
              Stream: {Value: !GetAtt Orders.StreamArn}
            """);

        Assert.Equal("CREATE_COMPLETE", StackClient.Status(stack));
        Assert.Equal("global-orders", StackClient.Output(stack, "Name"));
        var table = (await CallAsync("DescribeTable", new JsonObject { ["TableName"] = "global-orders" }))["Table"]!;
        Assert.Equal("by-city", table["GlobalSecondaryIndexes"]![0]!["IndexName"]!.ToString());
        Assert.Equal(table["LatestStreamArn"]!.ToString(), StackClient.Output(stack, "Stream"));
        var tags = await CallAsync("ListTagsOfResource", new JsonObject { ["ResourceArn"] = StackClient.Output(stack, "Arn") });
        Assert.Contains(tags["Tags"]!.AsArray(), tag => tag!["Key"]!.ToString() == "team" && tag["Value"]!.ToString() == "orders");
    }

    [Theory]
    [InlineData(
        "global-two", "AWS::DynamoDB::GlobalTable", "Replicas: [{Region: us-east-1}, {Region: eu-west-1}]",
        "LocalCloud has the one region us-east-1: it does not support the replica in eu-west-1 of AWS::DynamoDB::GlobalTable.")]
    [InlineData(
        "kinesis-one", "AWS::DynamoDB::Table", "KinesisStreamSpecification: {StreamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s'}",
        "LocalCloud has no Kinesis: it does not support KinesisStreamSpecification of AWS::DynamoDB::Table.")]
    public async Task Property_Without_A_Service_Behind_It_Fails_The_Stack_By_Name(string name, string type, string property, string message)
    {
        var stack = await _stacks.CreateAsync(name, $$"""
            Resources:
              Table:
                Type: {{type}}
                Properties:
                  BillingMode: PAY_PER_REQUEST
                  AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
                  KeySchema: [{AttributeName: pk, KeyType: HASH}]
                  {{property}}
            """);

        Assert.Equal("ROLLBACK_COMPLETE", StackClient.Status(stack));
        Assert.Contains(
            await _stacks.EventsAsync(name), stackEvent => stackEvent["ResourceStatusReason"]?.ToString().Contains(message, StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Stream_Of_A_Table_Is_Made_Changed_And_Ended_By_Updates()
    {
        Assert.Equal("CREATE_COMPLETE", StackClient.Status(await _stacks.CreateAsync("streamed", Template(""))));
        var first = await _stacks.UpdateAsync("streamed", Template("StreamSpecification: {StreamViewType: KEYS_ONLY}", hasStream: true));
        var second = await _stacks.UpdateAsync("streamed", Template("StreamSpecification: {StreamViewType: NEW_IMAGE}", hasStream: true));
        Assert.NotEqual(StackClient.Output(first, "Stream"), StackClient.Output(second, "Stream"));

        var table = (await CallAsync("DescribeTable", new JsonObject { ["TableName"] = "streamed" }))["Table"]!;
        Assert.Equal("NEW_IMAGE", table["StreamSpecification"]!["StreamViewType"]!.ToString());
        Assert.Equal(table["LatestStreamArn"]!.ToString(), StackClient.Output(second, "Stream"));

        await _stacks.UpdateAsync("streamed", Template(""));
        Assert.Null((await CallAsync("DescribeTable", new JsonObject { ["TableName"] = "streamed" }))["Table"]!["StreamSpecification"]);
    }

    private static string Template(string stream, bool hasStream = false) => $$"""
        Resources:
          Table:
            Type: AWS::DynamoDB::Table
            Properties:
              TableName: streamed
              BillingMode: PAY_PER_REQUEST
              AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
              KeySchema: [{AttributeName: pk, KeyType: HASH}]
              {{stream}}
        Outputs:
          Name: {Value: !Ref Table}
        {{(hasStream ? "  Stream: {Value: !GetAtt Table.StreamArn}" : "")}}
        """;

    private Task<JsonObject> CallAsync(string operation, JsonObject input) =>
        cloud.Api.InvokeAsync("dynamodb", operation, input, TestContext.Current.CancellationToken).AsTask();
}
