using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Oith.StressTest.Peers;

/// <summary>
/// One HTTP connection that sends AWS JSON calls, kept alive where the emulator keeps it alive. It blocks its thread and does next
/// to nothing besides, so that a measurement on few cores measures the emulator and not its client.
/// </summary>
/// <param name="target">What stands before the operation in X-Amz-Target.</param>
internal sealed class PeerConnection(Uri endpoint, string target, string signingName) : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly byte[] _afterOperation = Encoding.UTF8.GetBytes(
        "\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20260101T000000Z\r\n"
        + $"Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/{signingName}/aws4_request, SignedHeaders=host, Signature=0\r\n"
        + "Content-Length: ");

    private readonly byte[] _beforeOperation = Encoding.UTF8.GetBytes($"POST / HTTP/1.1\r\nHost: {endpoint.Authority}\r\nX-Amz-Target: {target}.");
    private Socket? _socket;
    private byte[] _buffer = new byte[16 * 1024];

    /// <returns>The answer's body, valid until the next call.</returns>
    /// <exception cref="InvalidOperationException">The answer is not 200, or none that this reads.</exception>
    /// <exception cref="TimeoutException">For 30 seconds nothing came.</exception>
    public ReadOnlyMemory<byte> Call(string operation, string input, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return Exchange(operation, input);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            Dispose();
            throw new TimeoutException($"{endpoint} did not answer {operation} within {s_limit.TotalSeconds:N0} s.", exception);
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private ReadOnlyMemory<byte> Exchange(string operation, string input)
    {
        var socket = _socket ??= Connect();
        socket.Send(_buffer.AsSpan(0, Write(operation, input)));
        var received = 0;
        while (true)
        {
            if (received == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            var count = socket.Receive(_buffer.AsSpan(received));
            if (count == 0)
            {
                throw new InvalidOperationException($"{endpoint} closed the connection during {operation}.");
            }

            received += count;
            if (TryReadHead(_buffer.AsSpan(0, received), operation) is { } head && received >= head.BodyStart + head.BodyLength)
            {
                if (head.IsLast)
                {
                    Dispose();
                }

                var answer = _buffer.AsMemory(head.BodyStart, head.BodyLength);
                return _buffer.AsSpan(9).StartsWith("200"u8)
                    ? answer
                    : throw new InvalidOperationException($"{operation} failed at {endpoint}: {Encoding.UTF8.GetString(answer.Span)}");
            }
        }
    }

    private Socket Connect()
    {
        var milliseconds = (int)s_limit.TotalMilliseconds;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = milliseconds,
            SendTimeout = milliseconds,
        };
        socket.Connect(IPAddress.Loopback, endpoint.Port);
        return socket;
    }

    /// <returns>The length of the request, which stands at the buffer's beginning.</returns>
    private int Write(string operation, string input)
    {
        var bodyLength = Encoding.UTF8.GetByteCount(input);
        var length = _beforeOperation.Length + operation.Length + _afterOperation.Length + 16 + bodyLength;
        if (length > _buffer.Length)
        {
            _buffer = new byte[length];
        }

        var rest = _buffer.AsSpan();
        Append(_beforeOperation, ref rest);
        rest = rest[Encoding.UTF8.GetBytes(operation, rest)..];
        Append(_afterOperation, ref rest);
        Utf8Formatter.TryFormat(bodyLength, rest, out var digits);
        rest = rest[digits..];
        Append("\r\n\r\n"u8, ref rest);
        rest = rest[Encoding.UTF8.GetBytes(input, rest)..];
        return _buffer.Length - rest.Length;
    }

    private static void Append(ReadOnlySpan<byte> bytes, ref Span<byte> rest)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
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
