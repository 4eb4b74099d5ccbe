using Aspire.Hosting.LocalCloud;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <summary>Shows the alarms of CloudWatch on the dashboard.</summary>
public static class LocalCloudAlarmsBuilderExtensions
{
    /// <summary>
    /// Adds the alarms of LocalCloud's CloudWatch as a resource. It is unhealthy while an alarm is in ALARM, and says which and why.
    /// </summary>
    public static IResourceBuilder<LocalCloudAlarmsResource> AddAlarms(
        this IResourceBuilder<LocalCloudResource> builder, [ResourceName] string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ApplicationBuilder.Services.AddHttpClient(AlarmWatch.HttpClientName).RemoveAllLoggers();
        return builder.ApplicationBuilder.AddResource(new LocalCloudAlarmsResource(name, builder.Resource))
            .WithInitialState(
                new CustomResourceSnapshot { ResourceType = "CloudWatch alarms", Properties = [], State = KnownResourceStates.NotStarted })
            .WithIconName("AlertOn")
            .OnInitializeResource((alarms, initialize, cancellationToken) => new AlarmWatch(
                alarms,
                initialize.Notifications,
                initialize.Services.GetRequiredService<IHttpClientFactory>(),
                initialize.Services.GetRequiredService<TimeProvider>(),
                initialize.Logger).RunAsync(cancellationToken))
            .ExcludeFromManifest();
    }
}
