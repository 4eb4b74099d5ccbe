using System.Net.Sockets;

namespace Oith.LocalCloud.Redis;

/// <summary>Asks LocalCloud's Redis for its INFO.</summary>
internal static class RedisInfo
{
    /// <summary>Over a connection of its own.</summary>
    /// <returns>INFO's text: lines of <c>name:value</c> under headings of <c># Section</c>.</returns>
    /// <exception cref="IOException">Redis answered something else.</exception>
    /// <exception cref="SocketException">Nobody listens.</exception>
    public static async Task<string> ReadAsync(RedisServer redis, CancellationToken cancellationToken)
    {
        using var connection = await RedisConnection.OpenAsync(redis, cancellationToken);
        return await ReadAsync(connection, cancellationToken);
    }

    /// <inheritdoc cref="ReadAsync(RedisServer, CancellationToken)"/>
    public static async Task<string> ReadAsync(RedisConnection connection, CancellationToken cancellationToken) =>
        await connection.CallAsync(cancellationToken, "INFO") as string ?? throw new IOException("Redis answered INFO with no text.");
}
