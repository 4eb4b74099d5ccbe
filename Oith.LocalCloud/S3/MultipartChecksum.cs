using System.Globalization;
using System.Xml.Linq;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>How an upload in parts is checked: by the checksum of the whole, or by that of the parts' checksums.</summary>
internal sealed record MultipartChecksum(string Algorithm, string Type)
{
    public const string Composite = "COMPOSITE";

    /// <summary>What CreateMultipartUpload asks for, null for nothing.</summary>
    /// <exception cref="AwsServiceException">InvalidRequest: S3 does not have the type for the algorithm.</exception>
    public static MultipartChecksum? Of(HttpRequest request)
    {
        var algorithm = request.Headers["x-amz-checksum-algorithm"].ToString().ToLowerInvariant();
        var type = request.Headers["x-amz-checksum-type"].ToString();
        if (algorithm.Length == 0)
        {
            return type.Length == 0 ? null : throw S3Errors.Invalid("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
        }

        type = type.Length > 0 ? type.ToUpperInvariant() : algorithm == "crc64nvme" ? "FULL_OBJECT" : Composite;
        var isKnown = type == Composite ? algorithm != "crc64nvme" : !algorithm.StartsWith("sha", StringComparison.Ordinal);
        return isKnown
            ? new MultipartChecksum(algorithm, type)
            : throw S3Errors.Invalid($"The {type} checksum type cannot be used with the {algorithm} checksum algorithm.");
    }

    /// <summary>The checksum that a request gives as a header, by its algorithm.</summary>
    public static KeyValuePair<string, string>? Given(HttpRequest request)
    {
        var algorithm = S3Checksum.Algorithms.FirstOrDefault(algorithm => request.Headers["x-amz-checksum-" + algorithm].Count > 0);
        return algorithm is null ? null : KeyValuePair.Create(algorithm, request.Headers["x-amz-checksum-" + algorithm].ToString());
    }

    /// <summary>The checksum of the parts' checksums, with their number: <c>4waSgw==-3</c>.</summary>
    public string OfParts(IReadOnlyCollection<UploadedPart> parts)
    {
        using var checksum = new S3Checksum(Algorithm);
        foreach (var part in parts)
        {
            checksum.Append(Convert.FromBase64String(part.Checksum!));
        }

        return string.Create(CultureInfo.InvariantCulture, $"{checksum.Finish()}-{parts.Count}");
    }
}

/// <summary>What CompleteMultipartUpload asks for.</summary>
/// <param name="Given">The whole's checksum that the client expects, by its algorithm; null for none.</param>
/// <param name="Type">The type of the checksum that the client expects, null when it names none.</param>
/// <param name="Size">The whole's size that the client expects, null when it names none.</param>
internal sealed record MultipartCompletion(
    IReadOnlyList<MultipartCompletion.Part> Parts, KeyValuePair<string, string>? Given, string? Type, long? Size, S3Conditions Conditions)
{
    /// <param name="Checksums">Of the part, by algorithm.</param>
    public sealed record Part(int Number, string ETag, IReadOnlyDictionary<string, string> Checksums);

    public static Part ReadPart(XElement part) => new(
        int.TryParse(part.ValueOf("PartNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new AwsServiceException("MalformedXML", "A Part without a PartNumber."),
        part.ValueOf("ETag") ?? "",
        S3Checksum.Algorithms
            .Select(algorithm => (Algorithm: algorithm, Value: part.ValueOf(S3Checksum.MemberOf(algorithm))))
            .Where(pair => pair.Value is not null)
            .ToDictionary(pair => pair.Algorithm, pair => pair.Value!, StringComparer.Ordinal));
}
