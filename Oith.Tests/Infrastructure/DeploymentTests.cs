using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Infrastructure;

/// <summary>deploy.sh from the first run to the cleanup, by the real AWS CLI against a LocalCloud.</summary>
public sealed class DeploymentTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oith-deploy-");

    private string SettingsFile => Path.Combine(_folder.FullName, "env-infrastructure.txt");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Timeout = 1_200_000)]
    public async Task Environment_Is_Deployed_Changed_Repaired_And_Cleaned_Up()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || ExternalTool.Find("bash") is null, "There is no bash.");
        Assert.SkipWhen(ExternalTool.Find("aws") is null, "The AWS CLI is not installed.");
        // The service itself is not published here: LocalCloud runs no code, and the zip only has to be there.
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "service.zip"), "a zip", TestContext.Current.CancellationToken);

        // A dry run plans the first stack, cannot plan what imports from it, and leaves nothing behind.
        var planned = await DeployAsync("deploy --dry-run");
        Assert.Equal((0, ""), (planned.ExitCode, planned.Error));
        Assert.Contains("  Add AWS::DynamoDB::Table UsersTable\n", planned.Output, StringComparison.Ordinal);
        Assert.Contains("  Would be created, after oith-development-data.\n", planned.Output, StringComparison.Ordinal);
        Assert.Empty(await StackNamesAsync());

        // Half way it fails: somebody has taken the name of a queue.
        var queue = await cloud.Api.InvokeAsync(
            "sqs",
            "CreateQueue",
            new JsonObject { ["QueueName"] = "oith-development-notifications", ["Attributes"] = new JsonObject { ["VisibilityTimeout"] = "7" } },
            TestContext.Current.CancellationToken);
        var failed = await DeployAsync("deploy");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("Stack oith-development-infrastructure: ROLLBACK_COMPLETE. It failed first at:\n  NotificationQueue (AWS::SQS::Queue): ", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("oith-development-matching", failed.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(SettingsFile));
        Assert.Equal(["oith-development-data CREATE_COMPLETE", "oith-development-infrastructure ROLLBACK_COMPLETE"], await StackNamesAsync());

        // Nobody answers the question, so nothing is deleted.
        var refused = await DeployAsync("deploy");
        Assert.Equal(1, refused.ExitCode);
        Assert.EndsWith("To delete it yourself: aws cloudformation delete-stack --stack-name oith-development-infrastructure\n", refused.Error, StringComparison.Ordinal);

        // The cause is mended and the question answered: what is there stays, the rest is made.
        await cloud.Api.InvokeAsync("sqs", "DeleteQueue", new JsonObject { ["QueueUrl"] = queue["QueueUrl"]!.DeepClone() }, TestContext.Current.CancellationToken);
        var repaired = await DeployAsync("deploy --yes");
        Assert.Equal((0, ""), (repaired.ExitCode, repaired.Error));
        Assert.Contains("Stack oith-development-data: CREATE_COMPLETE\n  No change.\n", repaired.Output, StringComparison.Ordinal);
        Assert.Equal(Template.Stacks.Select(stack => $"oith-development-{stack} CREATE_COMPLETE").Order(), await StackNamesAsync());

        var settings = (await File.ReadAllLinesAsync(SettingsFile, TestContext.Current.CancellationToken)).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal("oith-development-users", settings["USERS_TABLE"]);
        Assert.Equal("us-east-1", settings["AWS_REGION"]);
        Assert.EndsWith("/oith-development-matching-queue.fifo", settings["MATCHING_QUEUE_URL"], StringComparison.Ordinal);
        Assert.All(settings, setting => Assert.NotEqual("", setting.Value));

        // Again, with nothing new: every stack says so.
        var again = await DeployAsync("deploy");
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal(4, again.Output.Split('\n').Count(line => line == "  No change."));

        // One parameter changes: one stack does, and the others do not.
        var changed = await DeployAsync("deploy", ("ALERT_EMAIL", "ops@example.com"));
        Assert.Equal((0, ""), (changed.ExitCode, changed.Error));
        Assert.Contains("Stack oith-development-infrastructure: CREATE_COMPLETE\n  Add AWS::SNS::Subscription AlertSubscription\n", changed.Output, StringComparison.Ordinal);
        Assert.Equal(3, changed.Output.Split('\n').Count(line => line == "  No change."));

        var status = await DeployAsync("status");
        Assert.Equal((0, ""), (status.ExitCode, status.Error));
        Assert.Contains("  oith-development-infrastructure UPDATE_COMPLETE\n", status.Output, StringComparison.Ordinal);

        var cleaned = await DeployAsync("cleanup --yes");
        Assert.Equal((0, ""), (cleaned.ExitCode, cleaned.Error));
        Assert.Empty(await StackNamesAsync());
        Assert.False(File.Exists(SettingsFile));
        var tables = await cloud.Api.InvokeAsync("dynamodb", "ListTables", [], TestContext.Current.CancellationToken);
        Assert.Empty(tables["TableNames"]!.AsArray());

        var gone = await DeployAsync("status");
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains("Not deployed whole.\n", gone.Output, StringComparison.Ordinal);
    }

    private async Task<ToolResult> DeployAsync(string arguments, params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string?>
        {
            ["AWS_ENDPOINT_URL"] = cloud.Endpoint.ToString().TrimEnd('/'),
            ["AWS_ACCESS_KEY_ID"] = "test",
            ["AWS_SECRET_ACCESS_KEY"] = "test",
            ["AWS_REGION"] = "us-east-1",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["SERVICE_ZIP"] = Path.Combine(_folder.FullName, "service.zip"),
            ["SETTINGS_FILE"] = SettingsFile,
        };
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        var script = Path.Combine(RepositoryFiles.InfrastructureFolder, "deploy.sh");
        var result = await ExternalTool.RunAsync(ExternalTool.Find("bash")!, [script, "development", .. arguments.Split(' ')], environment);
        TestContext.Current.TestOutputHelper?.WriteLine($"$ deploy.sh development {arguments}\n{result.Output}{result.Error}");
        return result;
    }

    /// <summary>Name and status of every stack that is not deleted.</summary>
    private async Task<IEnumerable<string>> StackNamesAsync()
    {
        var answer = await cloud.Api.InvokeAsync("cloudformation", "DescribeStacks", [], TestContext.Current.CancellationToken);
        return (answer["Stacks"]?.AsArray() ?? []).Select(stack => $"{stack!["StackName"]} {stack["StackStatus"]}").Order();
    }
}
