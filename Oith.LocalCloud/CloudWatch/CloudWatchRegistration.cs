using Oith.LocalCloud.CloudWatch.Alarms;
using Oith.LocalCloud.CloudWatch.Dashboards;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.CloudWatch.Vending;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch;

internal static class CloudWatchRegistration
{
    public static IServiceCollection AddCloudWatch(this IServiceCollection services) => services
        .AddKeyedSingleton("monitoring", (provider, _) => new StateJournal(provider.GetRequiredService<JournalFactory>().Open("monitoring")))
        .AddSingleton<MetricStore>()
        .AddSingleton(provider => new AlarmStore(provider.GetRequiredKeyedService<StateJournal>("monitoring")))
        .AddSingleton<AlarmActions>()
        .AddSingleton<AlarmStates>()
        .AddSingleton<AlarmEvaluator>()
        .AddSingleton(provider => new DashboardOperations(
            provider.GetRequiredKeyedService<StateJournal>("monitoring"), provider.GetRequiredService<LocalCloudOptions>(), provider.GetRequiredService<CloudWatchClock>()))
        .AddSingleton<RedisMetrics>()
        .AddSingleton<NeighbourMeters>()
        .AddSingleton<ApiGatewayMetrics>()
        .AddSingleton<VendedMetrics>()
        .AddSingleton<IAwsCallObserver, DynamoDBMetrics>()
        .AddHostedService<CloudWatchTicker>()
        .AddAwsService<CloudWatchService>();
}
