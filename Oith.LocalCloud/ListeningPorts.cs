using System.Net;
using System.Net.Sockets;

namespace Oith.LocalCloud;

/// <summary>Finds out before anything starts whether the configured ports are free, so that what stands in the way is one line.</summary>
internal static class ListeningPorts
{
    /// <exception cref="PortInUseException">One is not.</exception>
    public static void Check(LocalCloudOptions options)
    {
        Claim("LocalCloud", options.Port, nameof(LocalCloudOptions.Port));
        foreach (var (name, api) in options.HttpApis)
        {
            Claim($"The HTTP API {name}", api.Port, $"{nameof(LocalCloudOptions.HttpApis)}:{name}:{nameof(api.Port)}");
        }

        Claim("Redis", options.RedisPort, nameof(LocalCloudOptions.RedisPort));
    }

    /// <summary>Listens on the port for a moment.</summary>
    /// <param name="resource">What shall listen there.</param>
    /// <param name="port">0: any free one.</param>
    /// <param name="option">The option that changes the port.</param>
    /// <returns>The port that was free.</returns>
    /// <exception cref="PortInUseException">It is not free.</exception>
    public static int Claim(string resource, int port, string option)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            throw new PortInUseException(resource, port, option, error);
        }

        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
