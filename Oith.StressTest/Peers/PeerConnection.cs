using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Oith.StressTest.Peers;

/// <summary>
/// One HTTP connection that sends AWS JSON calls, kept alive where the emulator keeps it alive. It does next to nothing
/// besides, so that a measurement on few cores measures the emulator and not its client.
/// </summary>
/// <param name="target">What stands before the operation in X-Amz-Target.</param>
internal sealed class PeerConnection(Uri endpoint, string target, string signingName) : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private CancellationTokenSource _patience = new();
    private Socket? _socket;
    private byte[] _buffer = new byte[16 * 1024];

    /// <returns>The answer's body, valid until the next call.</returns>
    /// <exception cref="InvalidOperationException">The answer is not 200, or none that this reads.</exception>
    /// <exception cref="TimeoutException">There is no whole answer after 30 seconds.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> CallAsync(string operation, string input, CancellationToken cancellationToken)
    {
        if (!_patience.TryReset())
        {
            _patience.Dispose();
            _patience = new CancellationTokenSource();
        }

        _patience.CancelAfter(s_limit);
        await using var registration = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _patience);
        try
        {
            return await ExchangeAsync(operation, input, _patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Close();
            throw new TimeoutException($"{endpoint} did not answer {operation} within {s_limit.TotalSeconds:N0} s.");
        }
    }

    public void Dispose()
    {
        Close();
        _patience.Dispose();
    }

    private async ValueTask<ReadOnlyMemory<byte>> ExchangeAsync(string operation, string input, CancellationToken cancellationToken)
    {
        if (_socket is null)
        {
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await _socket.ConnectAsync(IPAddress.Loopback, endpoint.Port, cancellationToken);
        }

        var request = Encoding.UTF8.GetBytes(
            $"POST / HTTP/1.1\r\nHost: {endpoint.Authority}\r\nX-Amz-Target: {target}.{operation}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            + "X-Amz-Date: 20260101T000000Z\r\n"
            + $"Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/{signingName}/aws4_request, SignedHeaders=host, Signature=0\r\n"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(input).ToString(CultureInfo.InvariantCulture)}\r\n\r\n{input}");
        await _socket.SendAsync(request, cancellationToken);
        var received = 0;
        while (true)
        {
            if (received == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            var count = await _socket.ReceiveAsync(_buffer.AsMemory(received), cancellationToken);
            if (count == 0)
            {
                throw new InvalidOperationException($"{endpoint} closed the connection during {operation}.");
            }

            received += count;
            if (TryReadHead(_buffer.AsSpan(0, received), operation) is { } head && received >= head.BodyStart + head.BodyLength)
            {
                if (head.IsLast)
                {
                    Close();
                }

                var answer = _buffer.AsMemory(head.BodyStart, head.BodyLength);
                return _buffer.AsSpan(9).StartsWith("200"u8)
                    ? answer
                    : throw new InvalidOperationException($"{operation} failed at {endpoint}: {Encoding.UTF8.GetString(answer.Span)}");
            }
        }
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>Null while the head is not whole.</summary>
    private Head? TryReadHead(ReadOnlySpan<byte> received, string operation)
    {
        var start = received.IndexOf("\r\n\r\n"u8) + 4;
        if (start < 4)
        {
            return null;
        }

        var head = received[..start];
        var length = -1;
        var isLast = head.StartsWith("HTTP/1.0"u8);
        while (head.IndexOf("\r\n"u8) is var end and > 0)
        {
            var line = head[..end];
            head = head[(end + 2)..];
            if (ValueOf(line, "Content-Length:"u8) is { IsEmpty: false } digits && Utf8Parser.TryParse(digits, out int parsed, out _))
            {
                length = parsed;
            }
            else if (ValueOf(line, "Connection:"u8) is { IsEmpty: false } connection)
            {
                isLast = Ascii.EqualsIgnoreCase(connection, "close"u8);
            }
        }

        return length < 0
            ? throw new InvalidOperationException($"The answer of {endpoint} to {operation} has no Content-Length.")
            : new Head(start, length, isLast);
    }

    /// <summary>The header's value, empty when the line is another header's.</summary>
    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name) ? line[name.Length..].Trim((byte)' ') : default;

    /// <param name="BodyStart">Where the body begins, in bytes.</param>
    /// <param name="BodyLength">In bytes.</param>
    /// <param name="IsLast">The other side closes the connection after this answer.</param>
    private readonly record struct Head(int BodyStart, int BodyLength, bool IsLast);
}
