using System.Globalization;
using System.Xml.Linq;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>Reads the object that a copy takes from, with its conditions.</summary>
internal sealed class S3Copies(S3Store store, S3Bodies bodies, LocalCloudOptions options)
{
    /// <summary>The object that <c>x-amz-copy-source: bucket/key</c> names.</summary>
    /// <returns>The object with its body open, so that one that is replaced or deleted meanwhile is copied as it was.</returns>
    /// <exception cref="AwsServiceException">NoSuchKey, PreconditionFailed, NotImplemented for a version.</exception>
    public CopySource Source(HttpRequest request, S3Endpoint.Target target)
    {
        var text = request.Headers["x-amz-copy-source"].ToString().Split('?', 2);
        if (text.Length > 1)
        {
            throw S3Errors.NotImplemented($"the copy of a version ('{text[1]}')");
        }

        S3Headers.CheckOwner(request, "x-amz-source-expected-bucket-owner", options);
        var source = Uri.UnescapeDataString(text[0]).TrimStart('/').Split('/', 2);
        var (item, body) = source.Length == 2 ? store.Open(source[0], source[1]) : throw S3Errors.NoSuchKey();
        try
        {
            S3Conditions.OfCopySource(request).CheckCopied(item);
        }
        catch (AwsServiceException)
        {
            body.Dispose();
            throw;
        }

        return new CopySource(item, body, source[0] == target.Bucket && source[1] == target.Key);
    }

    /// <summary>Copies a part of a body.</summary>
    public async ValueTask<(S3Bodies.Body Body, string? Checksum)> ReadAsync(
        CopySource source, long start, long length, string? algorithm, CancellationToken cancellationToken)
    {
        await using var writer = bodies.Create(algorithm);
        source.Body.Seek(start, SeekOrigin.Begin);
        var buffer = new byte[1 << 16];
        while (length > 0)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(length, buffer.Length));
            // A body that somebody has cut must not be copied for ever.
            await source.Body.ReadExactlyAsync(piece, cancellationToken);
            await writer.WriteAsync(piece, cancellationToken);
            length -= piece.Length;
        }

        var checksum = writer.FinishChecksum();
        return (await writer.CompleteAsync(cancellationToken), checksum);
    }

    /// <summary>The part that <c>x-amz-copy-source-range: bytes=0-1023</c> names; all without it.</summary>
    public static (long Start, long Length) RangeOf(HttpRequest request, S3Object source)
    {
        var text = request.Headers["x-amz-copy-source-range"].ToString();
        if (text.Length == 0)
        {
            return (0, source.Length);
        }

        var bounds = text.StartsWith("bytes=", StringComparison.Ordinal) ? text["bytes=".Length..].Split('-') : [];
        if (bounds.Length != 2
            || !long.TryParse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !long.TryParse(bounds[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            || first > last)
        {
            throw new AwsServiceException(
                "InvalidArgument", "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy");
        }

        return last < source.Length
            ? (first, last - first + 1)
            : throw new AwsServiceException("InvalidArgument", $"Range specified is not valid for source object of size: {source.Length}");
    }

    public static XElement Result(string name, DateTimeOffset modified, string etag, string? algorithm, string? checksum)
    {
        var result = new XElement(
            S3Configuration.Namespace + name, S3Xml.Text("LastModified", S3Store.Time(modified)), S3Xml.Text("ETag", $"\"{etag}\""));
        if (algorithm is not null)
        {
            result.Add(S3Xml.Text(S3Checksum.MemberOf(algorithm), checksum!));
        }

        return result;
    }
}

/// <param name="IsSame">The target is the object itself.</param>
internal sealed record CopySource(S3Object Item, FileStream Body, bool IsSame) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Body.DisposeAsync();
}
