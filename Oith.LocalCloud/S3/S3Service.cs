using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>Amazon S3 from the inside: other services read and write small objects, with bodies in base64. Clients use <see cref="S3Endpoint"/>.</summary>
internal sealed class S3Service : TreeService
{
    private readonly S3Store _store;
    private readonly S3Bodies _bodies;

    public S3Service(S3Store store, S3Bodies bodies, LocalCloudOptions options)
        : base(new AwsServiceDescription("s3"))
    {
        (_store, _bodies) = (store, bodies);
        var operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["CreateBucket"] = Now(input => Done(() => store.CreateBucket(
                input.RequiredText("Bucket"),
                input.Structure("CreateBucketConfiguration")?.Text("LocationConstraint") ?? options.Region))),
            ["DeleteBucket"] = Now(input => Done(() => store.DeleteBucket(input.RequiredText("Bucket")))),
            ["DeleteObject"] = Now(input => Done(() => store.Delete(input.RequiredText("Bucket"), input.RequiredText("Key"), conditions: null))),
            ["GetObject"] = GetObjectAsync,
            ["HeadBucket"] = Now(input => Done(() => store.RequireBucket(input.RequiredText("Bucket")))),
            ["HeadObject"] = Now(input => Head(store.Get(input.RequiredText("Bucket"), input.RequiredText("Key")))),
            ["ListBuckets"] = Now(_ => new JsonObject { ["Buckets"] = new JsonArray([.. store.ListBuckets()]) }),
            ["ListObjects"] = Now(ListObjects),
            ["ListObjectsV2"] = Now(ListObjects),
            ["PutObject"] = PutObjectAsync,
        };
        foreach (var part in S3Configuration.Parts)
        {
            operations["Put" + part.Operation] = Now(input => Done(() => store.Configure(input.RequiredText("Bucket"), part.Kind, Document(part, input))));
            operations["Delete" + part.Operation] = Now(input => Done(() => store.Configure(input.RequiredText("Bucket"), part.Kind, null)));
        }

        Operations = operations.ToDictionary(
            pair => pair.Key, pair => Understanding(pair.Key, MembersOf(pair.Key), pair.Value), StringComparer.Ordinal);
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    private static string[] MembersOf(string operation) => operation switch
    {
        "CreateBucket" => ["Bucket", "CreateBucketConfiguration"],
        "ListBuckets" => [],
        "ListObjects" or "ListObjectsV2" => ["Bucket", "Prefix"],
        "PutObject" => ["Bucket", "Key", "Body", "ContentType"],
        "GetObject" or "HeadObject" or "DeleteObject" => ["Bucket", "Key"],
        _ when operation.StartsWith("Put", StringComparison.Ordinal) =>
            ["Bucket", S3Configuration.Parts.First(part => part.Operation == operation["Put".Length..]).Member],
        _ => ["Bucket"],
    };

    /// <summary>The operation, refused when its input has a member that it would ignore.</summary>
    private static Func<JsonObject, CancellationToken, ValueTask<JsonObject?>> Understanding(
        string operation, string[] members, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>> handler) => (input, cancellationToken) =>
        input.FirstOrDefault(member => !members.Contains(member.Key)) is { Key: { } unknown }
            ? throw S3Errors.NotImplemented($"the member {unknown} of {operation} from inside")
            : handler(input, cancellationToken);

    private static string Document(S3Configuration.Part part, JsonObject input) => part.Kind == "policy"
        ? input.RequiredText(part.Member)
        : S3Configuration.ToXml(part, input[part.Member] ?? throw S3Errors.Invalid($"The member {part.Member} is required."));

    private async ValueTask<JsonObject?> GetObjectAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var (item, stream) = _store.Open(input.RequiredText("Bucket"), input.RequiredText("Key"));
        await using var opened = stream;
        var body = new byte[item.Length];
        await stream.ReadExactlyAsync(body, cancellationToken);
        var answer = Head(item);
        answer["AcceptRanges"] = "bytes";
        answer["Metadata"] = new JsonObject();
        answer["ServerSideEncryption"] = "AES256";
        answer["Body"] = Convert.ToBase64String(body);
        return answer;
    }

    private async ValueTask<JsonObject?> PutObjectAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var (bucket, key) = (input.RequiredText("Bucket"), input.RequiredText("Key"));
        _store.RequireBucket(bucket);
        await using var writer = _bodies.Create(null);
        var content = Base64(input.Text("Body") ?? "");
        await writer.WriteAsync(content, cancellationToken);
        var body = await writer.CompleteAsync(cancellationToken);
        var item = _store.Put(bucket, key, body, body.Md5, new JsonObject { ["Content-Type"] = input.Text("ContentType") ?? "binary/octet-stream" }, [], conditions: null);
        using var checksum = new S3Checksum("crc32");
        checksum.Append(content);
        return new JsonObject
        {
            ["ETag"] = $"\"{item.ETag}\"",
            ["ChecksumCRC32"] = checksum.Finish(),
            ["ChecksumType"] = "FULL_OBJECT",
            ["ServerSideEncryption"] = "AES256",
        };
    }

    private JsonObject ListObjects(JsonObject input)
    {
        var items = _store.List(input.RequiredText("Bucket"), input.Text("Prefix") ?? "");
        return new JsonObject
        {
            ["Contents"] = new JsonArray([.. items.Select(item => new JsonObject
            {
                ["Key"] = item.Key,
                ["Size"] = item.Length,
                ["ETag"] = $"\"{item.ETag}\"",
                ["LastModified"] = S3Store.Time(item.LastModified),
                ["StorageClass"] = "STANDARD",
            })]),
            ["KeyCount"] = items.Count,
            ["IsTruncated"] = false,
        };
    }

    private static JsonObject Head(S3Object item) => new()
    {
        ["ContentLength"] = item.Length,
        ["ContentType"] = item.Header("Content-Type"),
        ["ETag"] = $"\"{item.ETag}\"",
        ["LastModified"] = S3Store.Time(item.LastModified),
    };

    private static byte[] Base64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw S3Errors.Invalid($"The member Body must be base64; it starts with '{text[..Math.Min(text.Length, 16)]}'.");
        }
    }

    private static JsonObject? Done(Action action)
    {
        action();
        return [];
    }
}
