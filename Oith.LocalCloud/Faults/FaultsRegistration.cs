namespace Oith.LocalCloud.Faults;

internal static class FaultsRegistration
{
    public static IServiceCollection AddFaults(this IServiceCollection services) => services
        .AddSingleton<FaultSwitch>()
        .AddSingleton<FaultInjector>()
        .AddSingleton<RedisFaults>()
        .AddSingleton<RedisLoad>()
        .AddAwsService<FaultsService>();
}
