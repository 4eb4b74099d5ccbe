using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
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
        await using (var redis = await ConnectionMultiplexer.ConnectAsync(server.Configuration))
        {
            await redis.GetDatabase().StringSetAsync("key", "value");
            Assert.Equal("value", await redis.GetDatabase().StringGetAsync("key"));
        }

        await server.StopAsync(token);
        Assert.False(server.IsRunning);
        await server.StartAsync(token);

        await using var again = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        Assert.True((await again.GetDatabase().StringGetAsync("key")).IsNull);
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost:6379\r\nOrigin: https://evil.example\r\nContent-Type: text/plain\r\n\r\nSET pwned 1\r\n")]
    [InlineData("GET /\r\nSET pwned 1\r\n HTTP/1.1\r\n\r\n")]
    [InlineData("SET pwned 1\r\n")]
    [InlineData("*3\r\n$3\r\nSET\r\n$5\r\npwned\r\n$1\r\n1\r\n")]
    [InlineData("AUTH guess\r\nSET pwned 1\r\n")]
    [InlineData("HELLO 3\r\nSET pwned 1\r\nFLUSHALL\r\n")]
    public async Task RedisServer_Runs_No_Command_Of_A_Client_Without_The_Password(string request)
    {
        var server = cloud.Services.GetRequiredService<RedisServer>();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        await redis.GetDatabase().StringSetAsync("kept", "1");

        await RawHttp.SendAsync(server.Port, request + "QUIT\r\n", closes: true);

        Assert.True((await redis.GetDatabase().StringGetAsync("pwned")).IsNull);
        Assert.Equal("1", await redis.GetDatabase().StringGetAsync("kept"));
    }

    [Fact]
    public async Task RedisServer_Tells_No_Log_Its_Password()
    {
        var log = new FakeLoggerProvider();
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        using var server = new RedisServer(new LocalCloudOptions { RedisPort = 0, RedisPassword = "kept0to0itself" }, loggers);

        await server.StartAsync(TestContext.Current.CancellationToken);

        var lines = log.Collector.GetSnapshot().Select(record => record.Message).ToList();
        Assert.Contains(lines, line => line.StartsWith($"Redis listens on localhost:{server.Port}", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(server.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RedisServer_Has_Another_Password_Each_Time_Unless_One_Is_Given()
    {
        Assert.NotEqual(new LocalCloudOptions().RedisPassword, new LocalCloudOptions().RedisPassword);
        await using var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0, RedisPassword = "known" });
        var server = app.Services.GetRequiredService<RedisServer>();

        await using var redis = await ConnectionMultiplexer.ConnectAsync($"localhost:{server.Port},password=known");
        Assert.True(await redis.GetDatabase().StringSetAsync("key", "value"));
        Assert.Equal($"redis://:known@localhost:{server.Port}", server.Url);

        await app.StopAsync(TestContext.Current.CancellationToken);
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
