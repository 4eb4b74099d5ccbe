using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Regions;

/// <summary>The services of one account in one region, with their stores, timers and routes.</summary>
internal sealed class RegionalCloud : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly RequestDelegate _pipeline;

    private RegionalCloud(ServiceProvider services, RequestDelegate pipeline) => (_services, _pipeline) = (services, pipeline);

    public IAwsApi Api => _services.GetRequiredService<IAwsApi>();

    /// <summary>Builds the services and starts what they do by themselves: schedules, pipes, alarms.</summary>
    public static async Task<RegionalCloud> StartAsync(IServiceCollection services, CancellationToken cancellationToken)
    {
        var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
        try
        {
            var app = new ApplicationBuilder(provider);
            app.UseQueryActions();
            app.UseRouting();
            app.UseEndpoints(routes => routes.MapServices(provider));
            var cloud = new RegionalCloud(provider, app.Build());
            foreach (var hosted in provider.GetServices<IHostedService>())
            {
                await hosted.StartAsync(cancellationToken);
            }

            return cloud;
        }
        catch
        {
            await provider.DisposeAsync();
            throw;
        }
    }

    public async Task HandleAsync(HttpContext context)
    {
        var outer = context.RequestServices;
        // The route that the default's routing found leads to the default's services.
        context.SetEndpoint(null);
        context.Request.RouteValues = [];
        context.RequestServices = _services;
        try
        {
            await _pipeline(context);
        }
        finally
        {
            context.RequestServices = outer;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hosted in _services.GetServices<IHostedService>().Reverse())
        {
            await hosted.StopAsync(CancellationToken.None);
        }

        await _services.DisposeAsync();
    }
}
