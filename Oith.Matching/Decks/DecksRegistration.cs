namespace Oith.Matching.Decks;

internal static class DecksRegistration
{
    /// <summary>Registers the decks in Redis.</summary>
    public static IServiceCollection AddDecks(this IServiceCollection services)
    {
        services.AddSingleton<DeckStore>();
        return services;
    }
}
