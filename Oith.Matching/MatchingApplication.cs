using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
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
using Scalar.AspNetCore;

namespace Oith.Matching;

/// <summary>Builds the matching service: the one place that its own program, the AppHost and the tests start it from.</summary>
public static class MatchingApplication
{
    /// <summary>The longest body of a request to the API, in bytes.</summary>
    public const int LongestBody = 64 * 1024;

    /// <summary>A configured web application, not yet started. Settings: <see cref="MatchingOptions"/>; addresses as ASP.NET Core has them (urls).</summary>
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
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseHostNames();
        app.UseRateLimiter();
        if (app.Services.GetRequiredService<Acting>().IsAuthenticationOn)
        {
            app.UseAuthentication();
            app.UseAuthorization();
        }

        app.MapDefaultEndpoints();
        app.MapMatching();
        return app;
    }

    private static void AddMatching(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MatchingOptions>().Bind(configuration).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MatchingOptions>, MatchingOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<MatchingMetrics>();
        services.AddStorage(configuration);

        services.AddSingleton<ProfileStore>();
        services.AddSingleton<MatchStore>();
        services.AddSingleton<HistoryStore>();
        services.AddSingleton<BlockStore>();
        services.AddSingleton<MatchRequestStore>();
        services.AddSingleton<MatchRequestCache>();
        services.AddSingleton<MatchRequestReader>();
        services.AddSingleton<DeckStore>();
        services.AddSingleton<ExclusionReader>();
        services.AddSingleton<ExclusionCache>();

        services.AddSingleton<PackedCandidateIndex>();
        services.AddSingleton<ICandidateIndex>(provider => provider.GetRequiredService<PackedCandidateIndex>());
        services.AddSingleton<IndexState>();
        services.AddSingleton<ChangeFeed>();
        services.AddSingleton<CellCensus>();
        services.AddSingleton<CellStore>();
        services.AddSingleton<CellWriter>();
        services.AddSingleton<CellLoader>();
        services.AddSingleton<CandidateSearcher>();
        services.AddHostedService<IndexFeeder>();
        services.AddHostedService<CellKeeper>();

        services.AddSingleton<Matchmaking>();
        services.AddSingleton<MatchDecisions>();
        services.AddSingleton<DecisionAnswer>();
        services.AddSingleton<HandCache>();
        services.AddSingleton<SeekerReader>();
        services.AddSingleton<NextMatch>();
        services.AddSingleton<NotificationSender>();
        services.AddSingleton<MatchRequestQueue>();
        services.AddSingleton<ProfileEraser>();
        services.AddHostedService<ErasureResumption>();

        services.AddSingleton<MatchTasks>();
        services.AddSingleton<PrecomputeTasks>();
        services.AddSingleton<EventGuard>();
        services.AddSingleton<EventEndpoint>();
        services.AddHttp(configuration);
    }

    private static void AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddKeyedSingleton(DynamoDBStore.Circuit, (provider, _) => Circuit(provider, DynamoDBStore.Circuit, DynamoDBStore.IsOutage));
        services.AddKeyedSingleton(RedisStore.Circuit, (provider, _) => Circuit(provider, RedisStore.Circuit, RedisStore.IsOutage));
        services.AddSingleton<AwsHttpClientFactory>();
        services.AddSingleton(provider => AwsClients.DynamoDB(
            provider.GetRequiredService<IOptions<MatchingOptions>>().Value,
            configuration,
            provider.GetRequiredService<AwsHttpClientFactory>(),
            provider.GetRequiredService<ILogger<DynamoDBStore>>()));
        services.AddSingleton(provider => AwsClients.SQS(
            provider.GetRequiredService<IOptions<MatchingOptions>>().Value, configuration, provider.GetRequiredService<AwsHttpClientFactory>()));
        services.AddSingleton<DynamoDBStore>();
        services.AddHttpClient<RedisSecret>();
        services.AddSingleton<RedisStore>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisStore>());
    }

    private static DependencyCircuit Circuit(IServiceProvider provider, string dependency, Func<Exception, bool> isFailure) => new(
        dependency,
        isFailure,
        provider.GetRequiredService<MatchingMetrics>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<DependencyCircuit>>());

    private static void AddHttp(this IServiceCollection services, IConfiguration configuration)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, MatchingJson.Default);
            // A misspelled preference must not be silence, nor "30" an age.
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddProblemDetails();
        services.AddExceptionHandler<FailureHandler>();
        services.AddLoadShedding();
        services.AddMatchingAuthentication(configuration);
        services.AddSingleton<MatchRateLimit>();
        services.AddOpenApi();
        services.AddHealthChecks().AddCheck<StoreHealth>("store").AddCheck<RedisHealth>("redis");
    }

    private static void MapMatching(this WebApplication app)
    {
        var api = app.MapGroup("/api")
            .RequireToken(app.Services.GetRequiredService<Acting>().IsAuthenticationOn)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        api.MapMatches();
        api.MapMatchRequests();
        api.MapProfiles();
        api.MapBlocks();
        app.MapPost("/events", app.Services.GetRequiredService<EventEndpoint>().HandleAsync)
            .WithMetadata(new RequestSizeLimitAttribute(EventEndpoint.LongestEvent))
            .ExcludeFromDescription();
        app.MapOpenApi();
        app.MapScalarApiReference();
        app.MapGet("/", () => TypedResults.Redirect("/scalar")).ExcludeFromDescription();
    }
}
