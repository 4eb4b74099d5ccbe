using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Oith.Tests.Fixtures;

/// <summary>A local process that plays a Lambda function: an HTTP server on a free port whose answer the test gives.</summary>
public sealed class FunctionHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FunctionHost(WebApplication app) => _app = app;

    /// <summary>What LocalCloudOptions.Functions takes.</summary>
    public Uri Events => new(LocalCloudFixture.EndpointOf(_app), "/events");

    public static async Task<FunctionHost> StartAsync(Func<HttpContext, Task> handle)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/events", new RequestDelegate(handle));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new FunctionHost(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
