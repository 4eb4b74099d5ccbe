using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Infrastructure;

/// <summary>Both scripts from the first run to the cleanup, by the real AWS CLI against a LocalCloud of its own.</summary>
public sealed class DeploymentTests : IAsyncLifetime
{
    private readonly LocalCloudFixture _cloud = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oith-deploy-");

    private string SettingsFile => Path.Combine(_folder.FullName, "env-infrastructure.txt");

    public async ValueTask InitializeAsync()
    {
        await _cloud.InitializeAsync();
        // The service itself is not published here: LocalCloud runs no code, and the zip only has to be there.
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "service.zip"), "a zip", TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _cloud.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory(Timeout = 1_200_000)]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Environment_Is_Deployed_Changed_Repaired_And_Cleaned_Up(string script)
    {
        Assert.SkipWhen(ExternalTool.Find("aws") is null, "The AWS CLI is not installed.");
        // A dry run plans the first stack, cannot plan what imports from it, and leaves nothing behind.
        var planned = await DeployAsync(script, "deploy --dry-run");
        Assert.Equal((0, ""), (planned.ExitCode, planned.Error));
        Assert.Contains("  Add AWS::DynamoDB::Table UsersTable\n", planned.Output, StringComparison.Ordinal);
        Assert.Contains("  Would be created, after oith-development-data.\n", planned.Output, StringComparison.Ordinal);
        Assert.Empty(await StackNamesAsync());

        // Half way it fails: somebody has taken the name of a queue.
        var queue = await _cloud.Api.InvokeAsync(
            "sqs",
            "CreateQueue",
            new JsonObject { ["QueueName"] = "oith-development-notifications", ["Attributes"] = new JsonObject { ["VisibilityTimeout"] = "7" } },
            TestContext.Current.CancellationToken);
        var failed = await DeployAsync(script, "deploy");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("Stack oith-development-infrastructure: ROLLBACK_COMPLETE. It failed first at:\n  NotificationQueue (AWS::SQS::Queue): ", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("oith-development-matching", failed.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(SettingsFile));
        Assert.Equal(["oith-development-data CREATE_COMPLETE", "oith-development-infrastructure ROLLBACK_COMPLETE"], await StackNamesAsync());

        // Nobody answers the question, so nothing is deleted.
        var refused = await DeployAsync(script, "deploy");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Nothing was changed.\n", refused.Error, StringComparison.Ordinal);
        Assert.EndsWith("To delete it yourself: aws cloudformation delete-stack --stack-name oith-development-infrastructure\n", refused.Error, StringComparison.Ordinal);

        // The cause is mended and the question answered: what is there stays, the rest is made.
        await _cloud.Api.InvokeAsync("sqs", "DeleteQueue", new JsonObject { ["QueueUrl"] = queue["QueueUrl"]!.DeepClone() }, TestContext.Current.CancellationToken);
        var repaired = await DeployAsync(script, "deploy --yes");
        Assert.Equal((0, ""), (repaired.ExitCode, repaired.Error));
        Assert.Contains("Stack oith-development-data: CREATE_COMPLETE\n  No change.\n", repaired.Output, StringComparison.Ordinal);
        Assert.Equal(Template.Stacks.Select(stack => $"oith-development-{stack} CREATE_COMPLETE").Order(), await StackNamesAsync());

        var settings = (await File.ReadAllLinesAsync(SettingsFile, TestContext.Current.CancellationToken)).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal("oith-development-users", settings["USERS_TABLE"]);
        Assert.Equal("us-east-1", settings["AWS_REGION"]);
        Assert.EndsWith("/oith-development-matching-queue.fifo", settings["MATCHING_QUEUE_URL"], StringComparison.Ordinal);
        Assert.All(settings, setting => Assert.NotEqual("", setting.Value));

        // Again, with nothing new: every stack says so.
        var again = await DeployAsync(script, "deploy");
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal(4, again.Output.Split('\n').Count(line => line == "  No change."));

        // One parameter changes: one stack does, and the others do not.
        var changed = await DeployAsync(script, "deploy", ("ALERT_EMAIL", "ops@example.com"));
        Assert.Equal((0, ""), (changed.ExitCode, changed.Error));
        Assert.Contains("Stack oith-development-infrastructure: CREATE_COMPLETE\n  Add AWS::SNS::Subscription AlertSubscription\n", changed.Output, StringComparison.Ordinal);
        Assert.Equal(3, changed.Output.Split('\n').Count(line => line == "  No change."));

        var status = await DeployAsync(script, "status");
        Assert.Equal((0, ""), (status.ExitCode, status.Error));
        Assert.Contains("  oith-development-infrastructure UPDATE_COMPLETE\n", status.Output, StringComparison.Ordinal);

        // What LocalCloud has, not execute-api nor AWS's console.
        Assert.Contains($"Console of LocalCloud {_cloud.Endpoint.ToString().TrimEnd('/')}/_console/\n", status.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("amazonaws.com", status.Output + again.Output, StringComparison.Ordinal);

        // Another environment's cleanup leaves this one's settings alone.
        var other = await DeployScript.RunAsync(script, "staging cleanup --yes", Variables());
        Assert.Equal((0, ""), (other.ExitCode, other.Error));
        Assert.Contains($"Kept {SettingsFile}: it is not of staging.\n", other.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(SettingsFile));

        var cleaned = await DeployAsync(script, "cleanup --yes");
        Assert.Equal((0, ""), (cleaned.ExitCode, cleaned.Error));
        Assert.Empty(await StackNamesAsync());
        Assert.False(File.Exists(SettingsFile));
        var tables = await _cloud.Api.InvokeAsync("dynamodb", "ListTables", [], TestContext.Current.CancellationToken);
        Assert.Empty(tables["TableNames"]!.AsArray());

        var gone = await DeployAsync(script, "status");
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains("Not deployed whole.\n", gone.Output, StringComparison.Ordinal);
    }

    /// <summary>What must not be deployed is refused before there is any stack.</summary>
    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Refuses_Before_The_First_Stack(string script)
    {
        Assert.SkipWhen(ExternalTool.Find("aws") is null, "The AWS CLI is not installed.");
        // pwsh, installed as a tool of .NET, is started by dotnet too.
        using var failing = new FakeCli(
            $"[ \"$1\" = publish ] && {{ echo 'error CS1002: ; expected'; exit 1; }}\nexec {ExternalTool.Find("dotnet")} \"$@\"", "dotnet");
        const string Anonymous = "AUTHENTICATION_AUTHORITY is not set: every caller of the API";
        (string Arguments, (string, string)[] Variables, string Message)[] cases =
        [
            ("production deploy --yes", [], Anonymous),
            ("production deploy --dry-run", [], Anonymous),
            ("development deploy", [("NETWORK_EGRESS", "endpoints")], "NETWORK_EGRESS=endpoints needs ROUTE_TABLE_IDS"),
            ("development deploy", [("NETWORK_EGRESS", "endpoints"), ("ROUTE_TABLE_IDS", " ")], "NETWORK_EGRESS=endpoints needs ROUTE_TABLE_IDS"),
            ("development deploy", [("VPC_ID", "vpc-0")], "There is no VPC vpc-0 in us-east-1. Check VPC_ID and AWS_REGION."),
            ("development deploy", [("SUBNET_IDS", $"{Subnet(1)},subnet-0")], "There is no subnet subnet-0 in us-east-1. Check SUBNET_IDS and AWS_REGION."),
            ("development deploy", [("SUBNET_IDS", Subnet(1))], $"Two or three subnets are needed, these are 1: {Subnet(1)}."),
            ("development deploy", [("SUBNET_IDS", $"{Subnet(1)},{Subnet(1)}")], $"The subnets {Subnet(1)},{Subnet(1)} share availability zones (1 for 2 subnets)"),
            ("development deploy", [("SERVICE_ZIP", ""), ("PATH", failing.Path)], "error CS1002: ; expected\nThe service could not be published. Nothing was changed."),
        ];
        foreach (var (arguments, variables, message) in cases)
        {
            var result = await DeployScript.RunAsync(script, arguments, Variables(variables));

            Assert.Equal((arguments, 1), (arguments, result.ExitCode));
            Assert.Contains(message, result.Error, StringComparison.Ordinal);
            Assert.Empty(await StackNamesAsync());
        }
    }

    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Warns_Of_An_Anonymous_Api_Where_It_May_Be_Deployed(string script)
    {
        Assert.SkipWhen(ExternalTool.Find("aws") is null, "The AWS CLI is not installed.");
        const string Warning = "AUTHENTICATION_AUTHORITY is not set: every caller of the API may act for every user.\n";
        var network = ("SUBNET_IDS", $" {Subnet(1)} , {Subnet(2)}\t");
        (string Arguments, (string, string)[] Variables, string Warning)[] cases =
        [
            ("production deploy --dry-run --allow-anonymous", [network], Warning),
            ("production deploy --dry-run", [network, ("AUTHENTICATION_AUTHORITY", "https://issuer.example")], ""),
            ("staging deploy --dry-run", [network], Warning),
            ("development deploy --dry-run", [network, ("NETWORK_EGRESS", "endpoints"), ("ROUTE_TABLE_IDS", "rtb-1, rtb-2")], ""),
        ];
        foreach (var (arguments, variables, warning) in cases)
        {
            var result = await DeployScript.RunAsync(script, arguments, Variables(variables));

            Assert.Equal((0, warning), (result.ExitCode, result.Error));
            Assert.Contains($", subnets {Subnet(1)},{Subnet(2)}.\n", result.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Says_What_It_Has_Changed_When_A_Later_Question_Is_Answered_No(string script)
    {
        Assert.SkipWhen(ExternalTool.Find("aws") is null, "The AWS CLI is not installed.");

        var result = await DeployScript.RunAsync(
            script, "production deploy", Variables(("AUTHENTICATION_AUTHORITY", "https://issuer.example")), "y\nn\n");

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(
            "Done before: oith-production-data CREATE_COMPLETE\nWhat is done stays. Repeat the command to do the rest.\n", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing was changed.", result.Error, StringComparison.Ordinal);
        Assert.Equal(["oith-production-data CREATE_COMPLETE"], await StackNamesAsync());
    }

    // Of LocalCloud's default network.
    private static string Subnet(int number) => $"subnet-0a1b2c3d4e5f6071{number}";

    private Dictionary<string, string?> Variables(params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string?>
        {
            ["AWS_ENDPOINT_URL"] = _cloud.Endpoint.ToString().TrimEnd('/'),
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

        return environment;
    }

    private Task<ToolResult> DeployAsync(string script, string arguments, params (string Name, string Value)[] variables) =>
        DeployScript.RunAsync(script, $"development {arguments}", Variables(variables));

    /// <summary>Name and status of every stack that is not deleted.</summary>
    private async Task<IEnumerable<string>> StackNamesAsync()
    {
        var answer = await _cloud.Api.InvokeAsync("cloudformation", "DescribeStacks", [], TestContext.Current.CancellationToken);
        return (answer["Stacks"]?.AsArray() ?? []).Select(stack => $"{stack!["StackName"]} {stack["StackStatus"]}").Order();
    }
}
