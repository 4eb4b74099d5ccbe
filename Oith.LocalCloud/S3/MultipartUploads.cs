using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>Uploads in parts that are under way. They are not kept over a restart; a client starts such an upload anew.</summary>
internal sealed class MultipartUploads(S3Store store, S3Bodies bodies)
{
    private readonly ConcurrentDictionary<string, Upload> _uploads = new(StringComparer.Ordinal);

    public string Start(string bucket, string key, JsonObject headers)
    {
        store.RequireBucket(bucket);
        var id = Guid.NewGuid().ToString("N");
        _uploads[id] = new Upload(bucket, key, headers);
        return id;
    }

    /// <exception cref="AwsServiceException">NoSuchUpload.</exception>
    public void AddPart(string id, string bucket, string key, int number, S3Bodies.Body body)
    {
        if (number is < 1 or > 10_000)
        {
            throw new AwsServiceException("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
        }

        var upload = Get(id, bucket, key);
        lock (upload)
        {
            if (upload.Parts.Remove(number, out var old))
            {
                bodies.Delete(old.File);
            }

            upload.Parts[number] = body;
        }
    }

    /// <summary>The parts that are there, by number.</summary>
    public IReadOnlyDictionary<int, S3Bodies.Body> Parts(string id, string bucket, string key)
    {
        var upload = Get(id, bucket, key);
        lock (upload)
        {
            return new SortedDictionary<int, S3Bodies.Body>(upload.Parts);
        }
    }

    /// <summary>Joins the named parts to the object.</summary>
    /// <exception cref="AwsServiceException">NoSuchUpload, InvalidPart, InvalidPartOrder.</exception>
    public async ValueTask<S3Object> CompleteAsync(
        string id, string bucket, string key, IReadOnlyList<(int Number, string ETag)> parts, CancellationToken cancellationToken)
    {
        var present = Parts(id, bucket, key);
        if (parts.Count == 0 || parts.Zip(parts.Skip(1)).Any(pair => pair.First.Number >= pair.Second.Number))
        {
            throw new AwsServiceException("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.");
        }

        if (parts.Any(part => present.GetValueOrDefault(part.Number)?.Md5 != part.ETag.Trim('"')))
        {
            throw new AwsServiceException(
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.");
        }

        await using var writer = bodies.Create(null);
        var buffer = new byte[1 << 16];
        foreach (var (number, _) in parts)
        {
            await using var part = bodies.Open(present[number].File);
            int read;
            while ((read = await part.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await writer.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }

        var headers = Get(id, bucket, key).Headers;
        var digests = parts.SelectMany(part => Convert.FromHexString(present[part.Number].Md5)).ToArray();
#pragma warning disable CA5351 // S3's ETag is an MD5; it protects nothing.
        var etag = $"{Convert.ToHexStringLower(MD5.HashData(digests))}-{parts.Count}";
#pragma warning restore CA5351
        var body = await writer.CompleteAsync(cancellationToken);
        Abort(id, bucket, key);
        return store.Put(bucket, key, body, etag, headers);
    }

    /// <exception cref="AwsServiceException">NoSuchUpload.</exception>
    public void Abort(string id, string bucket, string key)
    {
        var upload = Get(id, bucket, key);
        _uploads.TryRemove(id, out _);
        lock (upload)
        {
            foreach (var part in upload.Parts.Values)
            {
                bodies.Delete(part.File);
            }
        }
    }

    private Upload Get(string id, string bucket, string key) =>
        _uploads.TryGetValue(id, out var upload) && upload.Bucket == bucket && upload.Key == key ? upload : throw S3Errors.NoSuchUpload();

    private sealed record Upload(string Bucket, string Key, JsonObject Headers)
    {
        public Dictionary<int, S3Bodies.Body> Parts { get; } = [];
    }
}
