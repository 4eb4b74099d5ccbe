using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Oith.LocalCloud.Redis;

/// <summary>A connection that speaks RESP, for what LocalCloud itself asks of its Redis. One caller at a time.</summary>
internal sealed class RedisConnection : IDisposable
{
    private readonly TcpClient _client = new();
    private StreamReader _reader = StreamReader.Null;

    private RedisConnection()
    {
    }

    /// <summary>Connects and authenticates.</summary>
    /// <exception cref="SocketException">Redis does not listen.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<RedisConnection> OpenAsync(RedisServer redis, CancellationToken cancellationToken)
    {
        var connection = new RedisConnection();
        try
        {
            await connection._client.ConnectAsync(redis.Host, redis.Port, cancellationToken);
            connection._reader = new StreamReader(connection._client.GetStream(), Encoding.Latin1);
            await connection.CallAsync(cancellationToken, "AUTH", redis.Password);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The answer to one command: text, a number, null, or an array of these.</summary>
    /// <exception cref="IOException">The connection broke, or Redis answered an error.</exception>
    public async Task<object?> CallAsync(CancellationToken cancellationToken, params string[] command)
    {
        await SendAsync([command], cancellationToken);
        return await ReadAsync(cancellationToken);
    }

    /// <summary>Sends commands in one piece; each answer is to be read with <see cref="ReadAsync"/>.</summary>
    public async Task SendAsync(IEnumerable<string[]> commands, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var command in commands)
        {
            text.Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
            foreach (var argument in command)
            {
                text.Append(CultureInfo.InvariantCulture, $"${argument.Length}\r\n{argument}\r\n");
            }
        }

        await _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text.ToString()), cancellationToken);
    }

    /// <inheritdoc cref="CallAsync"/>
    public async Task<object?> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await _reader.ReadLineAsync(cancellationToken) ?? throw new IOException("Redis closed the connection.");
        var rest = line[1..];
        switch (line[0])
        {
            case '+':
                return rest;
            case ':':
                return long.Parse(rest, CultureInfo.InvariantCulture);
            case '$':
                return await ReadBulkAsync(int.Parse(rest, CultureInfo.InvariantCulture), cancellationToken);
            case '*':
                var items = new object?[Math.Max(0, int.Parse(rest, CultureInfo.InvariantCulture))];
                for (var index = 0; index < items.Length; index++)
                {
                    items[index] = await ReadAsync(cancellationToken);
                }

                return items;
            default:
                throw new IOException($"Redis answered '{line}'.");
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }

    private async Task<string?> ReadBulkAsync(int length, CancellationToken cancellationToken)
    {
        if (length < 0)
        {
            return null;
        }

        var text = new char[length + 2];
        return await _reader.ReadBlockAsync(text, cancellationToken) == text.Length
            ? new string(text, 0, length)
            : throw new IOException("Redis closed the connection.");
    }
}
