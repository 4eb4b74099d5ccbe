using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud;
using Oith.LocalCloud.Redis;
using Oith.Tests.Fixtures;
using StackExchange.Redis;

namespace Oith.Tests.LocalCloud.Redis;

public sealed class RedisServerTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    [Fact]
    public async Task RedisServer_Keeps_A_Key_And_Is_Empty_After_A_Restart()
    {
        var token = TestContext.Current.CancellationToken;
        var server = cloud.Services.GetRequiredService<RedisServer>();
        await using (var redis = await ConnectionMultiplexer.ConnectAsync($"{server.Host}:{server.Port}"))
        {
            await redis.GetDatabase().StringSetAsync("key", "value");
            Assert.Equal("value", await redis.GetDatabase().StringGetAsync("key"));
        }

        await server.StopAsync(token);
        Assert.False(server.IsRunning);
        await server.StartAsync(token);

        await using var again = await ConnectionMultiplexer.ConnectAsync($"{server.Host}:{server.Port}");
        Assert.True((await again.GetDatabase().StringGetAsync("key")).IsNull);
    }

    [Fact]
    public async Task RedisServer_Names_The_Option_When_Its_Port_Is_In_Use()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var error = await Assert.ThrowsAsync<PortInUseException>(
            () => LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = port }));

        Assert.Equal(port, error.Port);
        Assert.Equal(nameof(LocalCloudOptions.RedisPort), error.Option);
    }
}
