using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Oith.ServiceDefaults;
using Oith.Stack;
using OpenTelemetry.Metrics;

namespace Oith.Tests.ServiceDefaults;

public sealed class ExtensionsTests
{
    [Fact]
    public async Task Telemetry_Goes_To_The_Endpoint_That_The_Variable_Names()
    {
        var token = TestContext.Current.CancellationToken;
        var received = Channel.CreateUnbounded<string>();
        await using var collector = Create(LocalPort.FindFree(), out var address);
        collector.MapPost("/v1/{signal}", (string signal) => received.Writer.TryWrite(signal));
        await collector.StartAsync(token);
        await using var app = Build(LocalPort.FindFree(), out _, new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = address.AbsoluteUri,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        });

        Assert.True(app.Services.GetRequiredService<MeterProvider>().ForceFlush());

        Assert.Equal("metrics", await received.Reader.ReadAsync(token));
    }

    [Fact]
    public async Task A_Client_Finds_A_Service_By_Its_Name()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = Create(LocalPort.FindFree(), out var address);
        service.MapGet("/", () => "found");
        await service.StartAsync(token);
        await using var app = Build(0, out _, new() { ["services:matching:http:0"] = address.AbsoluteUri });
        using var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();

        Assert.Equal("found", await client.GetStringAsync(new Uri("http://matching/"), token));
    }

    [Fact]
    public async Task Alive_Asks_For_Less_Than_Health()
    {
        var token = TestContext.Current.CancellationToken;
        await using var app = Build(LocalPort.FindFree(), out var address, [], services =>
            services.AddHealthChecks().AddCheck("dependency", () => HealthCheckResult.Unhealthy("It is gone.")));
        app.MapDefaultEndpoints();
        await app.StartAsync(token);
        using var client = new HttpClient { BaseAddress = address };

        using var health = await client.GetAsync(Extensions.HealthPath, token);
        using var alive = await client.GetAsync(Extensions.AlivePath, token);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (health.StatusCode, alive.StatusCode));
    }

    [Fact]
    public async Task A_Stop_During_The_Start_Is_No_Failure()
    {
        var starting = new EndlessStart();
        await using var app = Build(0, out _, [], services => services.AddSingleton<IHostedService>(starting));
        var running = app.RunUntilStoppedAsync();
        await starting.Begun.WaitAsync(TestContext.Current.CancellationToken);

        app.Lifetime.StopApplication();

        await running.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_Start_That_Is_Cancelled_By_Nobody_Who_Stops_It_Fails()
    {
        await using var app = Build(0, out _, [], services => services.AddSingleton<IHostedService>(new CancelledStart()));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => app.RunUntilStoppedAsync());
    }

    private static WebApplication Create(int port, out Uri address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        address = new Uri($"http://127.0.0.1:{port}");
        return builder.Build();
    }

    private static WebApplication Build(int port, out Uri address, Dictionary<string, string?> settings, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddServiceDefaults();
        configure?.Invoke(builder.Services);
        address = new Uri($"http://127.0.0.1:{port}");
        return builder.Build();
    }

    /// <summary>Waits at its start until somebody cancels that.</summary>
    private sealed class EndlessStart : IHostedService
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _begun.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class CancelledStart : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.FromCanceled(new CancellationToken(canceled: true));

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
