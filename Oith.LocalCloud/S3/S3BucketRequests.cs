using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The requests to a bucket.</summary>
internal sealed class S3BucketRequests(S3Store store)
{
    private const int LongestPage = 1000;

    public async Task HandleAsync(HttpContext context, string bucket)
    {
        var request = context.Request;
        var part = S3Configuration.Parts.FirstOrDefault(part => request.Query.ContainsKey(part.Kind));
        switch (request.Method)
        {
            case "PUT" when part is not null:
                store.Configure(bucket, part.Kind, await S3Xml.ReadTextAsync(context));
                context.Response.StatusCode = part.Kind == "policy" ? StatusCodes.Status204NoContent : StatusCodes.Status200OK;
                break;
            case "GET" when part is not null:
                await ShowAsync(context, bucket, part);
                break;
            case "DELETE" when part is not null:
                store.Configure(bucket, part.Kind, null);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case "GET" when request.Query.ContainsKey("location"):
                store.RequireBucket(bucket);
                await S3Xml.WriteAsync(context, new XElement(S3Configuration.Namespace + "LocationConstraint"));
                break;
            case "GET" when request.Query.Keys.All(IsListParameter):
                await ListAsync(context, bucket);
                break;
            case "POST" when request.Query.ContainsKey("delete"):
                await DeleteObjectsAsync(context, bucket);
                break;
            case "PUT" when request.Query.Count == 0 || request.Query.ContainsKey("x-id"):
                store.CreateBucket(bucket);
                context.Response.Headers.Location = "/" + bucket;
                break;
            case "HEAD":
                store.RequireBucket(bucket);
                context.Response.Headers["x-amz-bucket-region"] = "us-east-1";
                break;
            case "DELETE" when request.Query.Count == 0 || request.Query.ContainsKey("x-id"):
                store.DeleteBucket(bucket);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
            default:
                throw S3Errors.NotImplemented($"{request.Method} on a bucket with '{request.QueryString}'");
        }
    }

    private static bool IsListParameter(string name) =>
        name is "list-type" or "prefix" or "delimiter" or "max-keys" or "continuation-token" or "start-after" or "encoding-type" or "fetch-owner" or "marker"
            or "x-id"
        || name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase);

    private async Task ShowAsync(HttpContext context, string bucket, S3Configuration.Part part)
    {
        var text = S3Configuration.Show(store, bucket, part);
        if (part.Kind == "policy")
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(text, context.RequestAborted);
        }
        else
        {
            await S3Xml.WriteAsync(context, text);
        }
    }

    private async Task ListAsync(HttpContext context, string bucket)
    {
        var query = context.Request.Query;
        var prefix = query["prefix"].ToString();
        var delimiter = query["delimiter"].ToString();
        var isVersion2 = query["list-type"] == "2";
        var isEncoded = query["encoding-type"] == "url";
        var limit = int.TryParse(query["max-keys"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Min(asked, LongestPage) : LongestPage;
        var after = !isVersion2 ? query["marker"].ToString()
            : query["continuation-token"].ToString() is { Length: > 0 } token ? AfterToken(token)
            : query["start-after"].ToString();

        var (items, prefixes, last) = Page(store.List(bucket, prefix), prefix, delimiter, after, limit);
        var root = new XElement(
            S3Configuration.Namespace + "ListBucketResult",
            S3Xml.Text("Name", bucket),
            S3Xml.Text("Prefix", Shown(prefix)),
            S3Xml.Text("MaxKeys", limit.ToString(CultureInfo.InvariantCulture)),
            S3Xml.Text("IsTruncated", last is null ? "false" : "true"));
        if (delimiter.Length > 0)
        {
            root.Add(S3Xml.Text("Delimiter", Shown(delimiter)));
        }

        if (isEncoded)
        {
            root.Add(S3Xml.Text("EncodingType", "url"));
        }

        if (isVersion2)
        {
            root.Add(S3Xml.Text("KeyCount", (items.Count + prefixes.Count).ToString(CultureInfo.InvariantCulture)));
            if (last is not null)
            {
                root.Add(S3Xml.Text("NextContinuationToken", Convert.ToBase64String(Encoding.UTF8.GetBytes(last))));
            }
        }
        else if (last is not null)
        {
            root.Add(S3Xml.Text("NextMarker", Shown(last)));
        }

        root.Add(items.Select(item => new XElement(
            S3Configuration.Namespace + "Contents",
            S3Xml.Text("Key", Shown(item.Key)),
            S3Xml.Text("LastModified", S3Store.Time(item.LastModified)),
            S3Xml.Text("ETag", $"\"{item.ETag}\""),
            S3Xml.Text("Size", item.Length.ToString(CultureInfo.InvariantCulture)),
            S3Xml.Text("StorageClass", "STANDARD"))));
        root.Add(prefixes.Select(common => new XElement(S3Configuration.Namespace + "CommonPrefixes", S3Xml.Text("Prefix", Shown(common)))));
        await S3Xml.WriteAsync(context, root);

        string Shown(string text) => isEncoded ? Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal) : text;
    }

    private static string AfterToken(string token)
    {
        var key = new byte[token.Length];
        return Convert.TryFromBase64String(token, key, out var length)
            ? Encoding.UTF8.GetString(key, 0, length)
            : throw new AwsServiceException("InvalidArgument", "The continuation token provided is incorrect");
    }

    // Keys that share the part up to the delimiter are shown as that part alone, and count as one.
    private static (List<S3Object> Items, List<string> Prefixes, string? Last) Page(
        List<S3Object> all, string prefix, string delimiter, string after, int limit)
    {
        var items = new List<S3Object>();
        var prefixes = new List<string>();
        string? last = null;
        foreach (var item in all)
        {
            var cut = delimiter.Length == 0 ? -1 : item.Key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var shown = cut < 0 ? item.Key : item.Key[..(cut + delimiter.Length)];
            if (string.CompareOrdinal(shown, after) <= 0 || (cut >= 0 && prefixes.Count > 0 && prefixes[^1] == shown))
            {
                continue;
            }

            if (items.Count + prefixes.Count == limit)
            {
                return (items, prefixes, last ?? after);
            }

            last = shown;
            if (cut < 0)
            {
                items.Add(item);
            }
            else
            {
                prefixes.Add(shown);
            }
        }

        return (items, prefixes, null);
    }

    private async Task DeleteObjectsAsync(HttpContext context, string bucket)
    {
        var document = await S3Xml.ReadAsync(context);
        var isQuiet = document.ValueOf("Quiet") == "true";
        var result = new XElement(S3Configuration.Namespace + "DeleteResult");
        foreach (var key in document.Named("Object").Select(item => item.ValueOf("Key") ?? throw new AwsServiceException("MalformedXML", "An Object without a Key.")))
        {
            store.Delete(bucket, key);
            if (!isQuiet)
            {
                result.Add(new XElement(S3Configuration.Namespace + "Deleted", S3Xml.Text("Key", key)));
            }
        }

        await S3Xml.WriteAsync(context, result);
    }
}
