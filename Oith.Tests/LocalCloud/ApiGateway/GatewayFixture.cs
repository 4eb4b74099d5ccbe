using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.LocalCloud.ApiGateway;
using Oith.LocalCloud.CloudWatch.Vending;
using Oith.LocalCloud.Wire;
using Oith.Stack;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.ApiGateway;

/// <summary>
/// A LocalCloud with three HTTP APIs: one before an application that answers what it was asked, one that is impatient with the same
/// application, and one before a port where nothing listens. The application is a neighbour too, as if it ran in LocalCloud's process.
/// </summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private WebApplication? _cloud;
    private WebApplication? _function;

    public IServiceProvider Services => _cloud!.Services;

    public IAwsApi Api => Services.GetRequiredService<IAwsApi>();

    /// <summary>LocalCloud's own address.</summary>
    public Uri Endpoint => LocalCloudFixture.EndpointOf(_cloud!);

    /// <summary>The application's own address.</summary>
    public Uri Function => LocalCloudFixture.EndpointOf(_function!);

    /// <summary>Adds no header, follows nothing and decompresses nothing.</summary>
    public HttpMessageInvoker Client { get; } = new(new SocketsHttpHandler
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
        UseCookies = false,
    });

    /// <summary>Where the application's test waits: released by the test.</summary>
    public SemaphoreSlim Gate { get; } = new(0);

    /// <summary>The address of an HTTP API.</summary>
    public Uri AddressOf(string name) => new(Services.GetRequiredService<HttpApiTable>().All.Single(api => api.Name == name).Address!);

    public async ValueTask InitializeAsync()
    {
        _function = await StartFunctionAsync();
        var options = new LocalCloudOptions { Port = 0, RedisPort = 0 };
        options.HttpApis["echo"] = new HttpApiOptions { Url = Function };
        options.HttpApis["impatient"] = new HttpApiOptions { Url = Function, TimeoutMilliseconds = 200 };
        options.HttpApis["gone"] = new HttpApiOptions { Url = new Uri($"http://127.0.0.1:{LocalPort.FindFree()}") };
        _cloud = LocalCloudApplication.Build(options, configure: builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Trace);
            builder.Logging.ClearProviders();
            builder.Logging.AddFakeLogging();
        });
        Services.GetRequiredService<NeighbourMeters>().Add(_function.Services.GetRequiredService<IMeterFactory>());
        await _cloud.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in new[] { _cloud, _function })
        {
            if (app is not null)
            {
                await app.StopAsync(CancellationToken.None);
                await app.DisposeAsync();
            }
        }

        Client.Dispose();
        Gate.Dispose();
    }

    private async Task<WebApplication> StartFunctionAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/health", () => "the function's");
        app.MapGet("/api/items/{id}", (string id) => id);
        app.MapGet("/api/status/{status:int}", (int status, HttpContext context) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            context.Response.Headers.Append("Set-Cookie", "one=1");
            context.Response.Headers.Append("Set-Cookie", "two=2");
            return context.Response.WriteAsync(status == 304 ? "" : $"status {status}");
        });
        app.MapGet("/api/silence", context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        app.MapGet("/api/compressed", context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return context.Response.Body.WriteAsync(new byte[] { 0x1f, 0x8b, 1, 2, 3 }).AsTask();
        });
        app.MapGet("/api/pieces", async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Gate.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(" second");
        });
        app.MapFallback("/{**path}", EchoAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var hash = await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted);
        context.Response.Headers["X-Method"] = context.Request.Method;
        await context.Response.WriteAsJsonAsync(new Echo(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Convert.ToHexString(hash)));
    }
}

/// <summary>What the application was asked.</summary>
public sealed record Echo(string Method, string Target, Dictionary<string, string> Headers, string BodyHash);
