namespace Oith.Matching.Erasure;

internal static class ErasureRegistration
{
    /// <summary>Registers the erasure of profiles, and resumes interrupted ones at start.</summary>
    public static IServiceCollection AddErasure(this IServiceCollection services)
    {
        services.AddSingleton<ProfileEraser>();
        services.AddHostedService<ErasureResumption>();
        return services;
    }
}
