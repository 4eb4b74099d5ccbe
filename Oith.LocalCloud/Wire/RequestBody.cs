using System.Buffers;
using System.Net;

namespace Oith.LocalCloud.Wire;

/// <summary>A request's whole body in a pooled array; dispose returns the array.</summary>
internal readonly struct RequestBody : IDisposable
{
    private readonly byte[]? _rented;
    private readonly int _length;

    private RequestBody(byte[] rented, int length)
    {
        _rented = rented;
        _length = length;
    }

    public ReadOnlyMemory<byte> Memory => _rented.AsMemory(0, _length);

    /// <exception cref="AwsServiceException">
    /// RequestEntityTooLarge (413) above <paramref name="maximumLength"/> bytes; MalformedHttpRequestException for a body that HTTP cannot read.
    /// </exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, int maximumLength, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadWholeAsync(request, maximumLength, cancellationToken);
        }
        catch (BadHttpRequestException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Refused(error, maximumLength);
        }
    }

    /// <summary>The answer to a body that Kestrel refuses: longer than its limit, or chunks that are none.</summary>
    public static AwsServiceException Refused(BadHttpRequestException error, long maximumLength) => error.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? new("RequestEntityTooLarge", $"The request body is longer than {maximumLength} bytes.", HttpStatusCode.RequestEntityTooLarge)
        : new("MalformedHttpRequestException", $"The request body cannot be read: {error.Message}");

    private static async ValueTask<RequestBody> ReadWholeAsync(HttpRequest request, int maximumLength, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (buffer.Length > maximumLength)
            {
                reader.AdvanceTo(buffer.End);
                throw new AwsServiceException(
                    "RequestEntityTooLarge", $"The request body is longer than {maximumLength} bytes.", HttpStatusCode.RequestEntityTooLarge);
            }

            if (result.IsCompleted)
            {
                var rented = ArrayPool<byte>.Shared.Rent((int)Math.Max(1, buffer.Length));
                buffer.CopyTo(rented);
                var body = new RequestBody(rented, (int)buffer.Length);
                reader.AdvanceTo(buffer.End);
                return body;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
