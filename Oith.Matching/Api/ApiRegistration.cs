using System.Text.Json.Serialization;
using Scalar.AspNetCore;

namespace Oith.Matching.Api;

internal static class ApiRegistration
{
    /// <summary>Registers what every route shares: JSON, problem details, authentication, load shedding and health checks.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, MatchingJson.Default);
            // A misspelled preference is an error and not ignored, and "30" is no age.
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddProblemDetails();
        services.AddExceptionHandler<FailureHandler>();
        services.AddLoadShedding();
        services.AddMatchingAuthentication(configuration);
        services.AddSingleton<DecisionAnswer>();
        services.AddOpenApi();
        services.AddHealthChecks().AddCheck<StoreHealth>("store").AddCheck<RedisHealth>("redis");
        return services;
    }

    /// <summary>Adds the middleware, in the order in which a request passes it.</summary>
    public static void UseApi(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseHostNames();
        app.UseRateLimiter();
        if (app.Services.GetRequiredService<Acting>().IsAuthenticationOn)
        {
            app.UseAuthentication();
            app.UseAuthorization();
        }
    }

    /// <summary>Maps the routes under /api, their description and its page.</summary>
    public static void MapApi(this WebApplication app)
    {
        var api = app.MapGroup("/api")
            .RequireToken(app.Services.GetRequiredService<Acting>().IsAuthenticationOn)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        api.MapMatches();
        api.MapMatchRequests();
        api.MapProfiles();
        api.MapBlocks();
        app.MapOpenApi();
        app.MapScalarApiReference();
        app.MapGet("/", () => TypedResults.Redirect("/scalar")).ExcludeFromDescription();
    }
}
