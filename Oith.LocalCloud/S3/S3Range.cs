using System.Net;
using System.Net.Http.Headers;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The part of a body that a request asks for.</summary>
internal static class S3Range
{
    /// <summary>Null for none, and, as in S3, for several or one that is not valid: the whole is sent.</summary>
    public static RangeItemHeaderValue? Of(HttpRequest request) =>
        RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var range) && range.Ranges.Count == 1 ? range.Ranges.First() : null;

    /// <exception cref="AwsServiceException">InvalidRange.</exception>
    public static (long Start, long Length) Resolve(RangeItemHeaderValue range, long length)
    {
        var start = range.From ?? Math.Max(0, length - range.To!.Value);
        var end = range.From is null ? length - 1 : Math.Min(range.To ?? long.MaxValue, length - 1);
        return start <= end
            ? (start, end - start + 1)
            : throw new AwsServiceException("InvalidRange", "The requested range is not satisfiable", HttpStatusCode.RequestedRangeNotSatisfiable);
    }
}
