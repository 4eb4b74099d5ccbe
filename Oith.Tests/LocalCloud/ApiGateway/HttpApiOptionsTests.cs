using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Oith.LocalCloud;
using Oith.LocalCloud.ApiGateway;
using Oith.Stack;
using Oith.Tests.Stack.SeparateProcesses;

namespace Oith.Tests.LocalCloud.ApiGateway;

public sealed class HttpApiOptionsTests
{
    [Theory]
    [InlineData("api", 0, null, 30_000, "LocalCloud:HttpApis:api:Url must be the absolute URL of the function's process, for example http://localhost:31234, and is missing.")]
    [InlineData("api", 0, "localhost:31234", 30_000, "LocalCloud:HttpApis:api:Url must be the absolute URL of the function's process, for example http://localhost:31234, not 'localhost:31234'.")]
    [InlineData("api", 0, "/relative", 30_000, "not '/relative'")]
    [InlineData("api", 0, "http://localhost:1/?a=1", 30_000, "not 'http://localhost:1/?a=1'")]
    [InlineData("api", 70_000, "http://localhost:1", 30_000, "LocalCloud:HttpApis:api:Port must be a port from 0 (any free one) to 65535, not 70000.")]
    [InlineData("api", -1, "http://localhost:1", 30_000, "not -1")]
    [InlineData("api", 0, "http://localhost:1", 30_001, "LocalCloud:HttpApis:api:TimeoutMilliseconds must be 50 to 30000, not 30001.")]
    [InlineData("a b", 0, "http://localhost:1", 30_000, "LocalCloud:HttpApis:a b: the name must be 1 to 64")]
    [InlineData("dynamodb", 0, "http://localhost:1", 30_000, "LocalCloud:HttpApis:dynamodb: faults strike another service by that name.")]
    [InlineData("redis", 0, "http://localhost:1", 30_000, "LocalCloud:HttpApis:redis: faults strike another service by that name.")]
    public void Wrong_Value_Is_Refused_At_Start_By_Its_Name(string name, int port, string? url, int timeout, string message)
    {
        var options = new LocalCloudOptions { Port = 0, RedisPort = 0 };
        options.HttpApis[name] = new HttpApiOptions { Port = port, Url = url is null ? null : new Uri(url, UriKind.RelativeOrAbsolute), TimeoutMilliseconds = timeout };

        var error = Assert.Throws<OptionsValidationException>(() => LocalCloudApplication.Build(options));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_Http_Apis_On_One_Port_Are_Refused()
    {
        var options = new LocalCloudOptions { Port = 0, RedisPort = 0 };
        options.HttpApis["one"] = options.HttpApis["two"] = new HttpApiOptions { Port = 40_404, Url = new Uri("http://localhost:1") };

        var error = Assert.Throws<OptionsValidationException>(() => LocalCloudApplication.Build(options));

        Assert.Equal("LocalCloud:HttpApis: two and one have the same Port 40404.", error.Message);
    }

    [Fact]
    public void Taken_Port_Names_The_Option()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var options = new LocalCloudOptions { Port = 0, RedisPort = 0 };
        options.HttpApis["api"] = new HttpApiOptions { Port = ((IPEndPoint)taken.LocalEndpoint).Port, Url = new Uri("http://localhost:1") };

        var error = Assert.Throws<PortInUseException>(() => LocalCloudApplication.Build(options));

        Assert.Equal("HttpApis:api:Port", error.Option);
        Assert.Equal(options.HttpApis["api"].Port, error.Port);
    }

    [Theory]
    [InlineData("taken", "http://localhost:1", "The HTTP API api cannot listen on port {0}: another process uses it. Set LocalCloud:HttpApis:api:Port to a free port.")]
    [InlineData("many", "http://localhost:1", "'many' at 'LocalCloud:HttpApis:api:Port'")]
    [InlineData("0", "localhost:1", "not 'localhost:1'")]
    public async Task Program_Ends_With_One_Line(string port, string url, string line)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var takenPort = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await using var program = ServiceProcess.Start("Oith.LocalCloud", new Dictionary<string, string>
        {
            [LocalCloudEnvironment.Port] = "0",
            [LocalCloudEnvironment.RedisPort] = "0",
            [LocalCloudEnvironment.HttpApiPort("api")] = port == "taken" ? takenPort : port,
            [LocalCloudEnvironment.HttpApiUrl("api")] = url,
        });

        Assert.Equal(1, await program.WaitForExitAsync());
        var only = Assert.Single(program.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(line.Replace("{0}", takenPort, StringComparison.Ordinal), only, StringComparison.Ordinal);
    }
}
