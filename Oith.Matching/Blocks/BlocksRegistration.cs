namespace Oith.Matching.Blocks;

internal static class BlocksRegistration
{
    /// <summary>Registers the blocks table.</summary>
    public static IServiceCollection AddBlocks(this IServiceCollection services)
    {
        services.AddSingleton<BlockStore>();
        return services;
    }
}
