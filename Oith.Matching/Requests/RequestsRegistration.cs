namespace Oith.Matching.Requests;

internal static class RequestsRegistration
{
    /// <summary>Registers queued match requests: their records, their cache and their queue.</summary>
    public static IServiceCollection AddMatchRequests(this IServiceCollection services)
    {
        services.AddSingleton<MatchRequestStore>();
        services.AddSingleton<MatchRequestCache>();
        services.AddSingleton<MatchRequestReader>();
        services.AddSingleton<MatchRequestQueue>();
        return services;
    }
}
