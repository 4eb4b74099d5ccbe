using System.Net.Sockets;
using System.Text;

namespace Oith.LocalCloud.Redis;

/// <summary>Asks LocalCloud's Redis for its INFO, over a connection of its own.</summary>
internal static class RedisInfo
{
    /// <returns>INFO's text: lines of <c>name:value</c> under headings of <c># Section</c>.</returns>
    /// <exception cref="IOException">Redis answered something else.</exception>
    /// <exception cref="SocketException">Nobody listens.</exception>
    public static async Task<string> ReadAsync(RedisServer redis, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(redis.Host, redis.Port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync("*1\r\n$4\r\nINFO\r\n"u8.ToArray(), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var header = await reader.ReadLineAsync(cancellationToken);
        if (header is not ['$', .. var length] || !int.TryParse(length, out var size))
        {
            throw new IOException($"Redis answered INFO with '{header}'.");
        }

        var body = new char[size];
        await reader.ReadBlockAsync(body, cancellationToken);
        return new string(body);
    }
}
