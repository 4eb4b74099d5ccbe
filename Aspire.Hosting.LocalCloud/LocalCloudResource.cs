namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// LocalCloud, the embedded AWS, as a process of its own: one port for every AWS service and the console page, another for Redis. Its
/// connection
/// string is the AWS endpoint: <c>http://localhost:4566</c>.
/// </summary>
/// <param name="region">The region that ARNs name.</param>
/// <param name="redisPassword">The password of the Redis server.</param>
/// <param name="functionSecret">The value of the header <c>X-Events-Secret</c> of every event for a process that plays a function.</param>
public sealed class LocalCloudResource(
    string name, string region, ParameterResource redisPassword, ParameterResource functionSecret)
    : ProjectResource(name), IAwsEndpointResource, IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "http";
    internal const string RedisEndpointName = "redis";
    /// <summary>The path of the console page.</summary>
    public const string ConsolePath = "/_console/";


    // LocalCloud accepts any credentials; a client must have some, or it looks for real ones.
    private const string Credential = "local";

    // New ones each time: a reference that was asked too early remembers that it has no port.

    /// <summary>The AWS endpoint, which also serves the console page.</summary>
    public EndpointReference PrimaryEndpoint => new(this, PrimaryEndpointName);

    /// <summary>The Redis server, which also plays every ElastiCache cluster.</summary>
    public EndpointReference RedisEndpoint => new(this, RedisEndpointName);

    /// <summary>The password of the Redis server.</summary>
    public ParameterResource RedisPassword { get; } = redisPassword;

    /// <summary>The value of the header <c>X-Events-Secret</c> of every event that is posted to a process that plays a function.</summary>
    public ParameterResource FunctionSecret { get; } = functionSecret;

    /// <inheritdoc/>
    public ReferenceExpression EndpointUrl => ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Url)}");

    /// <inheritdoc/>
    public string Region { get; } = region;

    /// <inheritdoc/>
    public string AccessKeyId => Credential;

    /// <inheritdoc/>
    public string SecretAccessKey => Credential;

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => EndpointUrl;

    /// <inheritdoc/>
    public ReferenceExpression? GetStackConsoleUrl(string stackName) =>
        ReferenceExpression.Create(
            $"{PrimaryEndpoint.Property(EndpointProperty.Url)}{ConsolePath}#/stacks/{Uri.EscapeDataString(stackName)}");
}
