namespace Oith.Matching.Engine;

internal static class EngineRegistration
{
    /// <summary>Registers the packed index of candidates.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services)
    {
        services.AddSingleton<PackedCandidateIndex>();
        services.AddSingleton<ICandidateIndex>(provider => provider.GetRequiredService<PackedCandidateIndex>());
        return services;
    }
}
