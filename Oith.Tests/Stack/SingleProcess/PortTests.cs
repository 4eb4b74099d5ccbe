using System.Net;
using System.Net.Sockets;
using Oith.LocalCloud;
using Oith.Stack.SingleProcess;

namespace Oith.Tests.Stack.SingleProcess;

public sealed class PortTests
{
    [Theory]
    [InlineData(nameof(LocalCloudOptions.Port))]
    [InlineData(nameof(LocalCloudOptions.RedisPort))]
    public async Task Stack_Names_The_Option_When_A_Port_Is_In_Use(string option)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var options = new OithStackOptions
        {
            Users = 0,
            ServicePort = 0,
            LocalCloud = new LocalCloudOptions
            {
                Port = option == nameof(LocalCloudOptions.Port) ? port : 0,
                RedisPort = option == nameof(LocalCloudOptions.RedisPort) ? port : 0,
            },
        };

        var error = await Assert.ThrowsAsync<PortInUseException>(
            () => OithStack.StartAsync(options, progress: null, TestContext.Current.CancellationToken));

        Assert.Equal(port, error.Port);
        Assert.Equal(option, error.Option);
    }
}
