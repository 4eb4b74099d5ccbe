using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// LocalCloud, the embedded AWS, as a process of its own: one port for every AWS service and the console page, another for Redis. Its connection
/// string is the AWS endpoint: <c>http://localhost:4566</c>.
/// </summary>
/// <param name="port">TCP port of the AWS endpoint. Fixed, as it becomes part of queue URLs.</param>
/// <param name="region">The region that ARNs name.</param>
public sealed class LocalCloudResource(string name, int port, string region) : ProjectResource(name), IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "http";
    internal const string RedisEndpointName = "redis";

    private EndpointReference? _primaryEndpoint;
    private EndpointReference? _redisEndpoint;

    /// <summary>Where AWS SDKs, the AWS CLI and browsers find it.</summary>
    public EndpointReference PrimaryEndpoint => _primaryEndpoint ??= new(this, PrimaryEndpointName);

    /// <summary>Where Redis clients find its Redis server, which also plays every ElastiCache cluster.</summary>
    public EndpointReference RedisEndpoint => _redisEndpoint ??= new(this, RedisEndpointName);

    /// <summary>The region that ARNs name.</summary>
    public string Region { get; } = region;

    /// <summary>The AWS endpoint, known before anything runs, for clients that are made while the model is built.</summary>
    public string ServiceUrl { get; } = string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}");

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Url)}");
}
