using System.Net;
using System.Net.Sockets;

namespace Oith.Tests.Fixtures;

/// <summary>TCP ports of the loopback interface, for programs that cannot choose one themselves.</summary>
internal static class LocalPort
{
    /// <summary>A port that nobody listened on a moment ago.</summary>
    public static int FindFree()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
