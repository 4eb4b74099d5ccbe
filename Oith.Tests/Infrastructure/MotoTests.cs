using System.Text.Json.Nodes;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Infrastructure;

/// <summary>
/// The stacks that moto supports, deployed into it unchanged: somebody else's reading of the same templates. The infrastructure and matching stacks it cannot
/// deploy: it has no ElastiCache, DAX, Secrets Manager or HTTP API for CloudFormation, and fails on their outputs.
/// </summary>
public sealed class MotoTests(MotoServer moto) : IClassFixture<MotoServer>
{
    private const string Bucket = "oith-development-artifacts-123456789012-us-east-1";

    private const string Neighbours = """
        Resources:
          Queue: {Type: AWS::SQS::Queue}
        Outputs:
          Function: {Value: 'arn:aws:lambda:us-east-1:123456789012:function:oith-development-matching-service:live', Export: {Name: oith-development-matching-MatchingFunctionAliasArn}}
          NotificationArn: {Value: 'arn:aws:sqs:us-east-1:123456789012:oith-development-notifications', Export: {Name: oith-development-infrastructure-NotificationQueueArn}}
          NotificationUrl: {Value: 'http://127.0.0.1/123456789012/oith-development-notifications', Export: {Name: oith-development-infrastructure-NotificationQueueUrl}}
          Matching: {Value: 'arn:aws:sqs:us-east-1:123456789012:oith-development-matching-queue.fifo', Export: {Name: oith-development-infrastructure-MatchingQueueArn}}
          Topic: {Value: 'arn:aws:sns:us-east-1:123456789012:oith-development-alerts', Export: {Name: oith-development-infrastructure-AlertTopicArn}}
        """;

    [Fact]
    public async Task Data_And_State_Machines_Deploy_Into_Moto()
    {
        var key = (await AwsAsync("kms", "create-key"))["KeyMetadata"]!["Arn"]!.ToString();

        await CreateStackAsync("data", ("KmsKeyArn", key));
        await AwsAsync("cloudformation", "create-stack", "--stack-name", "neighbours", "--template-body", Neighbours);
        foreach (var machine in new[] { "distributed-matching", "batch-precompute" })
        {
            await AwsAsync("s3api", "put-object", "--bucket", Bucket, "--key", machine, "--body", Path.Combine(RepositoryFiles.InfrastructureFolder, $"{machine}.asl.json"));
        }

        // With a key: moto cannot read a role whose list of policies has an AWS::NoValue in it.
        await CreateStackAsync(
            "stepfunctions", ("KmsKeyArn", key), ("ArtifactBucket", Bucket), ("DistributedMatchingDefinitionKey", "distributed-matching"), ("BatchPrecomputeDefinitionKey", "batch-precompute"));

        Assert.Equal(
            ["oith-development-blocks", "oith-development-match-history", "oith-development-matches", "oith-development-users"],
            (await AwsAsync("dynamodb", "list-tables"))["TableNames"]!.AsArray().Select(table => table!.ToString()).Order());
        var users = (await AwsAsync("dynamodb", "describe-table", "--table-name", "oith-development-users"))["Table"]!;
        Assert.Equal(["gender-geohash-index", "geohash-lastSeen-index"], users["GlobalSecondaryIndexes"]!.AsArray().Select(index => index!["IndexName"]!.ToString()).Order());
        Assert.Equal(
            ["oith-development-batch-precompute", "oith-development-distributed-matching"],
            (await AwsAsync("stepfunctions", "list-state-machines"))["stateMachines"]!.AsArray().Select(machine => machine!["name"]!.ToString()).Order());
        var rule = Assert.Single((await AwsAsync("events", "list-rules"))["Rules"]!.AsArray())!;
        Assert.Equal("cron(0 4 * * ? *)", rule["ScheduleExpression"]!.ToString());
    }

    private async Task CreateStackAsync(string stack, params (string Name, string Value)[] parameters)
    {
        var name = $"oith-development-{stack}";
        await AwsAsync([
            "cloudformation", "create-stack", "--stack-name", name, "--capabilities", "CAPABILITY_IAM",
            "--template-body", $"file://{Path.Combine(RepositoryFiles.InfrastructureFolder, $"cloudformation-{stack}.yaml")}",
            "--parameters", .. parameters.Select(p => $"ParameterKey={p.Name},ParameterValue={p.Value}"),
        ]);
        var status = (await AwsAsync("cloudformation", "describe-stacks", "--stack-name", name))["Stacks"]![0]!["StackStatus"]!.ToString();
        Assert.Equal("CREATE_COMPLETE", status);
    }

    private async Task<JsonNode> AwsAsync(params string[] arguments) => await AwsCli.RunAsync(moto.Endpoint, arguments) ?? new JsonObject();
}
