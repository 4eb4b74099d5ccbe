using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The requests to a bucket.</summary>
internal sealed class S3BucketRequests(S3Store store, LocalCloudOptions options)
{
    private const int LongestPage = 1000;

    private static readonly string[] s_choices = ["bucket-region", "continuation-token", "max-buckets", "prefix"];

    public async Task HandleAsync(HttpContext context, string bucket, S3Operation operation)
    {
        var response = context.Response;
        switch (operation.Name)
        {
            case "CreateBucket":
                store.CreateBucket(bucket, ReadRegion(await S3Xml.ReadTextAsync(context)) ?? options.Region);
                response.Headers.Location = "/" + bucket;
                break;
            case "HeadBucket":
                response.Headers["x-amz-bucket-region"] = RegionOf(store.RequireBucket(bucket));
                break;
            case "DeleteBucket":
                store.DeleteBucket(bucket);
                response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case "GetBucketLocation":
                var location = RegionOf(store.RequireBucket(bucket));
                // S3 shows none for its first region.
                await S3Xml.WriteAsync(context, S3Xml.Text("LocationConstraint", location == "us-east-1" ? "" : location));
                break;
            case "ListObjects" or "ListObjectsV2":
                await ListAsync(context, bucket);
                break;
            case "DeleteObjects":
                await DeleteObjectsAsync(context, bucket);
                break;
            default:
                await ConfigureAsync(context, bucket, S3Configuration.Parts.First(part => part.Kind == operation.Keys[0]));
                break;
        }
    }

    public Task ListBucketsAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var limit = int.TryParse(query["max-buckets"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Max(1, asked) : int.MaxValue;
        var (prefix, after, region) = (query["prefix"].ToString(), query["continuation-token"].ToString(), query["bucket-region"].ToString());
        var found = store.ListBuckets()
            .Where(bucket => region.Length == 0 || region == RegionOf(bucket))
            .Select(bucket => (Name: bucket["Name"]!.GetValue<string>(), Created: bucket["CreationDate"]!.GetValue<string>(), Region: RegionOf(bucket)))
            .Where(bucket => bucket.Name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(bucket.Name, after) > 0)
            .OrderBy(bucket => bucket.Name, StringComparer.Ordinal).ToList();
        // Shown to those who ask for a page or a choice of buckets.
        var showsRegions = query.Keys.Any(s_choices.Contains);
        var root = new XElement(
            S3Configuration.Namespace + "ListAllMyBucketsResult",
            S3Xml.Owner(),
            new XElement(S3Configuration.Namespace + "Buckets", found.Take(limit).Select(bucket => new XElement(
                S3Configuration.Namespace + "Bucket",
                S3Xml.Text("Name", bucket.Name),
                S3Xml.Text("CreationDate", bucket.Created),
                showsRegions ? S3Xml.Text("BucketRegion", bucket.Region) : null))));
        if (prefix.Length > 0)
        {
            root.Add(S3Xml.Text("Prefix", prefix));
        }

        if (found.Count > limit)
        {
            // A bucket's name has no character that a token could not have.
            root.Add(S3Xml.Text("ContinuationToken", found[limit - 1].Name));
        }

        return S3Xml.WriteAsync(context, root);
    }

    /// <summary>The LocationConstraint of a CreateBucketConfiguration, null without one.</summary>
    private static string? ReadRegion(string text)
    {
        var elements = text.Length == 0 ? [] : XElement.Parse(text).Elements().ToList();
        if (elements.Find(element => element.Name.LocalName != "LocationConstraint") is { } unknown)
        {
            throw S3Errors.NotImplemented($"the element {unknown.Name.LocalName} of CreateBucket");
        }

        // "EU" is the name that eu-west-1 had when there was no other region in Europe.
        return elements is [{ Value: { Length: > 0 } region }, ..] ? (region == "EU" ? "eu-west-1" : region) : null;
    }

    // A journal of before buckets had regions has none.
    private string RegionOf(JsonObject bucket) => bucket["BucketRegion"]?.GetValue<string>() ?? options.Region;

    private async Task ConfigureAsync(HttpContext context, string bucket, S3Configuration.Part part)
    {
        switch (context.Request.Method)
        {
            case "PUT":
                store.Configure(bucket, part.Kind, await S3Xml.ReadTextAsync(context));
                context.Response.StatusCode = part.Kind == "policy" ? StatusCodes.Status204NoContent : StatusCodes.Status200OK;
                break;
            case "GET":
                await ShowAsync(context, bucket, part);
                break;
            default:
                store.Configure(bucket, part.Kind, null);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
        }
    }

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
            S3Xml.Text("StorageClass", "STANDARD"),
            isVersion2 && query["fetch-owner"] != "true" ? null : S3Xml.Owner())));
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
        // Looked at as a whole first: what is not understood is refused before anything is deleted.
        foreach (var (key, etag) in document.Named("Object").Select(ReadDeleted).ToList())
        {
            try
            {
                store.Delete(bucket, key, new S3Conditions(etag, null, null, null));
            }
            catch (AwsServiceException error) when (error.Code == "PreconditionFailed")
            {
                result.Add(new XElement(
                    S3Configuration.Namespace + "Error", S3Xml.Text("Key", key), S3Xml.Text("Code", error.Code), S3Xml.Text("Message", error.Message)));
                continue;
            }

            if (!isQuiet)
            {
                result.Add(new XElement(S3Configuration.Namespace + "Deleted", S3Xml.Text("Key", key)));
            }
        }

        await S3Xml.WriteAsync(context, result);
    }

    private static (string Key, string? ETag) ReadDeleted(XElement item)
    {
        if (item.Elements().FirstOrDefault(element => element.Name.LocalName is not ("Key" or "ETag")) is { } unknown)
        {
            throw S3Errors.NotImplemented($"the element {unknown.Name.LocalName} of an object of DeleteObjects");
        }

        return (item.ValueOf("Key") ?? throw new AwsServiceException("MalformedXML", "An Object without a Key."), item.ValueOf("ETag"));
    }
}
