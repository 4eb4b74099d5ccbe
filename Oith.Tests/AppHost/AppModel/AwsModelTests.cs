using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.AWS.CloudFormation;
using Oith.AppHost;
using Oith.AppHost.AppModel;

namespace Oith.Tests.AppHost.AppModel;

public sealed class AwsModelTests
{
    private static readonly string[] s_network = ["--Parameters:VpcId=vpc-1", "--Parameters:PrivateSubnetIds=subnet-1,subnet-2"];

    [Theory]
    [InlineData("staging")]
    [InlineData("production")]
    public async Task A_Cloud_Environment_Provisions_Its_Own_Stacks_With_The_Configured_Account(string environment)
    {
        await using var model = await AppModel.RunAsync(["--environment", environment, "--AWS:Profile=oith", "--AWS:Region=eu-west-1", .. s_network]);

        var stacks = model.Resources.OfType<ICloudFormationTemplateResource>().ToList();
        Assert.Equal(ResourceNames.Stacks.Select(stack => ResourceNames.Stack(environment, stack)), stacks.Select(stack => stack.StackName));
        Assert.All(stacks, stack =>
        {
            Assert.Null(stack.CloudFormationClient);
            Assert.Equal(("oith", "eu-west-1"), (stack.AWSSDKConfig!.Profile, stack.AWSSDKConfig.Region!.SystemName));
            Assert.True(File.Exists(stack.TemplatePath), stack.TemplatePath);
        });
        Assert.DoesNotContain(model.Resources, resource => resource is LocalCloudResource or ContainerResource);
    }

    [Fact]
    public async Task The_Service_Is_Packed_Before_The_Artifacts_Are_Uploaded()
    {
        await using var model = await AppModel.RunAsync(["--environment", "staging", .. s_network]);

        Assert.Contains((ResourceNames.PublishService, WaitType.WaitForCompletion), model.WaitsOf(ResourceNames.PackService));
        Assert.Contains((ResourceNames.PackService, WaitType.WaitForCompletion), model.WaitsOf(ResourceNames.Artifacts));
        Assert.Contains((ResourceNames.Artifacts, WaitType.WaitForCompletion), model.WaitsOf("oith-staging-matching"));
    }

    [Fact]
    public async Task A_Cloud_Environment_Asks_For_Its_Network_When_None_Is_Configured()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => AppModel.RunAsync("--environment", "staging"));

        Assert.Contains("Parameters:VpcId", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_Unknown_Environment_Is_Named_With_Those_That_There_Are()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => AppModel.RunAsync("--environment", "qa"));

        Assert.Contains("There is no environment qa", error.ToString(), StringComparison.Ordinal);
    }
}
