using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.S3;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.S3;

public sealed class S3Tests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = cloud.Endpoint };

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("crc32", "y/Q5Jg==")]
    [InlineData("crc32c", "4waSgw==")]
    [InlineData("crc64nvme", "rosUhgp5mIg=")]
    [InlineData("sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=")]
    public void Checksum_Is_That_Of_The_Standard(string algorithm, string expected)
    {
        using var checksum = new S3Checksum(algorithm);
        checksum.Append("12345"u8);
        checksum.Append("6789"u8);

        Assert.Equal(expected, checksum.Finish());
    }

    [Fact]
    public async Task Object_Is_Read_Back_Whole_And_In_Part()
    {
        await SendAsync(HttpMethod.Put, "/read-back");
        var put = await SendAsync(HttpMethod.Put, "/read-back/a%20folder/x.txt", "hello world");
        Assert.Equal("\"5eb63bbbe01eeed093cb22bb8f5acdc3\"", put.Headers.ETag!.ToString());

        var whole = await SendAsync(HttpMethod.Get, "/read-back/a%20folder/x.txt");
        var part = await SendAsync(HttpMethod.Get, "/read-back/a%20folder/x.txt", configure: request => request.Headers.Range = new(6, 8));
        var tail = await SendAsync(HttpMethod.Get, "/read-back/a%20folder/x.txt", configure: request => request.Headers.Range = new(null, 2));

        Assert.Equal("hello world", await TextAsync(whole));
        Assert.Equal((HttpStatusCode.PartialContent, "wor"), (part.StatusCode, await TextAsync(part)));
        Assert.Equal("ld", await TextAsync(tail));
    }

    [Fact]
    public async Task Chunked_Body_Is_Put_Together_And_Its_Trailer_Checked()
    {
        await SendAsync(HttpMethod.Put, "/chunked");

        var good = await SendAsync(HttpMethod.Put, "/chunked/good", "4\r\n1234\r\n5\r\n56789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n", Chunked);
        var bad = await SendAsync(HttpMethod.Put, "/chunked/bad", "9\r\n123456780\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n", Chunked);

        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.Equal("123456789", await TextAsync(await SendAsync(HttpMethod.Get, "/chunked/good")));
        Assert.Contains("<Code>BadDigest</Code>", await TextAsync(bad));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, "/chunked/bad")).StatusCode);

        static void Chunked(HttpRequestMessage request)
        {
            request.Headers.Add("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
            request.Headers.Add("x-amz-trailer", "x-amz-checksum-crc32");
        }
    }

    [Fact]
    public async Task Parts_Become_One_Object()
    {
        await SendAsync(HttpMethod.Put, "/parts");
        var started = await TextAsync(await SendAsync(HttpMethod.Post, "/parts/big?uploads"));
        var id = started.Split("<UploadId>")[1].Split("</UploadId>")[0];
        var tags = new List<string>();
        foreach (var (number, body) in new[] { (1, "first "), (2, "second") })
        {
            tags.Add((await SendAsync(HttpMethod.Put, $"/parts/big?partNumber={number}&uploadId={id}", body)).Headers.ETag!.ToString());
        }

        var parts = string.Concat(tags.Select((tag, index) => $"<Part><PartNumber>{index + 1}</PartNumber><ETag>{tag}</ETag></Part>"));
        var completed = await TextAsync(await SendAsync(HttpMethod.Post, $"/parts/big?uploadId={id}", $"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"));

        Assert.Contains("-2", completed);
        Assert.Equal("first second", await TextAsync(await SendAsync(HttpMethod.Get, "/parts/big")));
        Assert.Contains("NoSuchUpload", await TextAsync(await SendAsync(HttpMethod.Get, $"/parts/big?uploadId={id}")));
    }

    [Fact]
    public async Task List_Is_Cut_Into_Pages_And_Folders()
    {
        await SendAsync(HttpMethod.Put, "/listed");
        foreach (var key in new[] { "a", "b/1", "b/2", "c" })
        {
            await SendAsync(HttpMethod.Put, "/listed/" + key, key);
        }

        var first = await TextAsync(await SendAsync(HttpMethod.Get, "/listed?list-type=2&delimiter=/&max-keys=2"));
        var token = first.Split("<NextContinuationToken>")[1].Split("</NextContinuationToken>")[0];
        var second = await TextAsync(await SendAsync(HttpMethod.Get, $"/listed?list-type=2&delimiter=/&max-keys=2&continuation-token={Uri.EscapeDataString(token)}"));

        Assert.Contains("<Key>a</Key>", first);
        Assert.Contains("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>", first);
        Assert.Contains("<IsTruncated>true</IsTruncated>", first);
        Assert.Contains("<Key>c</Key>", second);
        Assert.DoesNotContain("b/", second);
        Assert.Contains("<IsTruncated>false</IsTruncated>", second);
    }

    [Fact]
    public async Task Bucket_With_Objects_Is_Not_Deleted()
    {
        await SendAsync(HttpMethod.Put, "/full");
        await SendAsync(HttpMethod.Put, "/full/x", "x");

        Assert.Contains("BucketNotEmpty", await TextAsync(await SendAsync(HttpMethod.Delete, "/full")));
        await SendAsync(HttpMethod.Post, "/full?delete", "<Delete><Object><Key>x</Key></Object></Delete>");
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, "/full")).StatusCode);
        Assert.Contains("NoSuchBucket", await TextAsync(await SendAsync(HttpMethod.Get, "/full?list-type=2")));
    }

    [Fact]
    public async Task Bucket_Of_A_Stack_Shows_Its_Configuration()
    {
        var input = new JsonObject
        {
            ["Bucket"] = "configured",
            ["PublicAccessBlockConfiguration"] = new JsonObject { ["BlockPublicAcls"] = true },
        };
        await CallAsync("CreateBucket", new JsonObject { ["Bucket"] = "configured" });
        await CallAsync("PutPublicAccessBlock", input);

        Assert.Contains("<BlockPublicAcls>true</BlockPublicAcls>", await TextAsync(await SendAsync(HttpMethod.Get, "/configured?publicAccessBlock")));
        Assert.Contains("NoSuchBucketPolicy", await TextAsync(await SendAsync(HttpMethod.Get, "/configured?policy")));
        Assert.Contains("NotImplemented", await TextAsync(await SendAsync(HttpMethod.Get, "/configured?website")));
    }

    [Fact]
    public async Task Services_Read_What_Clients_Wrote()
    {
        await SendAsync(HttpMethod.Put, "/shared-bucket");
        await SendAsync(HttpMethod.Put, "/shared-bucket/definition.json", "{}");

        var item = await CallAsync("GetObject", new JsonObject { ["Bucket"] = "shared-bucket", ["Key"] = "definition.json" });
        var missing = await Assert.ThrowsAsync<AwsServiceException>(
            async () => await CallAsync("GetObject", new JsonObject { ["Bucket"] = "shared-bucket", ["Key"] = "none" }));

        Assert.Equal("{}", Encoding.UTF8.GetString(Convert.FromBase64String(item["Body"]!.ToString())));
        Assert.Equal(("NoSuchKey", "The specified key does not exist."), (missing.Code, missing.Message));
    }

    [Fact]
    public async Task Cli_Copies_A_Large_File_There_And_Back()
    {
        var folder = Directory.CreateTempSubdirectory("oith-s3-");
        try
        {
            var bytes = new byte[20_000_000];
            new Random(7).NextBytes(bytes);
            var file = Path.Combine(folder.FullName, "service.zip");
            await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
            await AwsCli.RunAsync(cloud.Endpoint, "s3api", "create-bucket", "--bucket", "cli-bucket");
            await AwsCli.RunAsync(cloud.Endpoint, "s3", "cp", file, "s3://cli-bucket/service.zip", "--only-show-errors");
            await AwsCli.RunAsync(cloud.Endpoint, "s3", "cp", "s3://cli-bucket/service.zip", file + ".back", "--only-show-errors");

            Assert.Equal(bytes, await File.ReadAllBytesAsync(file + ".back", TestContext.Current.CancellationToken));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private ValueTask<JsonObject> CallAsync(string operation, JsonObject input) =>
        cloud.Api.InvokeAsync("s3", operation, input, TestContext.Current.CancellationToken);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, Action<HttpRequestMessage>? configure = null)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation(
            "Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        }

        configure?.Invoke(request);
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
