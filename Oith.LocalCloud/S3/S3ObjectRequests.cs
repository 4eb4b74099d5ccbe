using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The requests to an object.</summary>
internal sealed class S3ObjectRequests(S3Store store, S3Bodies bodies, MultipartUploads uploads)
{
    private static readonly string[] s_keptHeaders = ["Content-Type", "Content-Disposition", "Content-Language", "Cache-Control", "Expires"];

    public Task HandleAsync(HttpContext context, S3Endpoint.Target target)
    {
        var request = context.Request;
        var uploadId = request.Query["uploadId"].ToString();
        return request.Method switch
        {
            "GET" when uploadId.Length > 0 => ListPartsAsync(context, target, uploadId),
            "GET" or "HEAD" => GetAsync(context, target),
            "PUT" when uploadId.Length > 0 => UploadPartAsync(context, target, uploadId),
            "PUT" when request.Headers.ContainsKey("x-amz-copy-source") => CopyAsync(context, target),
            "PUT" when !request.Query.ContainsKey("tagging") && !request.Query.ContainsKey("acl") => PutAsync(context, target),
            "DELETE" when uploadId.Length > 0 => AbortAsync(context, target, uploadId),
            "DELETE" when !request.Query.ContainsKey("tagging") => DeleteAsync(context, target),
            "POST" when request.Query.ContainsKey("uploads") => StartUploadAsync(context, target),
            "POST" when uploadId.Length > 0 => CompleteAsync(context, target, uploadId),
            _ => throw S3Errors.NotImplemented($"{request.Method} on an object with '{request.QueryString}'"),
        };
    }

    private async Task PutAsync(HttpContext context, S3Endpoint.Target target)
    {
        store.RequireBucket(target.Bucket);
        if (context.Request.Headers.IfNoneMatch == "*" && store.Find(target.Bucket, target.Key) is not null)
        {
            throw new AwsServiceException(
                "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", System.Net.HttpStatusCode.PreconditionFailed);
        }

        var (body, checksum) = await S3BodyReader.ReadAsync(context.Request, bodies, context.RequestAborted);
        var headers = KeptHeaders(context.Request);
        if (checksum is { } given)
        {
            headers[given.Key] = given.Value;
            context.Response.Headers[given.Key] = given.Value;
        }

        var item = store.Put(target.Bucket, target.Key, body, body.Md5, headers);
        context.Response.Headers.ETag = $"\"{item.ETag}\"";
    }

    private async Task GetAsync(HttpContext context, S3Endpoint.Target target)
    {
        var (request, response) = (context.Request, context.Response);
        var (item, body) = store.Open(target.Bucket, target.Key);
        await using var opened = body;
        response.Headers.ETag = $"\"{item.ETag}\"";
        response.Headers.LastModified = item.LastModified.ToString("R", CultureInfo.InvariantCulture);
        response.Headers.AcceptRanges = "bytes";
        if (request.Headers.IfNoneMatch.ToString() is { Length: > 0 } known && known.Contains(item.ETag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (start, length) = (0L, item.Length);
        if (RangeOf(request) is { } range)
        {
            (start, length) = Resolve(range, item.Length);
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {start}-{start + length - 1}/{item.Length}";
        }

        foreach (var (name, value) in item.Headers)
        {
            if (!name.StartsWith("x-amz-checksum-", StringComparison.Ordinal)
                || (request.Headers["x-amz-checksum-mode"] == "ENABLED" && length == item.Length))
            {
                response.Headers[name] = value!.GetValue<string>();
            }
        }

        response.ContentLength = length;
        if (HttpMethods.IsHead(request.Method))
        {
            return;
        }

        body.Seek(start, SeekOrigin.Begin);
        var buffer = new byte[1 << 16];
        while (length > 0)
        {
            var read = await body.ReadAtLeastAsync(buffer.AsMemory(0, (int)Math.Min(length, buffer.Length)), 1, cancellationToken: context.RequestAborted);
            await response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            length -= read;
        }
    }

    private static RangeItemHeaderValue? RangeOf(HttpRequest request) =>
        RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var range) && range.Ranges.Count == 1 ? range.Ranges.First() : null;

    private static (long Start, long Length) Resolve(RangeItemHeaderValue range, long length)
    {
        var start = range.From ?? Math.Max(0, length - range.To!.Value);
        var end = range.From is null ? length - 1 : Math.Min(range.To ?? long.MaxValue, length - 1);
        return start <= end
            ? (start, end - start + 1)
            : throw new AwsServiceException(
                "InvalidRange", "The requested range is not satisfiable", System.Net.HttpStatusCode.RequestedRangeNotSatisfiable);
    }

    private Task DeleteAsync(HttpContext context, S3Endpoint.Target target)
    {
        store.Delete(target.Bucket, target.Key);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task CopyAsync(HttpContext context, S3Endpoint.Target target)
    {
        store.RequireBucket(target.Bucket);
        var source = Uri.UnescapeDataString(context.Request.Headers["x-amz-copy-source"].ToString()).TrimStart('/').Split('?')[0].Split('/', 2);
        var (original, body) = source.Length == 2 ? store.Open(source[0], source[1]) : throw S3Errors.NoSuchKey();
        await using var writer = bodies.Create(null);
        await using (body)
        {
            var buffer = new byte[1 << 16];
            int read;
            while ((read = await body.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                await writer.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            }
        }

        var headers = context.Request.Headers["x-amz-metadata-directive"] == "REPLACE" ? KeptHeaders(context.Request) : (JsonObject)original.Headers.DeepClone();
        var item = store.Put(target.Bucket, target.Key, await writer.CompleteAsync(context.RequestAborted), original.ETag, headers);
        await S3Xml.WriteAsync(context, new XElement(
            S3Configuration.Namespace + "CopyObjectResult",
            S3Xml.Text("LastModified", S3Store.Time(item.LastModified)),
            S3Xml.Text("ETag", $"\"{item.ETag}\"")));
    }

    private Task StartUploadAsync(HttpContext context, S3Endpoint.Target target) => S3Xml.WriteAsync(context, new XElement(
        S3Configuration.Namespace + "InitiateMultipartUploadResult",
        S3Xml.Text("Bucket", target.Bucket),
        S3Xml.Text("Key", target.Key),
        S3Xml.Text("UploadId", uploads.Start(target.Bucket, target.Key, KeptHeaders(context.Request)))));

    private async Task UploadPartAsync(HttpContext context, S3Endpoint.Target target, string uploadId)
    {
        var number = int.TryParse(context.Request.Query["partNumber"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        uploads.Parts(uploadId, target.Bucket, target.Key);
        var (body, checksum) = await S3BodyReader.ReadAsync(context.Request, bodies, context.RequestAborted);
        uploads.AddPart(uploadId, target.Bucket, target.Key, number, body);
        context.Response.Headers.ETag = $"\"{body.Md5}\"";
        if (checksum is { } header)
        {
            context.Response.Headers[header.Key] = header.Value;
        }
    }

    private async Task ListPartsAsync(HttpContext context, S3Endpoint.Target target, string uploadId) => await S3Xml.WriteAsync(context, new XElement(
        S3Configuration.Namespace + "ListPartsResult",
        S3Xml.Text("Bucket", target.Bucket),
        S3Xml.Text("Key", target.Key),
        S3Xml.Text("UploadId", uploadId),
        S3Xml.Text("IsTruncated", "false"),
        uploads.Parts(uploadId, target.Bucket, target.Key).Select(part => new XElement(
            S3Configuration.Namespace + "Part",
            S3Xml.Text("PartNumber", part.Key.ToString(CultureInfo.InvariantCulture)),
            S3Xml.Text("ETag", $"\"{part.Value.Md5}\""),
            S3Xml.Text("Size", part.Value.Length.ToString(CultureInfo.InvariantCulture))))));

    private async Task CompleteAsync(HttpContext context, S3Endpoint.Target target, string uploadId)
    {
        var document = await S3Xml.ReadAsync(context);
        var parts = document.Named("Part")
            .Select(part => (int.TryParse(part.ValueOf("PartNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0, part.ValueOf("ETag") ?? "")).ToList();
        var item = await uploads.CompleteAsync(uploadId, target.Bucket, target.Key, parts, context.RequestAborted);
        await S3Xml.WriteAsync(context, new XElement(
            S3Configuration.Namespace + "CompleteMultipartUploadResult",
            S3Xml.Text("Location", $"{context.Request.Scheme}://{context.Request.Host}/{target.Bucket}/{Uri.EscapeDataString(target.Key)}"),
            S3Xml.Text("Bucket", target.Bucket),
            S3Xml.Text("Key", target.Key),
            S3Xml.Text("ETag", $"\"{item.ETag}\"")));
    }

    private Task AbortAsync(HttpContext context, S3Endpoint.Target target, string uploadId)
    {
        uploads.Abort(uploadId, target.Bucket, target.Key);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static JsonObject KeptHeaders(HttpRequest request)
    {
        var headers = new JsonObject { ["Content-Type"] = "binary/octet-stream" };
        foreach (var (name, value) in request.Headers)
        {
            if (s_keptHeaders.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase))
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
}
