using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The requests to an object.</summary>
internal sealed class S3ObjectRequests(S3Store store, S3Bodies bodies, S3Copies copies, S3UploadRequests uploads)
{
    private static readonly string[] s_attributes = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

    public Task HandleAsync(HttpContext context, S3Endpoint.Target target, S3Operation operation) => operation.Name switch
    {
        "GetObject" or "HeadObject" => GetAsync(context, target),
        "GetObjectAttributes" => ShowAttributesAsync(context, target),
        "PutObject" => PutAsync(context, target),
        "CopyObject" => CopyAsync(context, target),
        "DeleteObject" => DeleteAsync(context, target),
        "PutObjectTagging" => PutTagsAsync(context, target),
        "GetObjectTagging" => S3Xml.WriteAsync(context, S3Tags.ToXml(store.Get(target.Bucket, target.Key).Tags)),
        "DeleteObjectTagging" => DeleteTagsAsync(context, target),
        _ => uploads.HandleAsync(context, target, operation),
    };

    private async Task PutAsync(HttpContext context, S3Endpoint.Target target)
    {
        store.RequireBucket(target.Bucket);
        var (request, response) = (context.Request, context.Response);
        var conditions = S3Conditions.Of(request);
        // Here so that a refused body need not be sent, and again when it is put in place.
        conditions.CheckWritten(store.Find(target.Bucket, target.Key));
        var tags = S3Tags.FromHeader(request);
        var (body, checksum) = await S3BodyReader.ReadAsync(request, bodies, algorithm: null, context.RequestAborted);
        var headers = S3Headers.Kept(request);
        if (checksum is { } given)
        {
            S3Headers.SetChecksum(headers, given, "FULL_OBJECT");
            response.Headers[given.Key] = given.Value;
        }

        var item = store.Put(target.Bucket, target.Key, body, body.Md5, headers, tags, conditions);
        response.Headers.ETag = $"\"{item.ETag}\"";
        S3Headers.ShowEncryption(response, item);
    }

    private async Task GetAsync(HttpContext context, S3Endpoint.Target target)
    {
        var (request, response) = (context.Request, context.Response);
        var (item, body) = store.Open(target.Bucket, target.Key);
        await using var opened = body;
        var isRead = S3Conditions.Of(request).IsRead(item);
        response.Headers.ETag = $"\"{item.ETag}\"";
        response.Headers.LastModified = item.LastModified.ToString("R", CultureInfo.InvariantCulture);
        response.Headers.AcceptRanges = "bytes";
        if (!isRead)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (start, length) = (0L, item.Length);
        if (S3Range.Of(request) is { } range)
        {
            (start, length) = S3Range.Resolve(range, item.Length);
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {start}-{start + length - 1}/{item.Length}";
        }

        S3Headers.Show(request, response, item, isWhole: length == item.Length);
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

    private async Task ShowAttributesAsync(HttpContext context, S3Endpoint.Target target)
    {
        var item = store.Get(target.Bucket, target.Key);
        var asked = context.Request.Headers["x-amz-object-attributes"].SelectMany(value => value!.Split(',', StringSplitOptions.TrimEntries)).ToList();
        if (asked.Count == 0 || asked.Exists(name => !s_attributes.Contains(name)))
        {
            throw new AwsServiceException("InvalidArgument", $"The header x-amz-object-attributes must list some of {string.Join(", ", s_attributes)}.");
        }

        var root = new XElement(S3Configuration.Namespace + "GetObjectAttributesResponse");
        foreach (var name in s_attributes.Where(asked.Contains))
        {
            root.Add(Attribute(item, name));
        }

        context.Response.Headers.LastModified = item.LastModified.ToString("R", CultureInfo.InvariantCulture);
        await S3Xml.WriteAsync(context, root);
    }

    private static XElement? Attribute(S3Object item, string name)
    {
        var dash = item.ETag.IndexOf('-', StringComparison.Ordinal);
        return name switch
        {
            "ETag" => S3Xml.Text(name, item.ETag),
            "StorageClass" => S3Xml.Text(name, "STANDARD"),
            "ObjectSize" => S3Xml.Text(name, item.Length.ToString(CultureInfo.InvariantCulture)),
            "Checksum" when S3Headers.ChecksumOf(item) is { } checksum => new XElement(
                S3Configuration.Namespace + name,
                S3Xml.Text(S3Checksum.MemberOf(checksum.Algorithm), checksum.Value),
                S3Xml.Text("ChecksumType", checksum.Type)),
            "ObjectParts" when dash > 0 => new XElement(S3Configuration.Namespace + name, S3Xml.Text("PartsCount", item.ETag[(dash + 1)..])),
            _ => null,
        };
    }

    private Task DeleteAsync(HttpContext context, S3Endpoint.Target target)
    {
        store.Delete(target.Bucket, target.Key, S3Conditions.Of(context.Request));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task PutTagsAsync(HttpContext context, S3Endpoint.Target target)
    {
        store.Get(target.Bucket, target.Key);
        store.SetTags(target.Bucket, target.Key, S3Tags.FromXml(await S3Xml.ReadTextAsync(context)));
    }

    private Task DeleteTagsAsync(HttpContext context, S3Endpoint.Target target)
    {
        store.SetTags(target.Bucket, target.Key, []);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task CopyAsync(HttpContext context, S3Endpoint.Target target)
    {
        store.RequireBucket(target.Bucket);
        var request = context.Request;
        var conditions = S3Conditions.Of(request);
        conditions.CheckWritten(store.Find(target.Bucket, target.Key));
        await using var source = copies.Source(request, target);
        var original = source.Item;
        var replacesHeaders = request.Headers["x-amz-metadata-directive"].ToString().Equals("REPLACE", StringComparison.OrdinalIgnoreCase);
        var replacesTags = request.Headers["x-amz-tagging-directive"].ToString().Equals("REPLACE", StringComparison.OrdinalIgnoreCase);
        if (source.IsSame && !replacesHeaders)
        {
            throw S3Errors.Invalid(
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, "
                + "website redirect location or encryption attributes.");
        }

        var tags = replacesTags ? S3Tags.FromHeader(request) : original.Tags;
        var algorithm = request.Headers["x-amz-checksum-algorithm"].ToString() is { Length: > 0 } asked
            ? asked.ToLowerInvariant()
            : S3Headers.ChecksumOf(original)?.Algorithm;
        var (body, checksum) = await copies.ReadAsync(source, 0, original.Length, algorithm, context.RequestAborted);
        var headers = replacesHeaders ? S3Headers.Kept(request) : S3Headers.WithoutChecksum(original);
        if (algorithm is not null)
        {
            S3Headers.SetChecksum(headers, KeyValuePair.Create("x-amz-checksum-" + algorithm, checksum!), "FULL_OBJECT");
        }

        var item = store.Put(target.Bucket, target.Key, body, body.Md5, headers, (JsonObject)tags.DeepClone(), conditions);
        S3Headers.ShowEncryption(context.Response, item);
        await S3Xml.WriteAsync(context, S3Copies.Result("CopyObjectResult", item.LastModified, item.ETag, algorithm, checksum));
    }
}
