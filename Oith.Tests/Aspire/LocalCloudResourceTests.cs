#pragma warning disable ASPIREPROJECTS001
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.LocalCloud;

namespace Oith.Tests.Aspire;

/// <summary>LocalCloud in an app model, without anything started.</summary>
public sealed class LocalCloudResourceTests
{
    private readonly IDistributedApplicationBuilder _builder = Create();

    [Theory]
    [InlineData(4567, 6380, 4567, 6380)]
    [InlineData(0, 0, null, null)]
    [InlineData(null, null, null, null)]
    public void Ports_Are_Not_Behind_A_Proxy_And_Zero_Takes_Any(int? port, int? redisPort, int? expected, int? expectedRedis)
    {
        var localCloud = _builder.AddLocalCloud<LocalCloudProject>("localcloud", port, redisPort).Resource;

        AssertPorts(localCloud, expected, expectedRedis);
    }

    [Fact]
    public void Isolated_Run_Takes_Any_Port()
    {
        var localCloud = Create("--DcpPublisher:RandomizePorts=true").AddLocalCloud<LocalCloudProject>("localcloud").Resource;

        AssertPorts(localCloud, null, null);
    }

    [Fact]
    public async Task Settings_Become_Environment_Variables_Of_The_Process()
    {
        var service = _builder.AddExecutable("service", "service", ".").WithHttpEndpoint(port: 5081, name: "http");
        var localCloud = _builder.AddLocalCloud<LocalCloudProject>("localcloud", region: "eu-central-1")
            .WithDataDirectory("data")
            .WithCloudWatchClock(60.5)
            .WithFunction("order-tasks", service.GetEndpoint("http"));

        var variables = new Dictionary<string, object>();
        var context = new EnvironmentCallbackContext(
            new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run), localCloud.Resource, variables, TestContext.Current.CancellationToken);
        foreach (var annotation in localCloud.Resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        Assert.Equal("eu-central-1", variables[LocalCloudVariables.Region]);
        Assert.Equal(Path.Combine(_builder.AppHostDirectory, "data"), variables[LocalCloudVariables.DataDirectory]);
        Assert.Equal("60.5", variables[LocalCloudVariables.CloudWatchClockFactor]);
        var function = Assert.IsType<ReferenceExpression>(variables[LocalCloudVariables.Function("order-tasks")]);
        Assert.Equal("{service.bindings.http.url}/events", function.ValueExpression);
    }

    [Fact]
    public void Connection_Strings_And_Console_Links_Follow_The_Endpoints()
    {
        var localCloud = _builder.AddLocalCloud<LocalCloudProject>("localcloud", 0, 0);
        var redis = localCloud.AddRedis("redis");

        Assert.Equal("{localcloud.bindings.http.url}", localCloud.Resource.ConnectionStringExpression.ValueExpression);
        Assert.Equal("{localcloud.bindings.redis.host}:{localcloud.bindings.redis.port}", redis.Resource.ConnectionStringExpression.ValueExpression);
        Assert.Equal("{localcloud.bindings.http.url}/_console/#/stacks/a%20b", localCloud.Resource.GetStackConsoleUrl("a b")!.ValueExpression);
        Assert.Same(localCloud.Resource, redis.Resource.Parent);
    }

    [Fact]
    public void Built_Assembly_Is_Started_From_The_Projects_Own_Output()
    {
        var root = Directory.CreateTempSubdirectory("built");
        try
        {
            var project = Path.Combine(root.FullName, "shop", "Shop.csproj");
            var host = Path.Combine(root.FullName, "host", "bin", "Debug", "net10.0") + Path.DirectorySeparatorChar;
            var output = Path.Combine(root.FullName, "shop", "bin", "Debug", "net10.0");
            Directory.CreateDirectory(output);
            File.WriteAllText(project, "<Project><PropertyGroup><AssemblyName>Shop.Web</AssemblyName></PropertyGroup></Project>");
            Assert.Null(BuiltAssemblyBuilderExtensions.FindAssembly(project, host));

            File.WriteAllText(Path.Combine(output, "Shop.Web.dll"), "");
            Assert.Null(BuiltAssemblyBuilderExtensions.FindAssembly(project, host));
            File.WriteAllText(Path.Combine(output, "Shop.Web.runtimeconfig.json"), "{}");

            Assert.Equal(Path.Combine(output, "Shop.Web.dll"), BuiltAssemblyBuilderExtensions.FindAssembly(project, host));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public void Fault_Without_An_Effect_Is_Refused()
    {
        var localCloud = _builder.AddLocalCloud<LocalCloudProject>("localcloud");

        Assert.Throws<ArgumentException>(() => localCloud.WithFault(new LocalCloudFault("nothing", "sqs")));
        Assert.Equal(
            """{"Name":"slow","Service":"sqs","Operation":"SendMessage","LatencyMilliseconds":50,"Probability":0.5,"DurationSeconds":60}""",
            LocalCloudFaultClient.ToJson(new LocalCloudFault("slow", "sqs")
            {
                Operation = "SendMessage",
                Latency = TimeSpan.FromMilliseconds(50),
                Probability = 0.5,
                Duration = TimeSpan.FromMinutes(1),
            }).ToJsonString());
    }

    private static void AssertPorts(LocalCloudResource localCloud, int? port, int? redisPort)
    {
        var endpoints = localCloud.Annotations.OfType<EndpointAnnotation>().ToDictionary(endpoint => endpoint.Name);
        Assert.Equal((port, port, false), (endpoints["http"].Port, endpoints["http"].TargetPort, endpoints["http"].IsProxied));
        Assert.Equal((redisPort, redisPort, false), (endpoints["redis"].Port, endpoints["redis"].TargetPort, endpoints["redis"].IsProxied));
    }

    private static IDistributedApplicationBuilder Create(params string[] args) =>
        DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true, Args = args });
}
