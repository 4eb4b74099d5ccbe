using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Oith.AppHost.Pipeline;
using Oith.Stack;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.Pipeline;

/// <summary>What is checked, asked and built before the first stack.</summary>
public sealed class DeploymentCheckTests
{
    private static readonly AwsNetwork s_default = new(
        "vpc-1", IsDefault: true, "main", [new("subnet-1", "a", true, null), new("subnet-2", "a", false, null), new("subnet-3", "b", false, null)]);

    private static readonly AwsNetwork s_other = new("vpc-2", IsDefault: false, null, [new("subnet-4", "a", false, null), new("subnet-5", "a", false, null)]);
    private static readonly AwsNetwork s_public = new("vpc-3", IsDefault: false, null, [new("subnet-6", "a", true, null)]);

    [Theory]
    [InlineData(null, null, "vpc-1", "subnet-2,subnet-3")]
    [InlineData("vpc-1", null, "vpc-1", "subnet-2,subnet-3")]
    [InlineData(null, "subnet-1,subnet-3", "vpc-1", "subnet-1,subnet-3")]
    public void Network_Is_The_Given_Or_The_Default_One(string? vpc, string? subnets, string expectedVpc, string expectedSubnets) =>
        Assert.Equal((expectedVpc, expectedSubnets), DeploymentCheck.Choose([s_default, s_other], vpc, subnets, "eu-north-1"));

    [Theory]
    [InlineData("vpc-9", null, "There is no VPC vpc-9 in eu-north-1. Check VPC_ID and AWS_REGION.")]
    [InlineData("vpc-2", "subnet-4,subnet-9", "There is no subnet subnet-9 in eu-north-1. Check SUBNET_IDS and AWS_REGION.")]
    [InlineData("vpc-2", "subnet-4,subnet-3", "The subnet subnet-3 is not in vpc-2. Check VPC_ID and SUBNET_IDS.")]
    [InlineData("vpc-2", "subnet-4", "Two or three subnets are needed, these are 1: subnet-4.")]
    [InlineData("vpc-2", "subnet-4,subnet-5", "The subnets subnet-4,subnet-5 share availability zones (1 for 2 subnets); each must be in another one.")]
    [InlineData("vpc-3", null, "vpc-3 has no private subnet (all give public addresses).")]
    public void Unfit_Network_Is_Refused_In_The_Words_Of_The_Script(string? vpc, string? subnets, string message)
    {
        var error = Assert.Throws<DistributedApplicationException>(() => DeploymentCheck.Choose([s_default, s_other, s_public], vpc, subnets, "eu-north-1"));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_Vpcs_Without_A_Default_Are_Refused() => Assert.StartsWith(
        "There is no VPC in eu-north-1, or several and none is the default one. Set VPC_ID.",
        Assert.Throws<DistributedApplicationException>(() => DeploymentCheck.Choose([s_other, s_public], null, null, "eu-north-1")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Questions_Have_Descriptions_And_The_Existing_Networks_As_Choices()
    {
        var inputs = new DeploymentCheck(Create("production")).Inputs([s_default, s_other]).ToDictionary(input => input.Name);

        Assert.Equal(["vpc-1", "vpc-2"], inputs["VPC_ID"].Options!.Select(option => option.Key));
        Assert.Equal("vpc-1", inputs["VPC_ID"].Value);
        // vpc-2 has private subnets in one zone only.
        Assert.Equal(["subnet-2,subnet-3"], inputs["SUBNET_IDS"].Options!.Select(option => option.Key));
        Assert.Equal(["nat", "endpoints"], inputs["NETWORK_EGRESS"].Options!.Select(option => option.Key));
        Assert.True(inputs["AUTHENTICATION_AUTHORITY"].Required);
        Assert.All(inputs.Values, input => Assert.False(string.IsNullOrEmpty(input.Description), input.Name));
    }

    [Fact]
    public void What_A_Variable_Says_Is_Not_Asked()
    {
        var deployment = Create("staging", "--VPC_ID=vpc-2", "--SUBNET_IDS= subnet-4, subnet-5 ", "--ALERT_EMAIL=ops@example.com");
        var inputs = new DeploymentCheck(deployment).Inputs([s_default]).ToDictionary(input => input.Name);

        Assert.Equal("subnet-4,subnet-5", deployment.Variable("SUBNET_IDS"));
        Assert.Equal(["AUTHENTICATION_AUTHORITY", "NETWORK_EGRESS", "ROUTE_TABLE_IDS"], inputs.Keys.Order());
        Assert.False(inputs["AUTHENTICATION_AUTHORITY"].Required);
    }

    /// <summary>The zip of pipeline and scripts: the same commands, and package.cs makes of the same files the same bytes.</summary>
    [Fact]
    public async Task Service_Is_Built_By_The_Commands_Of_The_Script()
    {
        var recorded = Path.Combine(Path.GetTempPath(), $"oith-dotnet-{Guid.NewGuid():N}");
        using var dotnet = new FakeCli($"echo \"$@\" >> {recorded}\ncase $1 in run) shift 5; touch $1 ;; esac", "dotnet");
        using var aws = new FakeCli(
        [
            ("*get-caller-identity*", @"123456789012\tarn\n", ""),
            FakeCli.Refusal("*describe-stacks*", "Stack does not exist"),
            ("*describe-vpcs*", "vpc-1", ""),
            ("*describe-subnets*MapPublicIpOnLaunch*", @"a\tsubnet-1\nb\tsubnet-2\n", ""),
            ("*describe-subnets*", @"subnet-1\tvpc-1\ta\nsubnet-2\tvpc-1\tb\n", ""),
            FakeCli.Refusal("*create-change-set*", "This is as far as it goes."),
        ]);
        await DeployScript.RunAsync(DeployScript.Bash, "staging deploy", new Dictionary<string, string?>
        {
            ["PATH"] = $"{dotnet.Folder}:{aws.Path}",
            ["AWS_REGION"] = "us-east-1",
            ["SERVICE_ZIP"] = null,
            ["ARCHITECTURE"] = "arm64",
            ["USE_DAX"] = "false",
        });
        var script = await File.ReadAllLinesAsync(recorded, TestContext.Current.CancellationToken);
        File.Delete(recorded);

        var package = new ServicePackage(Create("staging", "--ARCHITECTURE=arm64", "--USE_DAX=false"));

        Assert.Equal<string>([string.Join(' ', package.PublishArguments), string.Join(' ', package.PackArguments)], script);
    }

    [Fact]
    public void Every_Value_Of_The_List_Is_A_Parameter_Of_Its_Template()
    {
        var passed = PassedValue.ReadAll(RepositoryFiles.InfrastructureFolder);
        // Those that nobody but the template decides.
        string[] defaults = ["CollectorLayerVersion", "FunctionMemory", "WebAdapterLayerAccount", "WebAdapterLayerVersion"];

        foreach (var stack in ResourceNames.Stacks)
        {
            var names = passed.Where(value => value.IsFor(stack) && !value.IsTag).Select(value => value.Name).ToList();
            Assert.Equal(
                Template.Load(stack).Parameters.Select(parameter => parameter.Key).Except(defaults).Order(StringComparer.Ordinal),
                names.Order(StringComparer.Ordinal));
        }

        Assert.All(passed.Where(value => value.IsVariable), value => Assert.NotEqual("", value.Description));
    }

    private static Deployment Create(string environment, params string[] args) => PipelineApplication.Add(
        DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--operation", "publish", "--step", "deploy", "--environment", environment, .. args],
            ProjectDirectory = Path.Combine(RepositoryFiles.Root, "Oith.AppHost"),
        }),
        environment);
}
