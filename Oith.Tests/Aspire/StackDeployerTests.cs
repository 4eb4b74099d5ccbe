using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.CloudFormation;
using Oith.Tests.Fixtures;
using Oith.Tests.LocalCloud.CloudFormation;

namespace Oith.Tests.Aspire;

/// <summary>Deployments by the hosting integration's own client, over HTTP.</summary>
public sealed class StackDeployerTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Queue = """
        Parameters:
          Delay: {Type: Number, Default: 5}
        Resources:
          Work: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: !Ref Delay}}
        Outputs:
          WorkUrl: {Value: !Ref Work}
          Delay: {Value: !Ref Delay}
        """;

    private const string Broken = """
        Resources:
          Good: {Type: 'AWS::SQS::Queue'}
          Bad: {Type: 'AWS::SQS::Queue', DependsOn: Good, Properties: {DelaySeconds: 100000}}
        """;

    private readonly StackClient _stacks = new(cloud.Api);
    private readonly RecordedProgress _progress = new();

    [Fact]
    public async Task Stack_Is_Created_With_Parameters_Tags_And_Outputs()
    {
        var result = await DeployAsync(new StackDeployment("created-by-aspire", Queue)
        {
            Parameters = new Dictionary<string, string> { ["Delay"] = "7" },
            Tags = new Dictionary<string, string> { ["team"] = "a & b", ["cost"] = "ü=1" },
        });

        Assert.True(result.HasChanged);
        Assert.Equal("7", result.Outputs["Delay"]);
        Assert.Contains("created-by-aspire-Work-", result.Outputs["WorkUrl"]);
        var stack = await _stacks.DescribeAsync("created-by-aspire");
        Assert.Equal(stack["StackId"]!.GetValue<string>(), result.StackId);
        Assert.Equal(
            ["cost=ü=1", "team=a & b"], stack["Tags"]!.AsArray().Select(tag => $"{tag!["Key"]}={tag["Value"]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Events_Are_Reported_Once_In_Their_Order()
    {
        await DeployAsync(new StackDeployment("events-by-aspire", Queue));

        Assert.Equal(_progress.Events.Count, _progress.Events.Distinct().Count());
        var statuses = _progress.Events.Select(e => $"{e.LogicalId} {e.Status}").ToList();
        Assert.Equal("events-by-aspire CREATE_COMPLETE", statuses[^1]);
        Assert.True(statuses.IndexOf("Work CREATE_IN_PROGRESS") < statuses.IndexOf("Work CREATE_COMPLETE"));
        Assert.DoesNotContain("events-by-aspire REVIEW_IN_PROGRESS", statuses);
    }

    [Fact]
    public async Task Unchanged_Stack_Is_A_Success_Without_Change()
    {
        var created = await DeployAsync(new StackDeployment("unchanged-by-aspire", Queue));
        _progress.Events.Clear();

        var again = await DeployAsync(new StackDeployment("unchanged-by-aspire", Queue));

        Assert.False(again.HasChanged);
        Assert.Equal(created.Outputs, again.Outputs);
        Assert.Empty(_progress.Events);
        var changeSets = await _stacks.CallAsync("ListChangeSets", new JsonObject { ["StackName"] = "unchanged-by-aspire" });
        Assert.DoesNotContain(changeSets["Summaries"]!.AsArray(), summary => summary!["Status"]!.ToString() == "FAILED");
    }

    [Fact]
    public async Task Existing_Stack_Is_Updated_And_Only_The_Update_Is_Reported()
    {
        await DeployAsync(new StackDeployment("updated-by-aspire", Queue));
        _progress.Events.Clear();

        var updated = await DeployAsync(new StackDeployment("updated-by-aspire", Queue) { Parameters = new Dictionary<string, string> { ["Delay"] = "9" } });

        Assert.True(updated.HasChanged);
        Assert.Equal("9", updated.Outputs["Delay"]);
        Assert.Equal("UPDATE_COMPLETE", StackClient.Status(await _stacks.DescribeAsync("updated-by-aspire")));
        Assert.All(_progress.Events, e => Assert.StartsWith("UPDATE_", e.Status));
    }

    [Fact]
    public async Task Failure_Names_The_First_Resource_And_Its_Reason()
    {
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => DeployAsync(new StackDeployment("failed-by-aspire", Broken)));

        Assert.StartsWith("Stack failed-by-aspire is ROLLBACK_COMPLETE. Bad (AWS::SQS::Queue) CREATE_FAILED: ", error.Message);
        Assert.Contains("DelaySeconds", error.Message);
    }

    [Fact]
    public async Task Failed_Update_Names_The_First_Resource_And_Leaves_The_Stack()
    {
        await DeployAsync(new StackDeployment("failed-update-by-aspire", Queue));

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => DeployAsync(new StackDeployment("failed-update-by-aspire", Queue) { Parameters = new Dictionary<string, string> { ["Delay"] = "100000" } }));

        Assert.StartsWith("Stack failed-update-by-aspire is UPDATE_ROLLBACK_COMPLETE. Work (AWS::SQS::Queue) UPDATE_FAILED: ", error.Message);
        Assert.True((await DeployAsync(
            new StackDeployment("failed-update-by-aspire", Queue) { Parameters = new Dictionary<string, string> { ["Delay"] = "6" } })).HasChanged);
    }

    [Fact]
    public async Task Rolled_Back_Creation_Is_Deleted_And_Created_Again_In_An_Emulator()
    {
        await Assert.ThrowsAsync<DistributedApplicationException>(() => DeployAsync(new StackDeployment("again-by-aspire", Broken)));

        var result = await DeployAsync(new StackDeployment("again-by-aspire", Queue) { MayDelete = true });

        Assert.True(result.HasChanged);
        Assert.Equal("CREATE_COMPLETE", StackClient.Status(await _stacks.DescribeAsync("again-by-aspire")));
        Assert.Contains(_progress.Messages, message => message.StartsWith("again-by-aspire is ROLLBACK_COMPLETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rolled_Back_Creation_Stays_In_Aws_And_The_Error_Says_What_To_Do()
    {
        await Assert.ThrowsAsync<DistributedApplicationException>(() => DeployAsync(new StackDeployment("stays-by-aspire", Broken)));

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => DeployAsync(new StackDeployment("stays-by-aspire", Queue)));

        Assert.Contains("is ROLLBACK_COMPLETE", error.Message);
        Assert.Contains("aws cloudformation delete-stack --stack-name stays-by-aspire", error.Message);
        Assert.Equal("ROLLBACK_COMPLETE", StackClient.Status(await _stacks.DescribeAsync("stays-by-aspire")));
    }

    [Fact]
    public async Task Stack_Under_Review_Is_Created()
    {
        await _stacks.CallAsync("CreateChangeSet", new JsonObject
        {
            ["StackName"] = "review-by-aspire",
            ["ChangeSetName"] = "left",
            ["ChangeSetType"] = "CREATE",
            ["TemplateBody"] = Queue,
        });

        await DeployAsync(new StackDeployment("review-by-aspire", Queue));

        Assert.Equal("CREATE_COMPLETE", StackClient.Status(await _stacks.DescribeAsync("review-by-aspire")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("templates-of-the-caller")]
    public async Task Large_Template_Goes_Through_S3(string? bucket)
    {
        var name = $"large-{bucket ?? "made"}";
        if (bucket is not null)
        {
            await Oith.LocalCloud.Wire.AwsApiExtensions.InvokeAsync(cloud.Api, "s3", "CreateBucket", new JsonObject { ["Bucket"] = bucket }, TestContext.Current.CancellationToken);
        }

        var template = $"# {new string('x', StackDeployer.MaximumBodyLength)}\n{Queue}";
        var result = await DeployAsync(new StackDeployment(name, template) { TemplateBucket = bucket });
        var again = await DeployAsync(new StackDeployment(name, template) { TemplateBucket = bucket });

        Assert.True(result.HasChanged);
        Assert.False(again.HasChanged);
        Assert.Contains(_progress.Messages, message => message.Contains($"s3://{bucket ?? "aspire-templates-000000000000-us-east-1"}/{name}/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Template_Above_The_Limit_Of_S3_Is_Refused_With_Its_Size()
    {
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => DeployAsync(new StackDeployment("too-large", new string('#', TemplateBucket.MaximumLength + 1))));

        Assert.Contains("1048577 bytes", error.Message);
    }

    [Fact]
    public async Task Missing_Capability_Names_The_Method_To_Call()
    {
        const string Role = """
            Resources:
              Role:
                Type: AWS::IAM::Role
                Properties: {RoleName: named, AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}
            """;

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => DeployAsync(new StackDeployment("role-by-aspire", Role)));
        var result = await DeployAsync(new StackDeployment("role-by-aspire", Role) { Capabilities = ["CAPABILITY_NAMED_IAM"] });

        Assert.Contains("CAPABILITY_NAMED_IAM", error.Message);
        Assert.Contains("WithCapabilities", error.Message);
        Assert.True(result.HasChanged);
    }

    private async Task<StackDeploymentResult> DeployAsync(StackDeployment deployment)
    {
        var token = TestContext.Current.CancellationToken;
        var url = cloud.Endpoint.AbsoluteUri.TrimEnd('/');
        var stack = new CloudFormationStackResource("stack", "none", deployment.StackName)
        {
            Endpoint = new AwsEndpoint(ReferenceExpression.Create($"{url}"), "us-east-1", "local", "local", Owner: null),
        };
        using var connection = await AwsConnection.OpenAsync(stack, token);
        return await connection.CreateDeployer(TimeProvider.System).DeployAsync(deployment, _progress, token);
    }
}
