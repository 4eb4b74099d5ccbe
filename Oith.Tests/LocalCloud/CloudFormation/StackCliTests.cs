using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class StackCliTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private readonly StackClient _stacks = new(cloud.Api);

    [Fact]
    public async Task Cli_Deploys_Describes_And_Deletes_A_Stack()
    {
        const string Template = """
            Description: made by the CLI
            Parameters: {Delay: {Type: Number, Default: 1}}
            Resources: {Queue: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: !Ref Delay}}}
            Outputs: {Arn: {Value: !GetAtt Queue.Arn}}
            """;
        await CfnAsync(
            "create-change-set", "--stack-name", "cli", "--change-set-name", "one", "--change-set-type", "CREATE", "--template-body", Template, "--tags",
            "Key=Team,Value=oith", "--parameters", "ParameterKey=Delay,ParameterValue=4");
        await CfnAsync("wait", "change-set-create-complete", "--stack-name", "cli", "--change-set-name", "one");
        await CfnAsync("execute-change-set", "--stack-name", "cli", "--change-set-name", "one");
        await _stacks.WaitAsync("cli");
        await CfnAsync("wait", "stack-create-complete", "--stack-name", "cli");

        var stack = (await CfnAsync("describe-stacks", "--stack-name", "cli"))!["Stacks"]![0]!;
        Assert.Equal("made by the CLI", stack["Description"]!.ToString());
        Assert.Equal("oith", stack["Tags"]![0]!["Value"]!.ToString());
        Assert.Equal("NOT_CHECKED", stack["DriftInformation"]!["StackDriftStatus"]!.ToString());
        Assert.StartsWith("arn:aws:sqs:", stack["Outputs"]![0]!["OutputValue"]!.ToString());
        var resources = (await CfnAsync("list-stack-resources", "--stack-name", "cli"))!["StackResourceSummaries"]!.AsArray();
        Assert.Equal("CREATE_COMPLETE", Assert.Single(resources)!["ResourceStatus"]!.ToString());
        var template = (await CfnAsync("get-template", "--stack-name", "cli"))!["TemplateBody"]!.ToString();
        Assert.Equal(Template, template);
        await CfnAsync("delete-stack", "--stack-name", "cli");
        await _stacks.WaitAsync(stack["StackId"]!.ToString());
        await CfnAsync("wait", "stack-delete-complete", "--stack-name", stack["StackId"]!.ToString());
    }

    [Fact]
    public async Task Cli_Sees_The_Default_Network_And_The_Caller()
    {
        var caller = await AwsCli.RunAsync(cloud.Endpoint, "sts", "get-caller-identity");
        var vpc = await AwsCli.RunAsync(cloud.Endpoint, "ec2", "describe-vpcs", "--filters", "Name=is-default,Values=true", "--query", "Vpcs[0].VpcId");
        var subnets = await AwsCli.RunAsync(
            cloud.Endpoint, "ec2", "describe-subnets", "--filters", $"Name=vpc-id,Values={vpc}", "--query", "Subnets[].[AvailabilityZone,MapPublicIpOnLaunch]");

        Assert.Equal("000000000000", caller!["Account"]!.ToString());
        Assert.Equal("""[["us-east-1a",false],["us-east-1b",false],["us-east-1c",false]]""", subnets!.ToJsonString());
    }

    private Task<System.Text.Json.Nodes.JsonNode?> CfnAsync(params string[] arguments) =>
        AwsCli.RunAsync(cloud.Endpoint, ["cloudformation", .. arguments]);
}
