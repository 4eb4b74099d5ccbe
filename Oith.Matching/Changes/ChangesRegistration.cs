namespace Oith.Matching.Changes;

internal static class ChangesRegistration
{
    /// <summary>Registers the feed of changes between instances.</summary>
    public static IServiceCollection AddChanges(this IServiceCollection services)
    {
        services.AddSingleton<ChangeFeed>();
        return services;
    }
}
