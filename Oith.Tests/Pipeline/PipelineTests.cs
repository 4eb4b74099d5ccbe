using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.Pipeline;

/// <summary>
/// <c>aspire publish</c>, <c>deploy</c>, <c>do</c> and <c>destroy</c> by the real CLI against a LocalCloud, and beside the deploy scripts.
/// </summary>
public sealed class PipelineTests : IAsyncLifetime
{
    private readonly LocalCloudFixture _cloud = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oith-pipeline-");
    private AspireCli _aspire = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _cloud.InitializeAsync();
        // LocalCloud runs no code, and the zip only has to be there.
        var zip = Path.Combine(_folder.FullName, "service.zip");
        await File.WriteAllTextAsync(zip, "a zip", Token);
        _aspire = new AspireCli(_cloud.Endpoint, _folder.FullName, zip);
    }

    public async ValueTask DisposeAsync()
    {
        await _cloud.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_Is_Published_Is_Applied_By_The_Shell_Block_Of_Its_Readme()
    {
        Assert.SkipWhen(ExternalTool.Find("aws") is null, "The AWS CLI is not installed.");
        var output = Path.Combine(_folder.FullName, "out");
        await _aspire.SucceedAsync($"publish -e production -o {output}", ("AUTHENTICATION_AUTHORITY", "https://issuer.example"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"));

        Assert.Equal("a zip", await File.ReadAllTextAsync(Path.Combine(output, "matching-service.zip"), Token));
        foreach (var file in new[] { "cloudformation-data.yaml", "cloudformation-matching.yaml", "distributed-matching.asl.json", "batch-precompute.asl.json", "stack-policy.json" })
        {
            Assert.Equal(
                await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.InfrastructureFolder, file), Token), await File.ReadAllTextAsync(Path.Combine(output, file), Token));
        }

        var readme = await File.ReadAllTextAsync(Path.Combine(output, "README.md"), Token);
        var blocks = readme.Split("```sh\n").Skip(1).Select(block => block[..block.IndexOf("```", StringComparison.Ordinal)]).ToList();
        Assert.Equal(2, blocks.Count);
        var network = await _cloud.Api.InvokeAsync("ec2", "DescribeSubnets", [], Token);
        var variables = new Dictionary<string, string?>(_aspire.Environment)
        {
            ["VPC_ID"] = network["Subnets"]![0]!["VpcId"]!.GetValue<string>(),
            ["SUBNET_IDS"] = string.Join(',', network["Subnets"]!.AsArray().Select(subnet => subnet!["SubnetId"]!.GetValue<string>())),
        };
        var applied = await ExternalTool.RunAsync("sh", ["-c", $"cd {output}\n{blocks[1]}"], variables);

        Assert.True(applied.ExitCode == 0, applied.Output + applied.Error);
        Assert.Equal(Template.Stacks.Select(stack => $"oith-production-{stack} CREATE_COMPLETE").Order(), await StacksAsync());
        var matching = await DescribeAsync("oith-production-matching");
        Assert.Equal("https://issuer.example", Parameter(matching, "AuthenticationAuthority"));
        Assert.Equal(["Application=oith", "Environment=production"], matching["Tags"]!.AsArray().Select(tag => $"{tag!["Key"]}={tag["Value"]}").Order());
        Assert.True((await DescribeAsync("oith-production-data"))["EnableTerminationProtection"]!.GetValue<bool>());
    }

    /// <summary>Both ways, with defaults and with parameters that were chosen: neither finds a change in what the other deployed.</summary>
    [Fact]
    public async Task Pipeline_And_Scripts_Deploy_Identical_Stacks()
    {
        Assert.SkipWhen(ExternalTool.Find("aws") is null, "The AWS CLI is not installed.");
        var deployed = await _aspire.SucceedAsync("deploy -e staging");
        Assert.Equal(4, Count(deployed, ": Deployed."));
        Assert.Contains("Add AWS::DynamoDB::Table UsersTable", deployed, StringComparison.Ordinal);
        Assert.Contains("AWS::SQS::Queue MatchingQueue CREATE_COMPLETE", deployed, StringComparison.Ordinal);
        Assert.Contains("AUTHENTICATION_AUTHORITY is not set: every caller of the API may act for every user.", deployed, StringComparison.Ordinal);

        await FindsNoChangeAsync(DeployScript.Bash);
        var changed = await DeployScript.RunAsync(DeployScript.Bash, "staging deploy --yes", new Dictionary<string, string?>(_aspire.Environment)
        {
            ["ALERT_EMAIL"] = "ops@example.com",
            ["AUTHENTICATION_AUTHORITY"] = "https://issuer.example",
            ["DIRECT_MATCHING_THRESHOLD"] = "7",
        });
        Assert.Equal((0, ""), (changed.ExitCode, changed.Error));

        var again = await _aspire.SucceedAsync("deploy -e staging");
        Assert.Equal(4, Count(again, ": No change."));

        var updated = await _aspire.SucceedAsync(
            "deploy -e staging -- --yes true", ("ALERT_EMAIL", "duty@example.com"), ("AUTHENTICATION_AUTHORITY", "https://other.example"));
        Assert.Equal((2, 2), (Count(updated, ": Deployed."), Count(updated, ": No change.")));
        Assert.Equal("7", Parameter(await DescribeAsync("oith-staging-stepfunctions"), "DirectMatchingThreshold"));
        if (ExternalTool.Find("pwsh") is not null)
        {
            await FindsNoChangeAsync(DeployScript.PowerShell);
        }

        async Task FindsNoChangeAsync(string script)
        {
            var result = await DeployScript.RunAsync(script, "staging deploy", _aspire.Environment);
            Assert.Equal(0, result.ExitCode);
            Assert.Equal(4, result.Output.Split('\n').Count(line => line == "  No change."));
        }
    }

    [Fact]
    public async Task Failure_Shows_The_First_Reason_And_Is_Mended_With_A_Yes()
    {
        // Half way it fails: the name of a queue is taken.
        var queue = await _cloud.Api.InvokeAsync(
            "sqs",
            "CreateQueue",
            new JsonObject { ["QueueName"] = "oith-development-notifications", ["Attributes"] = new JsonObject { ["VisibilityTimeout"] = "7" } },
            Token);
        var failed = await _aspire.RunAsync("deploy -e development");
        Assert.NotEqual(0, failed.ExitCode);
        Assert.Contains("Stack oith-development-infrastructure is ROLLBACK_COMPLETE. NotificationQueue (AWS::SQS::Queue) CREATE_FAILED: ", failed.Output, StringComparison.Ordinal);
        Assert.Equal(["oith-development-data CREATE_COMPLETE", "oith-development-infrastructure ROLLBACK_COMPLETE"], await StacksAsync());

        await _cloud.Api.InvokeAsync("sqs", "DeleteQueue", new JsonObject { ["QueueUrl"] = queue["QueueUrl"]!.DeepClone() }, Token);
        var refused = await _aspire.RunAsync("deploy -e development");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("Deleting it and creating it again needs a yes, and nobody can be asked.", refused.Output, StringComparison.Ordinal);

        var mended = await _aspire.SucceedAsync("deploy -e development -- --yes true");
        Assert.Equal((3, 1), (Count(mended, ": Deployed."), Count(mended, ": No change.")));
    }

    [Fact]
    public async Task Production_Needs_Authentication_And_A_Yes_And_Keeps_Its_Data()
    {
        var anonymous = await _aspire.RunAsync("deploy -e production");
        Assert.NotEqual(0, anonymous.ExitCode);
        Assert.Contains("AUTHENTICATION_AUTHORITY is not set: every caller of the API could act for every user", anonymous.Output, StringComparison.Ordinal);

        _aspire.Environment["AUTHENTICATION_AUTHORITY"] = "https://issuer.example";
        var unasked = await _aspire.RunAsync("deploy -e production");
        Assert.NotEqual(0, unasked.ExitCode);
        Assert.Contains("Changing oith-production-data in production needs a yes", unasked.Output, StringComparison.Ordinal);
        Assert.Empty(await StacksAsync());

        var half = await _aspire.SucceedAsync("do deploy-matching-stack -e production -- --yes true");
        Assert.DoesNotContain("oith-production-stepfunctions", half, StringComparison.Ordinal);
        Assert.Equal(["oith-production-data", "oith-production-infrastructure", "oith-production-matching"], (await StacksAsync()).Select(line => line.Split(' ')[0]));
        Assert.True((await DescribeAsync("oith-production-data"))["EnableTerminationProtection"]!.GetValue<bool>());

        var destroyed = await _aspire.SucceedAsync("destroy -e production --yes");
        Assert.Contains("oith-production-data: kept: production data is never deleted", destroyed, StringComparison.Ordinal);
        Assert.Equal(["oith-production-data CREATE_COMPLETE"], await StacksAsync());
    }

    [Fact]
    public async Task Another_Endpoint_Is_Said_And_Remembered_Values_Do_Not_Beat_Variables()
    {
        await _aspire.SucceedAsync("deploy -e development");
        var state = Directory.GetFiles(Path.Combine(_folder.FullName, ".aspire", "deployments"), "development.json", SearchOption.AllDirectories).Single();
        var remembered = JsonNode.Parse(await File.ReadAllTextAsync(state, Token))!;
        remembered["ALERT_EMAIL"] = "remembered@example.com";
        await File.WriteAllTextAsync(state, remembered.ToJsonString(), Token);

        var other = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 });
        await using (other)
        {
            var endpoint = LocalCloudFixture.EndpointOf(other).ToString().TrimEnd('/');
            var deployed = await _aspire.SucceedAsync("deploy -e development", ("AWS_ENDPOINT_URL", endpoint), ("ALERT_EMAIL", "given@example.com"));

            Assert.Contains(
                $"Last time development was deployed to account 000000000000 in us-east-1 at {_cloud.Endpoint.ToString().TrimEnd('/')}; "
                + $"now it is account 000000000000 in us-east-1 at {endpoint}.",
                deployed,
                StringComparison.Ordinal);
            var stack = await other.Services.GetRequiredService<IAwsApi>().InvokeAsync(
                "cloudformation", "DescribeStacks", new JsonObject { ["StackName"] = "oith-development-infrastructure" }, Token);
            Assert.Equal("given@example.com", Parameter(stack["Stacks"]![0]!, "AlertEmail"));
            await other.StopAsync(Token);
        }
    }

    [Fact]
    public async Task Destroy_Empties_The_Bucket_And_Deletes_Everything()
    {
        await _aspire.SucceedAsync("deploy -e development");
        var unasked = await _aspire.RunAsync("destroy -e development");
        Assert.NotEqual(0, unasked.ExitCode);
        Assert.Equal(4, (await StacksAsync()).Count());

        var destroyed = await _aspire.SucceedAsync("destroy -e development --yes");

        Assert.Contains("s3://oith-development-artifacts-000000000000-us-east-1: 3 objects deleted.", destroyed, StringComparison.Ordinal);
        Assert.Empty(await StacksAsync());
        Assert.Empty((await _cloud.Api.InvokeAsync("dynamodb", "ListTables", [], Token))["TableNames"]!.AsArray());
    }

    [Fact]
    public async Task Missing_Zip_Is_Noticed_Before_The_First_Stack()
    {
        var result = await _aspire.RunAsync("deploy -e development", ("SERVICE_ZIP", "/nowhere/service.zip"));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("SERVICE_ZIP names /nowhere/service.zip, which is not there.", result.Output, StringComparison.Ordinal);
        Assert.Empty(await StacksAsync());
    }

    // The end of a step says so, and the summary again.
    private static int Count(string text, string part) => (text.Split(part).Length - 1) / 2;

    private static string? Parameter(JsonNode stack, string name) =>
        stack["Parameters"]!.AsArray().SingleOrDefault(parameter => parameter!["ParameterKey"]!.GetValue<string>() == name)?["ParameterValue"]?.GetValue<string>();

    private async Task<JsonNode> DescribeAsync(string stack) =>
        (await _cloud.Api.InvokeAsync("cloudformation", "DescribeStacks", new JsonObject { ["StackName"] = stack }, Token))["Stacks"]![0]!;

    private async Task<IEnumerable<string>> StacksAsync()
    {
        var answer = await _cloud.Api.InvokeAsync("cloudformation", "DescribeStacks", [], Token);
        return (answer["Stacks"]?.AsArray() ?? []).Select(stack => $"{stack!["StackName"]} {stack["StackStatus"]}").Order();
    }
}
