using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <param name="Checksum">By the upload's algorithm, or by the one that came with the part; null for none.</param>
internal sealed record UploadedPart(S3Bodies.Body Body, string? Checksum);

/// <summary>Uploads in parts that are under way. They are not kept over a restart; a client starts such an upload anew.</summary>
internal sealed class MultipartUploads(S3Store store, S3Bodies bodies)
{
    private readonly ConcurrentDictionary<string, Upload> _uploads = new(StringComparer.Ordinal);

    public string Start(string bucket, string key, JsonObject headers, JsonObject tags, MultipartChecksum? checksum)
    {
        store.RequireBucket(bucket);
        var id = Guid.NewGuid().ToString("N");
        _uploads[id] = new Upload(bucket, key, headers, tags, checksum);
        return id;
    }

    /// <summary>The checksum algorithm that the upload was started with, null for none.</summary>
    /// <exception cref="AwsServiceException">NoSuchUpload.</exception>
    public string? AlgorithmOf(string id, string bucket, string key) => Get(id, bucket, key).Checksum?.Algorithm;

    /// <exception cref="AwsServiceException">NoSuchUpload, also when it ended while the part was received; the part's body is deleted then.</exception>
    public void AddPart(string id, string bucket, string key, int number, UploadedPart part)
    {
        _uploads.TryGetValue(id, out var upload);
        if (upload is null || upload.Bucket != bucket || upload.Key != key)
        {
            bodies.Delete(part.Body.File);
            throw S3Errors.NoSuchUpload();
        }

        lock (upload)
        {
            if (upload.IsOver)
            {
                bodies.Delete(part.Body.File);
                throw S3Errors.NoSuchUpload();
            }

            if (upload.Parts.Remove(number, out var old))
            {
                bodies.Delete(old.Body.File);
            }

            upload.Parts[number] = part;
        }
    }

    /// <summary>The parts that are there, by number.</summary>
    public IReadOnlyDictionary<int, UploadedPart> Parts(string id, string bucket, string key)
    {
        var upload = Get(id, bucket, key);
        lock (upload)
        {
            return new SortedDictionary<int, UploadedPart>(upload.Parts);
        }
    }

    /// <summary>Joins the named parts to the object.</summary>
    /// <exception cref="AwsServiceException">NoSuchUpload, InvalidPart, InvalidPartOrder, BadDigest, PreconditionFailed: the upload goes on.</exception>
    public async ValueTask<S3Object> CompleteAsync(
        string id, string bucket, string key, MultipartCompletion completion, CancellationToken cancellationToken)
    {
        var upload = Get(id, bucket, key);
        completion.Conditions.CheckWritten(store.Find(bucket, key));
        var parts = Chosen(Parts(id, bucket, key), completion, upload.Checksum);
        var headers = (JsonObject)upload.Headers.DeepClone();
        var body = await JoinAsync(parts, upload.Checksum, completion, headers, cancellationToken);
        var digests = parts.SelectMany(part => Convert.FromHexString(part.Body.Md5)).ToArray();
#pragma warning disable CA5351 // S3's ETag is an MD5; it protects nothing.
        var etag = $"{Convert.ToHexStringLower(MD5.HashData(digests))}-{parts.Count}";
#pragma warning restore CA5351
        var item = store.Put(bucket, key, body, etag, headers, upload.Tags, completion.Conditions);
        Remove(id, upload);
        return item;
    }

    /// <exception cref="AwsServiceException">NoSuchUpload.</exception>
    public void Abort(string id, string bucket, string key) => Remove(id, Get(id, bucket, key));

    private static List<UploadedPart> Chosen(IReadOnlyDictionary<int, UploadedPart> present, MultipartCompletion completion, MultipartChecksum? checksum)
    {
        var parts = completion.Parts;
        if (parts.Count == 0 || parts.Zip(parts.Skip(1)).Any(pair => pair.First.Number >= pair.Second.Number))
        {
            throw new AwsServiceException("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.");
        }

        if (parts.Any(part => present.GetValueOrDefault(part.Number) is not { } found
            || found.Body.Md5 != part.ETag.Trim('"')
            || (checksum is not null && part.Checksums.TryGetValue(checksum.Algorithm, out var given) && given != found.Checksum)))
        {
            throw new AwsServiceException(
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.");
        }

        var chosen = parts.Select(part => present[part.Number]).ToList();
        if (completion.Size is { } size && size != chosen.Sum(part => part.Body.Length))
        {
            throw S3Errors.Invalid("The provided 'x-amz-mp-object-size' header does not match what was computed.");
        }

        return completion.Type is not null && completion.Type != (checksum?.Type ?? "FULL_OBJECT")
            ? throw S3Errors.Invalid($"The upload was created using the {checksum?.Type ?? "null"} checksum mode. The complete request must use the same checksum mode.")
            : chosen;
    }

    /// <summary>Writes the parts as one body, and sets and checks its checksum.</summary>
    private async ValueTask<S3Bodies.Body> JoinAsync(
        List<UploadedPart> parts, MultipartChecksum? checksum, MultipartCompletion completion, JsonObject headers, CancellationToken cancellationToken)
    {
        var isComposite = checksum is { Type: MultipartChecksum.Composite };
        var algorithm = checksum?.Algorithm ?? completion.Given?.Key;
        await using var writer = bodies.Create(isComposite ? null : algorithm);
        var buffer = new byte[1 << 16];
        foreach (var part in parts)
        {
            await using var stream = OpenPart(part);
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await writer.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }

        if (algorithm is not null)
        {
            var value = isComposite ? checksum!.OfParts(parts) : writer.FinishChecksum()!;
            if (completion.Given is { } given && (given.Key != algorithm || given.Value != value))
            {
                throw S3Errors.BadDigest(given.Key.ToUpperInvariant());
            }

            S3Headers.SetChecksum(headers, KeyValuePair.Create("x-amz-checksum-" + algorithm, value), checksum?.Type ?? "FULL_OBJECT");
        }

        return await writer.CompleteAsync(cancellationToken);
    }

    /// <exception cref="AwsServiceException">NoSuchUpload: the part was replaced, or the upload ended, while the parts are joined.</exception>
    private FileStream OpenPart(UploadedPart part)
    {
        try
        {
            return bodies.Open(part.Body.File);
        }
        catch (FileNotFoundException)
        {
            throw S3Errors.NoSuchUpload();
        }
    }

    private void Remove(string id, Upload upload)
    {
        _uploads.TryRemove(id, out _);
        lock (upload)
        {
            upload.IsOver = true;
            foreach (var part in upload.Parts.Values)
            {
                bodies.Delete(part.Body.File);
            }
        }
    }

    private Upload Get(string id, string bucket, string key) =>
        _uploads.TryGetValue(id, out var upload) && upload.Bucket == bucket && upload.Key == key ? upload : throw S3Errors.NoSuchUpload();

    private sealed record Upload(string Bucket, string Key, JsonObject Headers, JsonObject Tags, MultipartChecksum? Checksum)
    {
        public Dictionary<int, UploadedPart> Parts { get; } = [];

        /// <summary>Completed or aborted: no part may be added any more.</summary>
        public bool IsOver { get; set; }
    }
}
