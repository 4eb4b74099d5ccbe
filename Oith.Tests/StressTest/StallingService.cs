using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Oith.Tests.Fixtures;

namespace Oith.Tests.StressTest;

/// <summary>Answers everything with an empty hand, as soon as the test lets it.</summary>
internal sealed class StallingService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StallingService(WebApplication app) => _app = app;

    public Uri Address => LocalCloudFixture.EndpointOf(_app);

    public static async Task<StallingService> StartAsync(Func<Task> before)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async _ => await before());
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new StallingService(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
