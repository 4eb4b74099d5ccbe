namespace Oith.LocalCloud.S3;

/// <summary>The operations of S3 that LocalCloud has. The table of docs/localcloud/s3.md lists the same.</summary>
internal static class S3Operations
{
    private static readonly string[] s_none = [];

    private static readonly string[] s_writeConditions = ["If-Match", "If-None-Match"];

    private static readonly string[] s_readConditions = ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"];

    private static readonly string[] s_copySource =
    [
        "x-amz-copy-source", "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match", "x-amz-copy-source-if-modified-since",
        "x-amz-copy-source-if-unmodified-since", "x-amz-source-expected-bucket-owner",
    ];

    private static readonly string[] s_stored =
    [
        "x-amz-acl", "x-amz-meta-", "x-amz-storage-class", "x-amz-server-side-encryption", "x-amz-server-side-encryption-bucket-key-enabled", "x-amz-tagging",
    ];

    private static readonly string[] s_shown =
    [
        "response-cache-control", "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type",
        "response-expires",
    ];

    private static readonly string[] s_checksums = [.. S3Checksum.Algorithms.Select(algorithm => "x-amz-checksum-" + algorithm)];

    public static IReadOnlyList<S3Operation> All { get; } =
    [
        new("ListBuckets", "GET", S3Level.Service, [], ["max-buckets", "continuation-token", "prefix", "bucket-region"], s_none),
        new("CreateBucket", "PUT", S3Level.Bucket, [], s_none, ["x-amz-acl", "x-amz-bucket-object-lock-enabled", "x-amz-object-ownership", .. s_checksums]),
        new("HeadBucket", "HEAD", S3Level.Bucket, [], s_none, s_none),
        new("DeleteBucket", "DELETE", S3Level.Bucket, [], s_none, s_none),
        new("GetBucketLocation", "GET", S3Level.Bucket, ["location"], s_none, s_none),
        new("ListObjects", "GET", S3Level.Bucket, [], ["delimiter", "encoding-type", "marker", "max-keys", "prefix"], s_none),
        new(
            "ListObjectsV2", "GET", S3Level.Bucket, ["list-type"],
            ["delimiter", "encoding-type", "max-keys", "prefix", "continuation-token", "fetch-owner", "start-after"], s_none),
        new("DeleteObjects", "POST", S3Level.Bucket, ["delete"], s_none, s_checksums),
        .. S3Configuration.Parts.SelectMany(part => new[]
        {
            new S3Operation("Put" + part.Operation, "PUT", S3Level.Bucket, [part.Kind], s_none, [.. s_checksums, "x-amz-confirm-remove-self-bucket-access"]),
            new S3Operation("Get" + part.Operation, "GET", S3Level.Bucket, [part.Kind], s_none, s_none),
            new S3Operation("Delete" + part.Operation, "DELETE", S3Level.Bucket, [part.Kind], s_none, s_none),
        }),
        new("GetObject", "GET", S3Level.Object, [], s_shown, [.. s_readConditions, "x-amz-checksum-mode"]),
        new("HeadObject", "HEAD", S3Level.Object, [], s_shown, [.. s_readConditions, "x-amz-checksum-mode"]),
        new("GetObjectAttributes", "GET", S3Level.Object, ["attributes"], s_none, ["x-amz-object-attributes"]),
        new("PutObject", "PUT", S3Level.Object, [], s_none, [.. s_writeConditions, .. s_stored, .. s_checksums]),
        new(
            "CopyObject", "PUT", S3Level.Object, [], s_none,
            [.. s_copySource, .. s_writeConditions, .. s_stored, "x-amz-metadata-directive", "x-amz-tagging-directive", "x-amz-checksum-algorithm"]),
        new("DeleteObject", "DELETE", S3Level.Object, [], s_none, ["If-Match"]),
        new("PutObjectTagging", "PUT", S3Level.Object, ["tagging"], s_none, s_checksums),
        new("GetObjectTagging", "GET", S3Level.Object, ["tagging"], s_none, s_none),
        new("DeleteObjectTagging", "DELETE", S3Level.Object, ["tagging"], s_none, s_none),
        new("CreateMultipartUpload", "POST", S3Level.Object, ["uploads"], s_none, [.. s_stored, "x-amz-checksum-algorithm", "x-amz-checksum-type"]),
        new("UploadPart", "PUT", S3Level.Object, ["partNumber", "uploadId"], s_none, s_checksums),
        new("UploadPartCopy", "PUT", S3Level.Object, ["partNumber", "uploadId"], s_none, [.. s_copySource, "x-amz-copy-source-range"]),
        new("ListParts", "GET", S3Level.Object, ["uploadId"], ["max-parts", "part-number-marker"], s_none),
        new(
            "CompleteMultipartUpload", "POST", S3Level.Object, ["uploadId"], s_none,
            [.. s_writeConditions, .. s_checksums, "x-amz-checksum-type", "x-amz-mp-object-size"]),
        new("AbortMultipartUpload", "DELETE", S3Level.Object, ["uploadId"], s_none, s_none),
    ];
}
