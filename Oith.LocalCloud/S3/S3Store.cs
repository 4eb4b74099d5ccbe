using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>Buckets, their configuration and the objects in them.</summary>
internal sealed partial class S3Store : IDisposable
{
    private const string Buckets = "bucket";
    private const string Objects = "object";
    private const string Configurations = "configuration";

    private readonly RecordStore _records;
    private readonly S3Bodies _bodies;
    private readonly TimeProvider _time;

    /// <summary>Held while an object is replaced or removed, so that a condition is that of the object which it is about.</summary>
    private readonly Lock _lock = new();

    /// <exception cref="DataDirectoryException">An object's body is missing or has another length, and repair is off.</exception>
    public S3Store(JournalFactory journals, S3Bodies bodies, LocalCloudOptions options, TimeProvider time, ILogger<S3Store> logger)
    {
        (_records, _bodies, _time) = (new RecordStore(journals, "s3"), bodies, time);
        foreach (var record in _records.All(Objects))
        {
            var (bucket, item) = (record["Bucket"]!.GetValue<string>(), S3Object.Read(record));
            if (bodies.LengthOf(item.File) == item.Length)
            {
                continue;
            }

            var path = bodies.PathOf(item.File);
            if (!options.Repair)
            {
                _records.Dispose();
                throw new DataDirectoryException(
                    $"The body of the object {bucket}/{item.Key} is damaged: {path} must have {item.Length} bytes, and has "
                    + $"{bodies.LengthOf(item.File)?.ToString(CultureInfo.InvariantCulture) ?? "none"}. Nothing was changed. Restore the file from a copy, or "
                    + $"start once with --repair ({LocalCloudOptions.Section}:{nameof(LocalCloudOptions.Repair)}=true), which forgets the object and leaves the file.");
            }

            _records.Remove(Objects, $"{bucket}/{item.Key}");
            LogForgotten(logger, bucket, item.Key, path);
        }
    }

    public void CreateBucket(string name, string region)
    {
        if (!BucketNamePattern.IsMatch(name))
        {
            throw new AwsServiceException("InvalidBucketName", "The specified bucket is not valid.");
        }

        if (_records.Find(Buckets, name) is not null)
        {
            throw new AwsServiceException(
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
                System.Net.HttpStatusCode.Conflict);
        }

        _records.Put(Buckets, name, new JsonObject { ["Name"] = name, ["BucketRegion"] = region, ["CreationDate"] = Time(_time.GetUtcNow()) });
    }

    public void DeleteBucket(string name)
    {
        using var _ = _lock.EnterScope();
        RequireBucket(name);
        if (List(name, "").Count > 0)
        {
            throw new AwsServiceException("BucketNotEmpty", "The bucket you tried to delete is not empty", System.Net.HttpStatusCode.Conflict);
        }

        foreach (var configuration in _records.All(Configurations).Where(configuration => configuration["Bucket"]!.GetValue<string>() == name))
        {
            _records.Remove(Configurations, $"{name}?{configuration["Kind"]}");
        }

        _records.Remove(Buckets, name);
    }

    /// <returns>The bucket's record: Name, BucketRegion, CreationDate.</returns>
    /// <exception cref="AwsServiceException">NoSuchBucket.</exception>
    public JsonObject RequireBucket(string name) => _records.Find(Buckets, name) ?? throw S3Errors.NoSuchBucket();

    public List<JsonObject> ListBuckets() => _records.All(Buckets);

    /// <summary>Sets a part of the bucket's configuration; null removes it.</summary>
    /// <param name="kind">The name of S3's subresource: <c>versioning</c>, <c>policy</c>.</param>
    /// <param name="text">The document as S3 shows it: XML, or JSON for the policy.</param>
    public void Configure(string bucket, string kind, string? text)
    {
        RequireBucket(bucket);
        if (text is null)
        {
            _records.Remove(Configurations, $"{bucket}?{kind}");
        }
        else
        {
            _records.Put(Configurations, $"{bucket}?{kind}", new JsonObject { ["Bucket"] = bucket, ["Kind"] = kind, ["Text"] = text });
        }
    }

    public string? Configuration(string bucket, string kind)
    {
        RequireBucket(bucket);
        return _records.Find(Configurations, $"{bucket}?{kind}")?["Text"]!.GetValue<string>();
    }

    /// <summary>Puts the object in place; one of the same key is replaced.</summary>
    /// <param name="headers">What the object answers with: Content-Type, x-amz-meta-*.</param>
    /// <param name="etag">Without quotation marks.</param>
    /// <param name="conditions">Of the object that is replaced; null for none.</param>
    /// <exception cref="AwsServiceException">NoSuchBucket, PreconditionFailed: the body is dropped, and nothing is replaced.</exception>
    public S3Object Put(
        string bucket, string key, S3Bodies.Body body, string etag, JsonObject headers, JsonObject tags, S3Conditions? conditions)
    {
        var record = new JsonObject
        {
            ["Bucket"] = bucket,
            ["Key"] = key,
            ["File"] = body.File,
            ["Length"] = body.Length,
            ["ETag"] = etag,
            ["LastModified"] = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            ["Headers"] = headers,
            ["Tags"] = tags,
        };
        lock (_lock)
        {
            S3Object? old;
            try
            {
                RequireBucket(bucket);
                old = Find(bucket, key);
                conditions?.CheckWritten(old);
                _records.Put(Objects, $"{bucket}/{key}", record);
            }
            catch (AwsServiceException)
            {
                _bodies.Delete(body.File);
                throw;
            }

            if (old is not null)
            {
                _bodies.Delete(old.File);
            }

            return S3Object.Read(record);
        }
    }

    /// <summary>Replaces the object's tags.</summary>
    /// <exception cref="AwsServiceException">NoSuchBucket, NoSuchKey.</exception>
    public void SetTags(string bucket, string key, JsonObject tags)
    {
        lock (_lock)
        {
            Get(bucket, key);
            var record = _records.Find(Objects, $"{bucket}/{key}")!;
            record["Tags"] = tags;
            _records.Put(Objects, $"{bucket}/{key}", record);
        }
    }

    public S3Object? Find(string bucket, string key) =>
        _records.Find(Objects, $"{bucket}/{key}") is { } record ? S3Object.Read(record) : null;

    /// <exception cref="AwsServiceException">NoSuchBucket, NoSuchKey.</exception>
    public S3Object Get(string bucket, string key)
    {
        RequireBucket(bucket);
        return Find(bucket, key) ?? throw S3Errors.NoSuchKey();
    }

    /// <summary>The object and its body, of one version: an object that is replaced meanwhile is looked up again.</summary>
    /// <exception cref="AwsServiceException">NoSuchBucket, NoSuchKey.</exception>
    public (S3Object Item, FileStream Body) Open(string bucket, string key)
    {
        while (true)
        {
            var item = Get(bucket, key);
            try
            {
                return (item, _bodies.Open(item.File));
            }
            catch (FileNotFoundException) when (Find(bucket, key)?.File != item.File)
            {
                // A PUT or DELETE took the file between the two lines; an open file outlives both.
            }
        }
    }

    /// <summary>Deletes the object; one that is not there is no error.</summary>
    /// <exception cref="AwsServiceException">NoSuchBucket, PreconditionFailed.</exception>
    public void Delete(string bucket, string key, S3Conditions? conditions)
    {
        lock (_lock)
        {
            RequireBucket(bucket);
            var old = Find(bucket, key);
            conditions?.CheckDeleted(old);
            if (old is not null)
            {
                _records.Remove(Objects, $"{bucket}/{key}");
                _bodies.Delete(old.File);
            }
        }
    }

    /// <summary>The objects under the prefix, ordered as S3 orders keys.</summary>
    public List<S3Object> List(string bucket, string prefix)
    {
        RequireBucket(bucket);
        return [.. _records.All(Objects)
            .Where(record => record["Bucket"]!.GetValue<string>() == bucket && record["Key"]!.GetValue<string>().StartsWith(prefix, StringComparison.Ordinal))
            .Select(S3Object.Read)
            .OrderBy(item => item.Key, StringComparer.Ordinal)];
    }

    public void Dispose() => _records.Dispose();

    /// <summary>A time as S3's XML has it.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    [LoggerMessage(1, LogLevel.Warning, "The object {Bucket}/{Key} is lost, as its body {Path} is missing or cut")]
    private static partial void LogForgotten(ILogger logger, string bucket, string key, string path);

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex BucketNamePattern { get; }
}

/// <summary>An object without its body.</summary>
/// <param name="File">Where the body is.</param>
/// <param name="ETag">Without quotation marks.</param>
/// <param name="Headers">What it answers with: Content-Type, x-amz-meta-*, x-amz-checksum-*.</param>
/// <param name="Tags">Values by key.</param>
internal sealed record S3Object(string Key, string File, long Length, string ETag, DateTimeOffset LastModified, JsonObject Headers, JsonObject Tags)
{
    public static S3Object Read(JsonObject record) => new(
        record[nameof(Key)]!.GetValue<string>(),
        record[nameof(File)]!.GetValue<string>(),
        record[nameof(Length)]!.GetValue<long>(),
        record[nameof(ETag)]!.GetValue<string>(),
        DateTimeOffset.FromUnixTimeMilliseconds(record[nameof(LastModified)]!.GetValue<long>()),
        record[nameof(Headers)]!.AsObject(),
        // An older LocalCloud kept none.
        record[nameof(Tags)]?.AsObject() ?? []);

    public string? Header(string name) => Headers[name]?.GetValue<string>();
}
