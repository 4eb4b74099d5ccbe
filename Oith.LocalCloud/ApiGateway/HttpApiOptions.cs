namespace Oith.LocalCloud.ApiGateway;

/// <summary>An HTTP API of API Gateway that LocalCloud plays: a port that forwards to the process of the function behind the API.</summary>
public sealed class HttpApiOptions
{
    /// <summary>TCP port that clients call, on the loopback interface. 0 (the default): any free port.</summary>
    public int Port { get; set; }

    /// <summary>Where the function's process answers: <c>http://localhost:31234</c>.</summary>
    public Uri? Url { get; set; }

    /// <summary>How long the process may take until it answers, 50 to 30,000 as in API Gateway. Default 30,000.</summary>
    public int TimeoutMilliseconds { get; set; } = 30_000;
}
