using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>What a request addresses.</summary>
internal enum S3Level
{
    Service,
    Bucket,
    Object,
}

/// <summary>An operation of S3 that LocalCloud has, with all that it understands. Whatever else a request says is refused, never ignored.</summary>
/// <param name="Keys">The query parameters that tell this operation from others of its method: <c>tagging</c>; <c>partNumber</c>, <c>uploadId</c>.</param>
/// <param name="Parameters">Further query parameters.</param>
/// <param name="Headers">The conditions and <c>x-amz-</c> headers beyond those that every operation knows; one that ends in <c>-</c> is a prefix.</param>
internal sealed record S3Operation(string Name, string Method, S3Level Level, string[] Keys, string[] Parameters, string[] Headers)
{
    private const string CopySource = "x-amz-copy-source";

    // They sign the request, name the client, say how the body travels (and is checked), or who pays: none changes what is done.
    private static readonly string[] s_commonHeaders =
    [
        "x-amz-date", "x-amz-api-version", "x-amz-content-sha256", "x-amz-security-token", "x-amz-user-agent", "x-amz-decoded-content-length", "x-amz-trailer",
        "x-amz-sdk-checksum-algorithm", "x-amz-request-payer", "x-amz-expected-bucket-owner",
    ];

    private static readonly string[] s_commonParameters =
    [
        "x-id", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token",
    ];

    private static readonly string[] s_conditions = ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"];

    // Headers of which LocalCloud does what these values say, and nothing else.
    private static readonly Dictionary<string, string[]> s_values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["x-amz-acl"] = ["private", "bucket-owner-full-control"],
        ["x-amz-storage-class"] = ["STANDARD"],
        ["x-amz-server-side-encryption"] = ["AES256"],
        ["x-amz-server-side-encryption-bucket-key-enabled"] = ["false"],
        ["x-amz-bucket-object-lock-enabled"] = ["false"],
        ["x-amz-object-ownership"] = ["BucketOwnerEnforced"],
        ["x-amz-metadata-directive"] = ["COPY", "REPLACE"],
        ["x-amz-tagging-directive"] = ["COPY", "REPLACE"],
        ["x-amz-checksum-algorithm"] = [.. S3Checksum.Algorithms],
        ["x-amz-checksum-type"] = ["COMPOSITE", "FULL_OBJECT"],
        ["x-amz-checksum-mode"] = ["ENABLED"],
    };

    /// <summary>The operation that a request asks for.</summary>
    /// <exception cref="AwsServiceException">NotImplemented: LocalCloud has no such operation, or a part of the request that it does not understand.</exception>
    public static S3Operation Of(HttpRequest request, S3Level level)
    {
        var isCopy = request.Headers.ContainsKey(CopySource);
        var operation = S3Operations.All
            .Where(operation => operation.Method == request.Method && operation.Level == level
                && operation.Keys.All(key => request.Query.Keys.Contains(key, StringComparer.Ordinal))
                && (!isCopy || operation.Headers.Contains(CopySource) || operation.Method != "PUT"))
            .OrderByDescending(operation => operation.Keys.Length + (operation.Headers.Contains(CopySource) == isCopy ? 0.5 : 0))
            .FirstOrDefault() ?? throw S3Errors.NotImplemented($"{request.Method} on {Named(level)} with '{request.QueryString}'");
        operation.Check(request);
        return operation;
    }

    private void Check(HttpRequest request)
    {
        foreach (var parameter in request.Query.Keys)
        {
            if (!Keys.Contains(parameter) && !Parameters.Contains(parameter) && !s_commonParameters.Contains(parameter))
            {
                throw S3Errors.NotImplemented($"the parameter '{parameter}' of {Method} on {Named(Level)}");
            }
        }

        foreach (var (header, value) in request.Headers)
        {
            if (!Understands(header))
            {
                throw S3Errors.NotImplemented($"the header {header} of {Name}");
            }

            if (s_values.TryGetValue(header, out var values) && !values.Contains(value.ToString(), StringComparer.OrdinalIgnoreCase))
            {
                throw S3Errors.NotImplemented($"the value '{value}' of the header {header}; it does {string.Join(", ", values)}");
            }
        }
    }

    private bool Understands(string header) =>
        (!header.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !s_conditions.Contains(header, StringComparer.OrdinalIgnoreCase))
        || s_commonHeaders.Contains(header, StringComparer.OrdinalIgnoreCase)
        || Headers.Any(known => known.EndsWith('-')
            ? header.StartsWith(known, StringComparison.OrdinalIgnoreCase)
            : header.Equals(known, StringComparison.OrdinalIgnoreCase));

    private static string Named(S3Level level) => level switch
    {
        S3Level.Service => "the service",
        S3Level.Bucket => "a bucket",
        _ => "an object",
    };
}
