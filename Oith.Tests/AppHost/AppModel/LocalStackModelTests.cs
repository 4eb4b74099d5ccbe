using System.IO.Compression;
using System.Text;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Oith.AppHost;
using Oith.AppHost.AppModel;

namespace Oith.Tests.AppHost.AppModel;

public sealed class LocalStackModelTests
{
    private const string Emulator = "--Oith:Emulator=LocalStack";

    [Fact]
    public async Task LocalStack_And_Redis_Are_Containers_And_LocalCloud_Is_Not_There()
    {
        await using var model = await AppModel.RunAsync(Emulator);

        Assert.DoesNotContain(model.Resources, resource => resource is LocalCloudResource);
        var image = Assert.Single(model[ResourceNames.LocalStack].Annotations.OfType<ContainerImageAnnotation>());
        Assert.Equal((LocalStackModel.DefaultImage, LocalStackModel.DefaultTag), (image.Image, image.Tag));
        Assert.IsType<RedisResource>(model[ResourceNames.Redis]);
        Assert.Equal(ResourceNames.Stacks.Select(AppModel.Stack), model.Resources.Select(resource => resource.Name).Where(name => name.StartsWith("oith-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Another_Image_Stands_In_When_The_Parameters_Name_It()
    {
        await using var model = await AppModel.RunAsync(Emulator, "--Parameters:localstack-image=floci/floci", "--Parameters:localstack-tag=1.0");

        var image = Assert.Single(model[ResourceNames.LocalStack].Annotations.OfType<ContainerImageAnnotation>());
        Assert.Equal(("floci/floci", "1.0"), (image.Image, image.Tag));
        await StartAsync(model);
    }

    [Fact]
    public async Task LocalStack_Says_What_To_Set_When_The_Token_Is_Missing()
    {
        await using var model = await AppModel.RunAsync(Emulator);

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => StartAsync(model));

        Assert.Contains("Parameters:localstack-auth-token", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_Token_Is_A_Secret_Parameter_That_Reaches_The_Container()
    {
        await using var model = await AppModel.RunAsync(Emulator, "--Parameters:localstack-auth-token=ls-secret");

        var environment = await model.EnvironmentOfAsync(ResourceNames.LocalStack);

        var token = Assert.IsType<ParameterResource>(environment["LOCALSTACK_AUTH_TOKEN"]);
        Assert.True(token.Secret);
        Assert.Equal("ls-secret", await token.GetValueAsync(TestContext.Current.CancellationToken));
        await StartAsync(model);
    }

    [Fact]
    public async Task Nothing_Waits_For_Ever_When_A_Container_Cannot_Run()
    {
        await using var model = await AppModel.RunAsync(Emulator);

        Assert.All(
            ResourceNames.Stacks.Select(AppModel.Stack).Append(ResourceNames.Matching).Append(ResourceNames.FunctionForwarder),
            name => Assert.All(
                model[name].Annotations.OfType<WaitAnnotation>().Where(wait => wait.WaitType == WaitType.WaitUntilHealthy),
                wait => Assert.Equal(WaitBehavior.StopOnResourceUnavailable, wait.WaitBehavior)));
    }

    [Fact]
    public async Task The_Service_Starts_After_The_Function_Forwards_To_It()
    {
        await using var model = await AppModel.RunAsync(Emulator);

        Assert.Contains((ResourceNames.FunctionForwarder, WaitType.WaitForCompletion), model.WaitsOf(ResourceNames.Matching));
        Assert.Contains((AppModel.Stack("matching"), WaitType.WaitUntilHealthy), model.WaitsOf(ResourceNames.FunctionForwarder));
    }

    [Fact]
    public void The_Forwarders_Zip_Has_The_Handler_And_Is_The_Same_Every_Time()
    {
        var zip = FunctionForwarder.Zip();

        Assert.Equal(zip, FunctionForwarder.Zip());
        using var archive = new ZipArchive(new MemoryStream(zip));
        using var source = new StreamReader(Assert.Single(archive.Entries).Open(), Encoding.UTF8);
        Assert.Contains("def handler(event, context):", source.ReadToEnd(), StringComparison.Ordinal);
    }

    private static Task StartAsync(AppModel model) => model.Eventing.PublishAsync(
        new BeforeResourceStartedEvent(model[ResourceNames.LocalStack], model.Services), TestContext.Current.CancellationToken);
}
