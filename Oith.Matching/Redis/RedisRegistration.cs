using Oith.Matching.Storage;

namespace Oith.Matching.Redis;

internal static class RedisRegistration
{
    /// <summary>Registers the connection to Redis, its password and the circuit in front of it.</summary>
    public static IServiceCollection AddRedis(this IServiceCollection services)
    {
        services.AddKeyedSingleton(
            RedisStore.Circuit, (provider, _) => StorageRegistration.CreateCircuit(provider, RedisStore.Circuit, RedisStore.IsOutage));
        services.AddHttpClient<RedisSecret>();
        services.AddSingleton<RedisStore>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisStore>());
        return services;
    }
}
