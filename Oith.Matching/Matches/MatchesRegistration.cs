namespace Oith.Matching.Matches;

internal static class MatchesRegistration
{
    /// <summary>Registers the match in hand: presenting, deciding and the rate limit.</summary>
    public static IServiceCollection AddMatches(this IServiceCollection services)
    {
        services.AddSingleton<MatchStore>();
        services.AddSingleton<Matchmaking>();
        services.AddSingleton<MatchDecisions>();
        services.AddSingleton<HandCache>();
        services.AddSingleton<SeekerReader>();
        services.AddSingleton<HandReader>();
        services.AddSingleton<CandidatePresenter>();
        services.AddSingleton<NextMatch>();
        services.AddSingleton<MatchRateLimit>();
        return services;
    }
}
