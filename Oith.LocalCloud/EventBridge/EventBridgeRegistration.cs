namespace Oith.LocalCloud.EventBridge;

internal static class EventBridgeRegistration
{
    public static IServiceCollection AddEventBridge(this IServiceCollection services) => services
        .AddSingleton<EventStore>()
        .AddSingleton<EventRecords>()
        .AddSingleton<ArchiveOperations>()
        .AddSingleton<ApiDestinationOperations>()
        .AddSingleton<ApiDestinationCaller>()
        .AddSingleton<EventRouter>()
        .AddSingleton<EventTargets>()
        .AddSingleton<EventTelemetry>()
        .AddHostedService<RuleScheduler>()
        .AddAwsService<EventsService>();
}
