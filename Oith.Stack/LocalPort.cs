using System.Net.NetworkInformation;
using System.Security.Cryptography;

namespace Oith.Stack;

/// <summary>Ports for servers that are told where to listen, because another process or a restart must find them again.</summary>
public static class LocalPort
{
    // Below the ports that operating systems give to outgoing connections and to servers that ask for any port (32,768 and up on Linux): one of those
    // may be taken between being found and being used.
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int s_next = RandomNumberGenerator.GetInt32(Count);

    /// <summary>A port that nobody listened on a moment ago. No two calls in a process return the same before all have been returned once.</summary>
    public static int FindFree()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref s_next) % Count);
            if (!IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"Something listens on every port from {First} to {First + Count - 1}.");
    }
}
