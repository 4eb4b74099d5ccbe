namespace Oith.LocalCloud.Console;

internal static class ConsoleRegistration
{
    public static IServiceCollection AddConsole(this IServiceCollection services)
    {
        services.AddSingleton<BrowserGuard>();
        services.AddSingleton<ConsoleAssets>();
        services.AddSingleton<ConsoleEndpoint>();
        return services;
    }

    /// <summary>Refuses what another page of the browser sends, to whichever service.</summary>
    public static void UseBrowserGuard(this WebApplication app)
    {
        var guard = app.Services.GetRequiredService<BrowserGuard>();
        app.Use(next => context => guard.HandleAsync(context, next));
    }

    public static void MapConsole(this WebApplication app) => app.Services.GetRequiredService<ConsoleEndpoint>().MapRoutes(app);
}
