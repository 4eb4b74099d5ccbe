using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>
/// Reads a request's body into a file and checks the digests that came with it. Clients send bodies plain, or in S3's own
/// chunks, whose last one carries checksums as trailers:
/// <code>
/// 10000;chunk-signature=…\r\n(bytes)\r\n
/// 0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n
/// </code>
/// </summary>
internal static class S3BodyReader
{
    private const int LongestLine = 4096;

    /// <param name="algorithm">The checksum algorithm when the request names none; null for none.</param>
    /// <returns>The body, and its checksum as the header that the object answers with.</returns>
    /// <exception cref="AwsServiceException">BadDigest, EntityTooLarge, IncompleteBody.</exception>
    public static async ValueTask<(S3Bodies.Body Body, KeyValuePair<string, string>? Checksum)> ReadAsync(
        HttpRequest request, S3Bodies bodies, string? algorithm, CancellationToken cancellationToken)
    {
        var given = S3Checksum.Algorithms.Select(algorithm => KeyValuePair.Create(algorithm, request.Headers["x-amz-checksum-" + algorithm].ToString()))
            .FirstOrDefault(pair => pair.Value.Length > 0);
        var trailer = request.Headers["x-amz-trailer"].ToString();
        algorithm = given.Key ?? (trailer.StartsWith("x-amz-checksum-", StringComparison.Ordinal) ? trailer["x-amz-checksum-".Length..]
            : trailer.Length > 0 ? throw S3Errors.NotImplemented($"the trailer {trailer}")
            : algorithm);
        await using var writer = bodies.Create(algorithm);
        var expected = given.Value;
        if (IsChunked(request))
        {
            var trailers = await ReadChunksAsync(request.BodyReader, writer, cancellationToken);
            expected ??= algorithm is null ? null : trailers.GetValueOrDefault("x-amz-checksum-" + algorithm);
        }
        else
        {
            await ReadPlainAsync(request.BodyReader, writer, cancellationToken);
        }

        var checksum = writer.FinishChecksum();
        if (expected is not null && expected != checksum)
        {
            throw S3Errors.BadDigest(algorithm!.ToUpperInvariant());
        }

        var body = await writer.CompleteAsync(cancellationToken);
        if (request.Headers["Content-MD5"].ToString() is { Length: > 0 } md5 && Convert.ToBase64String(Convert.FromHexString(body.Md5)) != md5)
        {
            bodies.Delete(body.File);
            throw S3Errors.BadDigest("Content-MD5");
        }

        return (body, algorithm is null ? null : KeyValuePair.Create("x-amz-checksum-" + algorithm, checksum!));
    }

    private static bool IsChunked(HttpRequest request) =>
        request.Headers["x-amz-content-sha256"].ToString().StartsWith("STREAMING-", StringComparison.Ordinal)
        || request.Headers.ContentEncoding.ToString().Contains("aws-chunked", StringComparison.Ordinal);

    private static async ValueTask ReadPlainAsync(PipeReader reader, S3Bodies.Writer writer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            await WriteAsync(reader, result.Buffer, writer, cancellationToken);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    private static async ValueTask<Dictionary<string, string>> ReadChunksAsync(PipeReader reader, S3Bodies.Writer writer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var header = await ReadLineAsync(reader, cancellationToken);
            var size = header.Split(';')[0];
            if (!long.TryParse(size, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var length) || length < 0)
            {
                throw S3Errors.Invalid($"The chunk header '{header}' is not valid.");
            }

            if (length == 0)
            {
                return await ReadTrailersAsync(reader, cancellationToken);
            }

            await CopyAsync(reader, writer, length, cancellationToken);
            await ReadLineAsync(reader, cancellationToken);
        }
    }

    private static async ValueTask<Dictionary<string, string>> ReadTrailersAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        var trailers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await ReadLineAsync(reader, cancellationToken) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                trailers[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        return trailers;
    }

    private static async ValueTask CopyAsync(PipeReader reader, S3Bodies.Writer writer, long length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var taken = result.Buffer.Slice(0, Math.Min(length, result.Buffer.Length));
            // Counted before the buffer is given back.
            length -= taken.Length;
            await WriteAsync(reader, taken, writer, cancellationToken);
            if (result.IsCompleted && length > 0)
            {
                throw Incomplete();
            }
        }
    }

    /// <summary>Writes what was read. It is given back also when that fails: a reader in the middle of a read would cost the error its answer.</summary>
    private static async ValueTask WriteAsync(
        PipeReader reader, ReadOnlySequence<byte> data, S3Bodies.Writer writer, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var segment in data)
            {
                await writer.WriteAsync(segment, cancellationToken);
            }
        }
        finally
        {
            reader.AdvanceTo(data.End);
        }
    }

    // The empty line at the very end may be missing.
    private static async ValueTask<string> ReadLineAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (TryReadLine(result.Buffer, out var line, out var end))
            {
                reader.AdvanceTo(end);
                return line;
            }

            if (result.IsCompleted && result.Buffer.IsEmpty)
            {
                return "";
            }

            if (result.IsCompleted || result.Buffer.Length > LongestLine)
            {
                throw Incomplete();
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static bool TryReadLine(ReadOnlySequence<byte> buffer, out string line, out SequencePosition end)
    {
        var reader = new SequenceReader<byte>(buffer);
        var isRead = reader.TryReadTo(out ReadOnlySequence<byte> text, "\r\n"u8);
        line = isRead ? Encoding.ASCII.GetString(text) : "";
        end = reader.Position;
        return isRead;
    }

    private static AwsServiceException Incomplete() =>
        new("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header");
}
