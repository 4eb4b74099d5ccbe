using System.Net;
using System.Net.Sockets;

namespace Oith.LocalCloud.Redis;

/// <summary>
/// Stands on Redis's port before the server itself and holds up what clients send: each piece read from a connection waits by itself,
/// as in the queue of a busy server.
/// </summary>
internal sealed partial class RedisForwarder(int port, int serverPort, Func<CancellationToken, ValueTask> delay, ILogger logger) : IDisposable
{
    private const int BufferSize = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, port);
    private readonly CancellationTokenSource _stopping = new();

    public void Start()
    {
        _listener.Start();
        _ = AcceptAsync(_stopping.Token);
    }

    /// <summary>Stops listening and drops every connection.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await _listener.AcceptTcpClientAsync(cancellationToken), cancellationToken);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // It stops.
        }
    }

    private async Task ForwardAsync(TcpClient client, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var server = new TcpClient();
        try
        {
            (client.NoDelay, server.NoDelay) = (true, true);
            await server.ConnectAsync(IPAddress.Loopback, serverPort, ended.Token);
            var there = PumpAsync(client.GetStream(), server.GetStream(), isDelayed: true, ended.Token);
            var back = PumpAsync(server.GetStream(), client.GetStream(), isDelayed: false, ended.Token);
            await await Task.WhenAny(there, back);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            LogDropped(error.Message);
        }
        finally
        {
            client.Dispose();
            await ended.CancelAsync();
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, bool isDelayed, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        while (await from.ReadAsync(buffer, cancellationToken) is > 0 and var length)
        {
            if (isDelayed)
            {
                await delay(cancellationToken);
            }

            await to.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "A connection to Redis was dropped: {Reason}")]
    private partial void LogDropped(string reason);
}
