using Microsoft.Extensions.DependencyInjection.Extensions;
using Oith.Matching.Api;
using Oith.Matching.Blocks;
using Oith.Matching.Candidates;
using Oith.Matching.Changes;
using Oith.Matching.Decks;
using Oith.Matching.Engine;
using Oith.Matching.Erasure;
using Oith.Matching.Exclusions;
using Oith.Matching.Matches;
using Oith.Matching.Notifications;
using Oith.Matching.Redis;
using Oith.Matching.Requests;
using Oith.Matching.Settings;
using Oith.Matching.Storage;
using Oith.Matching.Telemetry;
using Oith.Matching.Workflow;
using Oith.ServiceDefaults;

namespace Oith.Matching;

/// <summary>Builds the matching service: its own program, the AppHost and the tests all start it from here.</summary>
public static class MatchingApplication
{
    /// <summary>The longest body of a request to the API, in bytes.</summary>
    public const int LongestBody = 64 * 1024;

    /// <summary>
    /// Returns a configured web application, not yet started. Settings: <see cref="MatchingOptions"/>; addresses as in ASP.NET Core (urls).
    /// </summary>
    /// <param name="args">Command-line arguments, read as configuration.</param>
    /// <param name="configure">Changes configuration or services before the application is built: a host's settings, a test's clock.</param>
    public static WebApplication Build(string[]? args = null, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args ?? [],
            ApplicationName = typeof(MatchingApplication).Assembly.GetName().Name,
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestBody;
        });
        configure?.Invoke(builder);
        builder.AddServiceDefaults();
        builder.Services.AddMatching(builder.Configuration);

        var app = builder.Build();
        app.UseApi();
        app.MapDefaultEndpoints();
        app.MapApi();
        app.MapEvents();
        return app;
    }

    private static void AddMatching(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<MatchingMetrics>();
        services
            .AddSettings(configuration)
            .AddStorage(configuration)
            .AddRedis()
            .AddChanges()
            .AddEngine()
            .AddCandidates()
            .AddDecks()
            .AddExclusions()
            .AddBlocks()
            .AddMatchRequests()
            .AddNotifications()
            .AddMatches()
            .AddErasure()
            .AddWorkflow()
            .AddApi(configuration);
    }
}
