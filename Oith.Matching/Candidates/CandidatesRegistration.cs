namespace Oith.Matching.Candidates;

internal static class CandidatesRegistration
{
    /// <summary>Registers the search for candidates, and what loads cells into the index and keeps them fresh.</summary>
    public static IServiceCollection AddCandidates(this IServiceCollection services)
    {
        services.AddSingleton<IndexState>();
        services.AddSingleton<CellCensus>();
        services.AddSingleton<CellStore>();
        services.AddSingleton<CellWriter>();
        services.AddSingleton<CellLoader>();
        services.AddSingleton<CandidateSearcher>();
        services.AddHostedService<IndexFeeder>();
        services.AddHostedService<CellKeeper>();
        return services;
    }
}
