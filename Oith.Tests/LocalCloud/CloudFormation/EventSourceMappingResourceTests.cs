using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class EventSourceMappingResourceTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private readonly StackClient _stacks = new(cloud.Api);

    [Fact]
    public async Task Stack_Maps_A_Tables_Stream_To_A_Function()
    {
        var created = await _stacks.CreateAsync("mapped", Template(batchSize: 7));
        Assert.Equal("CREATE_COMPLETE", StackClient.Status(created));
        var id = StackClient.Output(created, "Id");
        var mapping = await CallAsync("GetEventSourceMapping", new JsonObject { ["UUID"] = id });
        Assert.Equal(StackClient.Output(created, "Stream"), (string?)mapping["EventSourceArn"]);
        Assert.Equal(StackClient.Output(created, "Arn"), (string?)mapping["EventSourceMappingArn"]);
        Assert.Equal(7, (int)mapping["BatchSize"]!);

        var updated = await _stacks.UpdateAsync("mapped", Template(batchSize: 8));
        Assert.Equal(id, StackClient.Output(updated, "Id"));
        Assert.Equal(8, (int)(await CallAsync("GetEventSourceMapping", new JsonObject { ["UUID"] = id }))["BatchSize"]!);

        Assert.Equal("DELETE_COMPLETE", StackClient.Status(await _stacks.DeleteAsync("mapped")));
        Assert.Empty((await CallAsync("ListEventSourceMappings", []))["EventSourceMappings"]!.AsArray());
    }

    private static string Template(int batchSize) => $$"""
        Resources:
          Table:
            Type: AWS::DynamoDB::Table
            Properties:
              BillingMode: PAY_PER_REQUEST
              AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
              KeySchema: [{AttributeName: pk, KeyType: HASH}]
              StreamSpecification: {StreamViewType: KEYS_ONLY}
          Function:
            Type: AWS::Lambda::Function
            Properties:
              Runtime: dotnet10
              Handler: bootstrap
              Role: arn:aws:iam::000000000000:role/test
              Code: {S3Bucket: artifacts, S3Key: service.zip}
          Mapping:
            Type: AWS::Lambda::EventSourceMapping
            Properties:
              EventSourceArn: !GetAtt Table.StreamArn
              FunctionName: !Ref Function
              StartingPosition: TRIM_HORIZON
              BatchSize: {{batchSize}}
        Outputs:
          Id: {Value: !Ref Mapping}
          Arn: {Value: !GetAtt Mapping.EventSourceMappingArn}
          Stream: {Value: !GetAtt Table.StreamArn}
        """;

    private async Task<JsonObject> CallAsync(string operation, JsonObject input) =>
        await cloud.Api.InvokeAsync("lambda", operation, input, TestContext.Current.CancellationToken);
}
