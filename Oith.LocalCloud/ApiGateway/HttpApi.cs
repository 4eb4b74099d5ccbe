using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.ReverseProxy.Forwarder;

namespace Oith.LocalCloud.ApiGateway;

/// <summary>A configured HTTP API; its connections carry it as a feature.</summary>
/// <param name="name">What faults call the process by: <c>matching</c>.</param>
/// <param name="destination">The process's URL.</param>
internal sealed class HttpApi(string name, Uri destination, TimeSpan timeout)
{
    private int _isSilent;

    public string Name => name;

    public string Destination { get; } = destination.AbsoluteUri.TrimEnd('/');

    /// <summary>HTTP/1.1, because the process speaks it without TLS; API Gateway has no other protocol to a function either.</summary>
    public ForwarderRequestConfig Request { get; } = new()
    {
        ActivityTimeout = timeout,
        Version = System.Net.HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Where it listens; set when the server is configured.</summary>
    public ListenOptions? Listener { get; set; }

    /// <summary>What clients call: <c>http://localhost:5080</c>. Null until the server listens.</summary>
    public string? Address => Listener?.IPEndPoint is { Port: > 0 and var port } ? $"http://localhost:{port}" : null;

    /// <summary>Notes whether the process answers.</summary>
    /// <returns>True when that changed.</returns>
    public bool SetSilent(bool isSilent) => Interlocked.Exchange(ref _isSilent, isSilent ? 1 : 0) != (isSilent ? 1 : 0);
}
