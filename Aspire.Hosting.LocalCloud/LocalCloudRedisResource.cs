namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// The Redis server in LocalCloud's process. Its connection string is <c>localhost:6379,password=…</c>; it has no TLS.
/// </summary>
public sealed class LocalCloudRedisResource(string name, LocalCloudResource localCloud)
    : Resource(name), IResourceWithParent<LocalCloudResource>, IResourceWithConnectionString, IResourceWithWaitSupport
{
    public LocalCloudResource Parent { get; } = localCloud;

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            var endpoint = Parent.RedisEndpoint;
            return ReferenceExpression.Create(
                $"{endpoint.Property(EndpointProperty.Host)}:{endpoint.Property(EndpointProperty.Port)},password={Parent.RedisPassword}");
        }
    }
}
