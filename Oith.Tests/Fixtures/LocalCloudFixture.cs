using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.Fixtures;

/// <summary>A LocalCloud of its own for one test class, on a free port; stopped at the end.</summary>
public sealed class LocalCloudFixture : IAsyncLifetime
{
    private WebApplication? _app;

    /// <summary>The endpoint that clients are pointed at: <c>http://127.0.0.1:41233</c>.</summary>
    public Uri Endpoint { get; private set; } = null!;

    public IServiceProvider Services => _app!.Services;

    public IAwsApi Api => Services.GetRequiredService<IAwsApi>();

    public async ValueTask InitializeAsync()
    {
        _app = await StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 });
        Endpoint = EndpointOf(_app);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }
    }

    /// <summary>A started LocalCloud for a test that needs its own options or clock; the caller stops and disposes it.</summary>
    public static async Task<WebApplication> StartAsync(LocalCloudOptions options, TimeProvider? time = null)
    {
        var app = LocalCloudApplication.Build(options, configure: builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            if (time is not null)
            {
                builder.Services.Replace(ServiceDescriptor.Singleton(time));
            }
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    public static Uri EndpointOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
