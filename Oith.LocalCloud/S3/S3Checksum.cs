using System.Security.Cryptography;

namespace Oith.LocalCloud.S3;

/// <summary>One of S3's checksum algorithms at work on a body.</summary>
internal sealed class S3Checksum : IDisposable
{
    /// <summary>The algorithms by the ending of their header: <c>x-amz-checksum-crc32</c>.</summary>
    public static readonly string[] Algorithms = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

    private readonly ReflectedCrc? _crc;
    private readonly IncrementalHash? _hash;

    public S3Checksum(string algorithm)
    {
        Algorithm = algorithm;
        (_crc, _hash) = algorithm switch
        {
            "crc32" => (ReflectedCrc.Crc32(), null),
            "crc32c" => (ReflectedCrc.Crc32C(), null),
            "crc64nvme" => (ReflectedCrc.Crc64Nvme(), null),
            "sha1" => ((ReflectedCrc?)null, IncrementalHash.CreateHash(HashAlgorithmName.SHA1)),
            "sha256" => (null, IncrementalHash.CreateHash(HashAlgorithmName.SHA256)),
            _ => throw S3Errors.NotImplemented($"the checksum algorithm {algorithm}"),
        };
    }

    public string Algorithm { get; }

    /// <summary>The algorithm's member in S3's XML: <c>ChecksumCRC32</c>.</summary>
    public static string MemberOf(string algorithm) => "Checksum" + algorithm.ToUpperInvariant();

    public void Append(ReadOnlySpan<byte> data)
    {
        _crc?.Append(data);
        _hash?.AppendData(data);
    }

    public string Finish() => Convert.ToBase64String(_crc?.Finish() ?? _hash!.GetHashAndReset());

    public void Dispose() => _hash?.Dispose();
}
