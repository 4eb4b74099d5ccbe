namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// The alarms of LocalCloud's CloudWatch. The resource is unhealthy while an alarm is in ALARM, with the alarm's name and reason, and
/// healthy again afterwards. No other resource waits for it.
/// </summary>
public sealed class LocalCloudAlarmsResource(string name, LocalCloudResource localCloud)
    : Resource(name), IResourceWithParent<LocalCloudResource>
{
    public LocalCloudResource Parent { get; } = localCloud;
}
