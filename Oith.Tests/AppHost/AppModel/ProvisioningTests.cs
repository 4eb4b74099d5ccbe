using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Oith.AppHost;
using Oith.AppHost.AppModel;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.AppHost.AppModel;

/// <summary>What happens between start and the service: the stacks are provisioned by Aspire.Hosting.AWS, here into a LocalCloud of the test.</summary>
public sealed class ProvisioningTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>
{
    [Fact]
    public async Task The_Service_Gets_The_Outputs_Of_The_Stacks_That_Were_Provisioned()
    {
        var token = TestContext.Current.CancellationToken;
        await using var model = await AppModel.RunAsync($"--Oith:Port={fixture.Endpoint.Port.ToString(CultureInfo.InvariantCulture)}", "--Oith:Users=10");
        await StartAsync(model);

        await model.Notifications.WaitForResourceAsync(AppModel.Stack(ResourceNames.StepFunctionsStack), KnownResourceStates.Running, token);
        await model.Notifications.WaitForResourceAsync(ResourceNames.Population, KnownResourceStates.Finished, token);

        var environment = await model.EnvironmentOfAsync(ResourceNames.Matching);
        var expected = MatchingEnvironment.WithEmulator(ResourceNames.Development, $"http://localhost:{fixture.Endpoint.Port}", "us-east-1");
        Assert.All(expected, setting => Assert.Equal(setting.Value, environment[setting.Key]));
        Assert.All(MatchingEnvironment.FromStacks, output => Assert.False(string.IsNullOrEmpty((string)environment[output.Variable]), output.Variable));
        Assert.Equal("oith-development-users", environment["USERS_TABLE"]);
        var people = await fixture.Api.InvokeAsync("dynamodb", "Scan", new() { ["TableName"] = "oith-development-users", ["Select"] = "COUNT" }, token);
        Assert.Equal(10, people["Count"]!.GetValue<int>());
    }

    // What the orchestrator does, without an orchestrator: LocalCloud runs already, and nobody is there to tell that a resource is healthy. The stacks are
    // provisioned in their order in any case; what they wait for beside that are the steps.
    private static async Task StartAsync(AppModel model)
    {
        var token = TestContext.Current.CancellationToken;
        foreach (var resource in model.Resources)
        {
            foreach (var wait in resource.Annotations.OfType<WaitAnnotation>().Where(wait => wait.WaitType == WaitType.WaitUntilHealthy).ToList())
            {
                resource.Annotations.Remove(wait);
            }
        }

        await model.Eventing.PublishAsync(
            new BeforeStartEvent(model.Services, model.Services.GetRequiredService<DistributedApplicationModel>()), token);
        await model.Notifications.WaitForResourceAsync(AppModel.Stack(ResourceNames.DataStack), KnownResourceStates.Running, token);
        foreach (var step in model.Resources.Where(resource => resource is StepResource))
        {
            await model.Eventing.PublishAsync(
                new InitializeResourceEvent(
                    step, model.Eventing, model.Services.GetRequiredService<ResourceLoggerService>(), model.Notifications, model.Services),
                EventDispatchBehavior.NonBlockingConcurrent,
                token);
        }
    }
}
