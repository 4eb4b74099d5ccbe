using System.Globalization;
using System.Net;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The conditions of a request: of the object that it reads, writes or deletes, or (<c>x-amz-copy-source-if-…</c>) of the one that it copies.</summary>
internal sealed record S3Conditions(string? IfMatch, string? IfNoneMatch, DateTimeOffset? IfModifiedSince, DateTimeOffset? IfUnmodifiedSince)
{
    public static S3Conditions Of(HttpRequest request) => Of(request, "");

    public static S3Conditions OfCopySource(HttpRequest request) => Of(request, "x-amz-copy-source-");

    /// <summary>
    /// Whether the object is read. As RFC 9110 has it, a time counts only where no ETag is given for the same: If-Match before
    /// If-Unmodified-Since, If-None-Match before If-Modified-Since.
    /// </summary>
    /// <returns>False: what the client has is still current (304).</returns>
    /// <exception cref="AwsServiceException">PreconditionFailed.</exception>
    public bool IsRead(S3Object item)
    {
        // HTTP dates have no fraction of a second.
        var modified = DateTimeOffset.FromUnixTimeSeconds(item.LastModified.ToUnixTimeSeconds());
        if (IfMatch is null ? IfUnmodifiedSince < modified : !Matches(IfMatch, item))
        {
            throw S3Errors.PreconditionFailed();
        }

        return IfNoneMatch is null ? !(IfModifiedSince >= modified) : !Matches(IfNoneMatch, item);
    }

    /// <summary>Whether the object is copied: as it is read, but there is no 304.</summary>
    /// <exception cref="AwsServiceException">PreconditionFailed.</exception>
    public void CheckCopied(S3Object item)
    {
        if (!IsRead(item))
        {
            throw S3Errors.PreconditionFailed();
        }
    }

    /// <summary>Whether an object is put in the place of <paramref name="existing"/>.</summary>
    /// <exception cref="AwsServiceException">PreconditionFailed; NoSuchKey: there is none to be replaced.</exception>
    public void CheckWritten(S3Object? existing)
    {
        if (IfNoneMatch is not null and not "*")
        {
            throw S3Errors.NotImplemented("If-None-Match of a write with anything but *, as S3 itself");
        }

        if (IfNoneMatch is not null && existing is not null)
        {
            throw S3Errors.PreconditionFailed();
        }

        if (IfMatch is not null && !Matches(IfMatch, existing ?? throw S3Errors.NoSuchKey()))
        {
            throw S3Errors.PreconditionFailed();
        }
    }

    /// <summary>Whether the object is deleted.</summary>
    /// <exception cref="AwsServiceException">PreconditionFailed, also when there is none.</exception>
    public void CheckDeleted(S3Object? existing)
    {
        if (IfMatch is not null && (existing is null || !Matches(IfMatch, existing)))
        {
            throw S3Errors.PreconditionFailed();
        }
    }

    // "5eb63bbb…", W/"…", a list of them, without quotation marks from some clients, or *.
    private static bool Matches(string tags, S3Object item) =>
        tags.Split(',', StringSplitOptions.TrimEntries).Any(tag =>
            tag == "*" || (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"') == item.ETag);

    private static S3Conditions Of(HttpRequest request, string prefix)
    {
        return new S3Conditions(Text("If-Match"), Text("If-None-Match"), Time("If-Modified-Since"), Time("If-Unmodified-Since"));

        string? Text(string name) => request.Headers.TryGetValue(prefix + name, out var value) && value.ToString() is { Length: > 0 } text ? text : null;

        DateTimeOffset? Time(string name) =>
            Text(name) is not { } text ? null
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
            : throw new AwsServiceException("InvalidArgument", $"The header {prefix}{name} is not a date: '{text}'.", HttpStatusCode.BadRequest);
    }
}
