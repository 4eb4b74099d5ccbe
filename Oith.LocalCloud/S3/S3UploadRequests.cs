using System.Globalization;
using System.Xml.Linq;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The requests to an upload in parts.</summary>
internal sealed class S3UploadRequests(S3Bodies bodies, S3Copies copies, MultipartUploads uploads)
{
    private const int MostParts = 1000;

    public Task HandleAsync(HttpContext context, S3Endpoint.Target target, S3Operation operation)
    {
        var uploadId = context.Request.Query["uploadId"].ToString();
        return operation.Name switch
        {
            "CreateMultipartUpload" => StartAsync(context, target),
            "UploadPart" => UploadPartAsync(context, target, uploadId),
            "UploadPartCopy" => CopyPartAsync(context, target, uploadId),
            "ListParts" => ListPartsAsync(context, target, uploadId),
            "CompleteMultipartUpload" => CompleteAsync(context, target, uploadId),
            "AbortMultipartUpload" => AbortAsync(context, target, uploadId),
            _ => throw S3Errors.NotImplemented(operation.Name),
        };
    }

    private Task StartAsync(HttpContext context, S3Endpoint.Target target)
    {
        var request = context.Request;
        var checksum = MultipartChecksum.Of(request);
        var id = uploads.Start(target.Bucket, target.Key, S3Headers.Kept(request), S3Tags.FromHeader(request), checksum);
        if (checksum is not null)
        {
            context.Response.Headers["x-amz-checksum-algorithm"] = checksum.Algorithm.ToUpperInvariant();
            context.Response.Headers["x-amz-checksum-type"] = checksum.Type;
        }

        return S3Xml.WriteAsync(context, new XElement(
            S3Configuration.Namespace + "InitiateMultipartUploadResult",
            S3Xml.Text("Bucket", target.Bucket),
            S3Xml.Text("Key", target.Key),
            S3Xml.Text("UploadId", id)));
    }

    private async Task UploadPartAsync(HttpContext context, S3Endpoint.Target target, string uploadId)
    {
        var number = NumberOf(context.Request);
        var algorithm = uploads.AlgorithmOf(uploadId, target.Bucket, target.Key);
        var (body, checksum) = await S3BodyReader.ReadAsync(context.Request, bodies, algorithm, context.RequestAborted);
        uploads.AddPart(uploadId, target.Bucket, target.Key, number, new UploadedPart(body, checksum?.Value));
        context.Response.Headers.ETag = $"\"{body.Md5}\"";
        if (checksum is { } header)
        {
            context.Response.Headers[header.Key] = header.Value;
        }
    }

    private async Task CopyPartAsync(HttpContext context, S3Endpoint.Target target, string uploadId)
    {
        var number = NumberOf(context.Request);
        var algorithm = uploads.AlgorithmOf(uploadId, target.Bucket, target.Key);
        await using var source = copies.Source(context.Request, target);
        var (start, length) = S3Copies.RangeOf(context.Request, source.Item);
        var (body, checksum) = await copies.ReadAsync(source, start, length, algorithm, context.RequestAborted);
        uploads.AddPart(uploadId, target.Bucket, target.Key, number, new UploadedPart(body, checksum));
        await S3Xml.WriteAsync(context, S3Copies.Result("CopyPartResult", source.Item.LastModified, body.Md5, algorithm, checksum));
    }

    private Task ListPartsAsync(HttpContext context, S3Endpoint.Target target, string uploadId)
    {
        var query = context.Request.Query;
        var limit = Math.Min(MostParts, Number(query["max-parts"], MostParts));
        var after = Number(query["part-number-marker"], 0);
        var algorithm = uploads.AlgorithmOf(uploadId, target.Bucket, target.Key);
        var rest = uploads.Parts(uploadId, target.Bucket, target.Key).Where(part => part.Key > after).ToList();
        var shown = rest.Take(limit).ToList();
        return S3Xml.WriteAsync(context, new XElement(
            S3Configuration.Namespace + "ListPartsResult",
            S3Xml.Text("Bucket", target.Bucket),
            S3Xml.Text("Key", target.Key),
            S3Xml.Text("UploadId", uploadId),
            S3Xml.Text("PartNumberMarker", Text(after)),
            S3Xml.Text("NextPartNumberMarker", Text(shown.Count == 0 ? after : shown[^1].Key)),
            S3Xml.Text("MaxParts", Text(limit)),
            S3Xml.Text("IsTruncated", shown.Count < rest.Count ? "true" : "false"),
            shown.Select(part => new XElement(
                S3Configuration.Namespace + "Part",
                S3Xml.Text("PartNumber", Text(part.Key)),
                S3Xml.Text("ETag", $"\"{part.Value.Body.Md5}\""),
                S3Xml.Text("Size", part.Value.Body.Length.ToString(CultureInfo.InvariantCulture)),
                algorithm is null || part.Value.Checksum is null ? null : S3Xml.Text(S3Checksum.MemberOf(algorithm), part.Value.Checksum)))));
    }

    private async Task CompleteAsync(HttpContext context, S3Endpoint.Target target, string uploadId)
    {
        var request = context.Request;
        var document = XElement.Parse(await S3Xml.ReadUncheckedTextAsync(context));
        var completion = new MultipartCompletion(
            [.. document.Named("Part").Select(MultipartCompletion.ReadPart)],
            MultipartChecksum.Given(request),
            request.Headers["x-amz-checksum-type"].ToString() is { Length: > 0 } type ? type : null,
            request.Headers["x-amz-mp-object-size"].ToString() is { Length: > 0 } size ? Number(size, -1) : null,
            S3Conditions.Of(request));
        var item = await uploads.CompleteAsync(uploadId, target.Bucket, target.Key, completion, context.RequestAborted);
        S3Headers.ShowEncryption(context.Response, item);
        var result = new XElement(
            S3Configuration.Namespace + "CompleteMultipartUploadResult",
            S3Xml.Text("Location", $"{request.Scheme}://{request.Host}/{target.Bucket}/{Uri.EscapeDataString(target.Key)}"),
            S3Xml.Text("Bucket", target.Bucket),
            S3Xml.Text("Key", target.Key),
            S3Xml.Text("ETag", $"\"{item.ETag}\""));
        if (S3Headers.ChecksumOf(item) is { } checksum)
        {
            result.Add(S3Xml.Text(S3Checksum.MemberOf(checksum.Algorithm), checksum.Value), S3Xml.Text("ChecksumType", checksum.Type));
        }

        await S3Xml.WriteAsync(context, result);
    }

    private Task AbortAsync(HttpContext context, S3Endpoint.Target target, string uploadId)
    {
        uploads.Abort(uploadId, target.Bucket, target.Key);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static int NumberOf(HttpRequest request) => Number(request.Query["partNumber"], 0) is >= 1 and <= 10_000 and var number
        ? (int)number
        : throw new AwsServiceException("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");

    private static int Number(string? text, int otherwise) =>
        string.IsNullOrEmpty(text) ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new AwsServiceException("InvalidArgument", $"'{text}' is not a number that S3 takes here.");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
