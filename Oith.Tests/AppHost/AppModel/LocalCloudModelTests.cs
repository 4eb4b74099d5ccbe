using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.LocalCloud;
using Oith.AppHost;
using Oith.AppHost.AppModel;

namespace Oith.Tests.AppHost.AppModel;

public sealed class LocalCloudModelTests
{
    [Fact]
    public async Task Run_Has_LocalCloud_Redis_Stacks_Steps_And_The_Service()
    {
        await using var model = await AppModel.RunAsync();

        Assert.Equal(
            new[]
            {
                ResourceNames.LocalCloud, ResourceNames.Redis, ResourceNames.Matching, ResourceNames.StressTest, ResourceNames.Network,
                ResourceNames.Artifacts, ResourceNames.Population,
            }.Concat(ResourceNames.Stacks.Select(AppModel.Stack)).Order(),
            model.Resources.Where(resource => !IsRebuilder(resource)).Select(resource => resource.Name).Order());
        Assert.IsType<LocalCloudResource>(model[ResourceNames.LocalCloud]);
        Assert.IsType<ProjectResource>(model[ResourceNames.Matching]);
        Assert.Contains(model[ResourceNames.StressTest].Annotations, annotation => annotation is ExplicitStartupAnnotation);
    }

    [Fact]
    public async Task LocalCloud_Is_Told_Ports_Region_Data_Directory_And_Who_Plays_The_Function()
    {
        var directory = Path.Combine(Path.GetTempPath(), "oith-data");
        await using var model = await AppModel.RunAsync(
            "--Oith:Port=14566", "--Oith:RedisPort=16379", "--Oith:Region=eu-central-1", $"--Oith:DataDirectory={directory}");

        var environment = await model.EnvironmentOfAsync(ResourceNames.LocalCloud);

        Assert.Equal("14566", environment[LocalCloudEnvironment.Port]);
        Assert.Equal("16379", environment[LocalCloudEnvironment.RedisPort]);
        Assert.Equal("eu-central-1", environment[LocalCloudEnvironment.Region]);
        Assert.Equal(directory, environment[LocalCloudEnvironment.DataDirectory]);
        var function = Assert.IsType<ReferenceExpression>(environment[LocalCloudEnvironment.Function("oith-development-matching-service")]);
        Assert.Equal("{matching.bindings.http.url}/events", function.ValueExpression);
    }

    [Fact]
    public async Task LocalCloud_Listens_On_Its_Own_Ports_Without_A_Proxy()
    {
        await using var model = await AppModel.RunAsync();

        var endpoints = model[ResourceNames.LocalCloud].Annotations.OfType<EndpointAnnotation>().ToDictionary(endpoint => endpoint.Name);

        Assert.Equal((4566, false), (endpoints["http"].Port, endpoints["http"].IsProxied));
        Assert.Equal((6379, false), (endpoints["redis"].Port, endpoints["redis"].IsProxied));
    }

    [Fact]
    public async Task Each_Stack_Waits_For_LocalCloud_For_The_Stack_Before_And_For_Its_Step()
    {
        await using var model = await AppModel.RunAsync();

        var running = (ResourceNames.LocalCloud, WaitType.WaitUntilHealthy);
        Assert.Equal([running], model.WaitsOf(AppModel.Stack("data")));
        Assert.Equal(
            [running, (AppModel.Stack("data"), WaitType.WaitUntilHealthy), (ResourceNames.Network, WaitType.WaitForCompletion)],
            model.WaitsOf(AppModel.Stack("infrastructure")));
        Assert.Equal(
            [running, (AppModel.Stack("infrastructure"), WaitType.WaitUntilHealthy), (ResourceNames.Artifacts, WaitType.WaitForCompletion)],
            model.WaitsOf(AppModel.Stack("matching")));
        Assert.Equal([running, (AppModel.Stack("matching"), WaitType.WaitUntilHealthy)], model.WaitsOf(AppModel.Stack("stepfunctions")));
    }

    [Fact]
    public async Task The_Service_Waits_For_The_Last_Stack_Redis_And_The_People()
    {
        await using var model = await AppModel.RunAsync();

        Assert.Equal(
            [
                (AppModel.Stack("stepfunctions"), WaitType.WaitUntilHealthy), (ResourceNames.LocalCloud, WaitType.WaitUntilHealthy),
                (ResourceNames.Redis, WaitType.WaitUntilHealthy), (ResourceNames.Population, WaitType.WaitForCompletion),
            ],
            model.WaitsOf(ResourceNames.Matching));
    }

    [Fact]
    public async Task The_Dashboard_Offers_What_A_Developer_Reaches_For()
    {
        await using var model = await AppModel.RunAsync();

        var commands = new[] { ResourceNames.LocalCloud, ResourceNames.Matching }
            .SelectMany(name => model[name].Annotations.OfType<ResourceCommandAnnotation>())
            .Select(command => command.Name)
            .ToHashSet();

        Assert.Superset(
            new HashSet<string>
            {
                Commands.RunPrecompute, Commands.RedriveDeadLetters, Commands.SeedUsers, Commands.RunStressTest, Commands.OpenConsole,
            },
            commands);
    }

    // Aspire adds a hidden resource to each project, to build it again on demand.
    private static bool IsRebuilder(IResource resource) => resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal);
}
