using Microsoft.AspNetCore.Mvc;

namespace Oith.Matching.Workflow;

internal static class WorkflowRegistration
{
    /// <summary>Registers the tasks of the state machines.</summary>
    public static IServiceCollection AddWorkflow(this IServiceCollection services)
    {
        services.AddSingleton<MatchTasks>();
        services.AddSingleton<PrecomputeTasks>();
        services.AddSingleton<EventGuard>();
        services.AddSingleton<EventEndpoint>();
        return services;
    }

    /// <summary>Maps <c>POST /events</c>, which runs a task.</summary>
    public static void MapEvents(this WebApplication app) => app.MapPost("/events", app.Services.GetRequiredService<EventEndpoint>().HandleAsync)
        .WithMetadata(new RequestSizeLimitAttribute(EventEndpoint.LongestEvent))
        .ExcludeFromDescription();
}
