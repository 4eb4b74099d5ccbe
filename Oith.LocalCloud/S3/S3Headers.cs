using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The headers that an object is put with and answers with.</summary>
internal static class S3Headers
{
    private const string Checksum = "x-amz-checksum-";
    private const string ChecksumType = "x-amz-checksum-type";
    private const string Encryption = "x-amz-server-side-encryption";

    private static readonly string[] s_kept =
        ["Content-Type", "Content-Disposition", "Content-Language", "Cache-Control", "Expires", Encryption];

    private static readonly (string Parameter, string Header)[] s_overrides =
    [
        ("response-cache-control", "Cache-Control"), ("response-content-disposition", "Content-Disposition"),
        ("response-content-encoding", "Content-Encoding"), ("response-content-language", "Content-Language"),
        ("response-content-type", "Content-Type"), ("response-expires", "Expires"),
    ];

    /// <summary>What of a request's headers the object answers with.</summary>
    public static JsonObject Kept(HttpRequest request)
    {
        var headers = new JsonObject { ["Content-Type"] = "binary/octet-stream" };
        foreach (var (name, value) in request.Headers)
        {
            if (s_kept.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase))
            {
                headers[name] = value.ToString();
            }
        }

        // aws-chunked tells how the body travelled, not what it is.
        var encoding = string.Join(',', request.Headers.ContentEncoding.SelectMany(value => value!.Split(',', StringSplitOptions.TrimEntries)).Where(value => value != "aws-chunked"));
        if (encoding.Length > 0)
        {
            headers["Content-Encoding"] = encoding;
        }

        return headers;
    }

    /// <summary>Sets the object's headers, and those that the request wants in their place.</summary>
    public static void Show(HttpRequest request, HttpResponse response, S3Object item, bool isWhole)
    {
        foreach (var (name, value) in item.Headers)
        {
            if (!name.StartsWith(Checksum, StringComparison.Ordinal) || (isWhole && request.Headers["x-amz-checksum-mode"].Count > 0))
            {
                response.Headers[name] = value!.GetValue<string>();
            }
        }

        foreach (var (parameter, header) in s_overrides)
        {
            if (request.Query[parameter].ToString() is { Length: > 0 } value)
            {
                response.Headers[header] = value;
            }
        }

        if (item.Tags.Count > 0)
        {
            response.Headers["x-amz-tagging-count"] = item.Tags.Count.ToString(CultureInfo.InvariantCulture);
        }
    }

    public static void ShowEncryption(HttpResponse response, S3Object item)
    {
        if (item.Header(Encryption) is { } encryption)
        {
            response.Headers[Encryption] = encryption;
        }
    }

    public static void SetChecksum(JsonObject headers, KeyValuePair<string, string> checksum, string type)
    {
        headers[checksum.Key] = checksum.Value;
        headers[ChecksumType] = type;
    }

    public static (string Algorithm, string Value, string Type)? ChecksumOf(S3Object item)
    {
        var algorithm = S3Checksum.Algorithms.FirstOrDefault(algorithm => item.Header(Checksum + algorithm) is not null);
        return algorithm is null ? null : (algorithm, item.Header(Checksum + algorithm)!, item.Header(ChecksumType) ?? "FULL_OBJECT");
    }

    /// <summary>A copy of the object's headers but for its checksum, which a copy computes anew.</summary>
    public static JsonObject WithoutChecksum(S3Object item)
    {
        var headers = (JsonObject)item.Headers.DeepClone();
        foreach (var name in headers.Select(header => header.Key).Where(name => name.StartsWith(Checksum, StringComparison.Ordinal)).ToList())
        {
            headers.Remove(name);
        }

        return headers;
    }

    /// <exception cref="AwsServiceException">AccessDenied: the bucket is not the named account's.</exception>
    public static void CheckOwner(HttpRequest request, string header, LocalCloudOptions options)
    {
        if (request.Headers[header].ToString() is { Length: > 0 } owner && owner != options.AccountId)
        {
            throw new AwsServiceException("AccessDenied", "Access Denied", HttpStatusCode.Forbidden);
        }
    }
}
