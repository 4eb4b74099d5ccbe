namespace Oith.Matching.Exclusions;

internal static class ExclusionsRegistration
{
    /// <summary>Registers the match-history table and the cache of exclusions.</summary>
    public static IServiceCollection AddExclusions(this IServiceCollection services)
    {
        services.AddSingleton<HistoryStore>();
        services.AddSingleton<ExclusionReader>();
        services.AddSingleton<ExclusionCache>();
        return services;
    }
}
