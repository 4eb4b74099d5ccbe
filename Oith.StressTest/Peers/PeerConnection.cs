using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Oith.StressTest.Peers;

/// <summary>
/// One kept-alive HTTP connection that sends AWS JSON calls. It does next to nothing besides, so that a measurement on few
/// cores measures the emulator and not its client.
/// </summary>
internal sealed class PeerConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly string _host;
    private readonly string _target;
    private readonly string _signingName;
    private byte[] _buffer = new byte[16 * 1024];

    /// <param name="target">What stands before the operation in X-Amz-Target.</param>
    public PeerConnection(Uri endpoint, string target, string signingName)
    {
        _host = endpoint.Authority;
        _target = target;
        _signingName = signingName;
        _socket.Connect(IPAddress.Loopback, endpoint.Port);
    }

    /// <returns>The answer's body, valid until the next call.</returns>
    /// <exception cref="InvalidOperationException">The answer is not 200.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> CallAsync(string operation, string input, CancellationToken cancellationToken)
    {
        var request = Encoding.UTF8.GetBytes(
            $"POST / HTTP/1.1\r\nHost: {_host}\r\nX-Amz-Target: {_target}.{operation}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            + $"Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/{_signingName}/aws4_request, SignedHeaders=host, Signature=0\r\n"
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
                throw new InvalidOperationException($"The connection was closed during {operation}.");
            }

            received += count;
            if (TryReadAnswer(_buffer.AsSpan(0, received), out var start, out var length))
            {
                var answer = _buffer.AsMemory(start, length);
                return _buffer.AsSpan(9).StartsWith("200"u8)
                    ? answer
                    : throw new InvalidOperationException($"{operation} failed: {Encoding.UTF8.GetString(answer.Span)}");
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static bool TryReadAnswer(ReadOnlySpan<byte> received, out int start, out int length)
    {
        length = 0;
        start = received.IndexOf("\r\n\r\n"u8) + 4;
        if (start < 4)
        {
            return false;
        }

        var head = received[..start];
        while (head.IndexOf("\r\n"u8) is var end and > 0)
        {
            var line = head[..end];
            head = head[(end + 2)..];
            if (line.Length > 15 && Ascii.EqualsIgnoreCase(line[..15], "Content-Length:"u8)
                && Utf8Parser.TryParse(line[15..].TrimStart((byte)' '), out int parsed, out _))
            {
                length = parsed;
            }
        }

        return received.Length >= start + length;
    }
}
