namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// The Redis server in LocalCloud's process. Its connection string is <c>localhost:6379</c>; it has neither TLS nor users.
/// </summary>
public sealed class LocalCloudRedisResource(string name, LocalCloudResource localCloud)
    : Resource(name), IResourceWithParent<LocalCloudResource>, IResourceWithConnectionString, IResourceWithWaitSupport
{
    public LocalCloudResource Parent { get; } = localCloud;

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"{Parent.RedisEndpoint.Property(EndpointProperty.Host)}:{Parent.RedisEndpoint.Property(EndpointProperty.Port)}");
}
