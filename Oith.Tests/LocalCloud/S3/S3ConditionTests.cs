using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.S3;

/// <summary>Conditions, copies, tags, attributes and checksums of S3 objects.</summary>
public sealed class S3ConditionTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IAsyncLifetime, IDisposable
{
    private const string ETag = "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"";

    private readonly HttpClient _http = new() { BaseAddress = cloud.Endpoint };
    private readonly string _bucket = "/b" + Guid.NewGuid().ToString("N");

    public async ValueTask InitializeAsync()
    {
        await SendAsync("PUT", _bucket);
        await SendAsync("PUT", Key("hello"), "hello world");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("PUT", "hello", "If-None-Match", "*", 412)]
    [InlineData("PUT", "hello", "If-None-Match", ETag, 501)]
    [InlineData("PUT", "hello", "If-Match", "\"other\"", 412)]
    [InlineData("PUT", "none", "If-Match", ETag, 404)]
    [InlineData("DELETE", "hello", "If-Match", "\"other\"", 412)]
    [InlineData("DELETE", "none", "If-Match", "*", 412)]
    [InlineData("PUT", "hello", "If-Unmodified-Since", "Thu, 01 Jan 2032 00:00:00 GMT", 501)]
    [InlineData("GET", "hello", "If-Match", "\"other\"", 412)]
    [InlineData("GET", "hello", "If-None-Match", ETag, 304)]
    [InlineData("GET", "hello", "If-Modified-Since", "Thu, 01 Jan 2032 00:00:00 GMT", 304)]
    [InlineData("GET", "hello", "If-Unmodified-Since", "Thu, 01 Jan 2004 00:00:00 GMT", 412)]
    [InlineData("GET", "hello", "If-Unmodified-Since", "yesterday", 400)]
    public async Task Condition_That_Does_Not_Hold_Touches_Nothing(string method, string key, string header, string value, int status)
    {
        var answer = await SendAsync(method, Key(key), method == "PUT" ? "replaced" : null, (header, value));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("hello world", await TextAsync(await SendAsync("GET", Key("hello"))));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", Key("none"))).StatusCode);
    }

    [Fact]
    public async Task Condition_That_Holds_Lets_The_Request_Pass()
    {
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("PUT", Key("new"), "1", ("If-None-Match", "*"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("PUT", Key("hello"), "hello world", ("If-Match", ETag))).StatusCode);
        // The ETag goes before the time.
        var read = await SendAsync("GET", Key("hello"), null, ("If-Match", ETag), ("If-Unmodified-Since", "Thu, 01 Jan 2004 00:00:00 GMT"));
        Assert.Equal("hello world", await TextAsync(read));
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", Key("hello"), null, ("If-Match", ETag))).StatusCode);
    }

    [Fact]
    public async Task One_Of_Many_Creations_At_The_Same_Time_Succeeds()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => SendAsync("PUT", Key("once"), $"{number}", ("If-None-Match", "*"))));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed));
    }

    [Theory]
    [InlineData("x-amz-copy-source-if-match", "\"other\"")]
    [InlineData("x-amz-copy-source-if-none-match", ETag)]
    [InlineData("x-amz-copy-source-if-modified-since", "Thu, 01 Jan 2032 00:00:00 GMT")]
    [InlineData("x-amz-copy-source-if-unmodified-since", "Thu, 01 Jan 2004 00:00:00 GMT")]
    public async Task Copy_Is_Refused_When_A_Condition_Of_Its_Source_Does_Not_Hold(string header, string value)
    {
        var copied = await SendAsync("PUT", Key("copy"), null, ("x-amz-copy-source", Key("hello")), (header, value));

        Assert.Equal(HttpStatusCode.PreconditionFailed, copied.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", Key("copy"))).StatusCode);
    }

    [Theory]
    [InlineData("legal-hold", "<LegalHold><Status>ON</Status></LegalHold>")]
    [InlineData("retention", "<Retention><Mode>GOVERNANCE</Mode></Retention>")]
    [InlineData("acl", "<AccessControlPolicy/>")]
    [InlineData("versionId=1", "another version")]
    public async Task Sub_Resource_That_Is_Not_Implemented_Leaves_The_Object(string subResource, string body)
    {
        foreach (var method in new[] { "GET", "PUT", "DELETE" })
        {
            var answer = await SendAsync(method, Key("hello?" + subResource), method == "PUT" ? body : null);
            Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
            Assert.Contains("<Code>NotImplemented</Code>", await TextAsync(answer));
        }

        Assert.Equal("hello world", await TextAsync(await SendAsync("GET", Key("hello"))));
    }

    [Fact]
    public async Task Parts_Are_Copied_Whole_And_By_Range_And_Their_Checksums_Are_Those_Of_The_Parts()
    {
        var started = await TextAsync(await SendAsync("POST", Key("joined?uploads"), null, ("x-amz-checksum-algorithm", "CRC32C"), ("x-amz-tagging", "a=b")));
        var id = started.Split("<UploadId>")[1].Split("</UploadId>")[0];
        var parts = "";
        foreach (var (number, range) in new[] { (1, "bytes=0-5"), (2, "bytes=6-10"), (3, null) })
        {
            var part = await TextAsync(await SendAsync(
                "PUT", Key($"joined?partNumber={number}&uploadId={id}"), null, ("x-amz-copy-source", Key("hello")), ("x-amz-copy-source-range", range)));
            var (etag, checksum) = (part.Split("<ETag>")[1].Split("</ETag>")[0], part.Split("<ChecksumCRC32C>")[1].Split("</ChecksumCRC32C>")[0]);
            parts += $"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag><ChecksumCRC32C>{checksum}</ChecksumCRC32C></Part>";
        }

        var wrong = await SendAsync(
            "POST", Key($"joined?uploadId={id}"), $"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>", ("x-amz-mp-object-size", "21"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        var completed = await TextAsync(await SendAsync(
            "POST", Key($"joined?uploadId={id}"), $"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>", ("x-amz-mp-object-size", "22")));

        Assert.Contains("<ChecksumType>COMPOSITE</ChecksumType>", completed);
        Assert.Equal("hello worldhello world", await TextAsync(await SendAsync("GET", Key("joined"))));
        var attributes = await TextAsync(await SendAsync(
            "GET", Key("joined?attributes"), null, ("x-amz-object-attributes", "ETag,Checksum,ObjectParts,ObjectSize,StorageClass")));
        Assert.Contains("-3</ETag>", attributes);
        Assert.Contains("-3</ChecksumCRC32C>", attributes);
        Assert.Contains("<PartsCount>3</PartsCount>", attributes);
        Assert.Contains("<ObjectSize>22</ObjectSize>", attributes);
        Assert.Contains("<Key>a</Key>", await TextAsync(await SendAsync("GET", Key("joined?tagging"))));
    }

    [Fact]
    public async Task Range_Of_A_Copy_Outside_Of_Its_Source_Makes_No_Part()
    {
        var started = await TextAsync(await SendAsync("POST", Key("short?uploads")));
        var id = started.Split("<UploadId>")[1].Split("</UploadId>")[0];

        foreach (var range in new[] { "bytes=0-11", "bytes=5", "0-3", "bytes=4-3" })
        {
            var copied = await SendAsync(
                "PUT", Key($"short?partNumber=1&uploadId={id}"), null, ("x-amz-copy-source", Key("hello")), ("x-amz-copy-source-range", range));
            Assert.Equal(HttpStatusCode.BadRequest, copied.StatusCode);
        }

        Assert.DoesNotContain("<Part>", await TextAsync(await SendAsync("GET", Key($"short?uploadId={id}"))));
    }

    [Fact]
    public async Task Tags_Are_Kept_Shown_Copied_And_Removed()
    {
        await SendAsync("PUT", Key("hello?tagging"), "<Tagging><TagSet><Tag><Key>stage</Key><Value>test &amp; more</Value></Tag></TagSet></Tagging>");

        Assert.Contains("<Value>test &amp; more</Value>", await TextAsync(await SendAsync("GET", Key("hello?tagging"))));
        Assert.Equal("1", (await SendAsync("HEAD", Key("hello"))).Headers.GetValues("x-amz-tagging-count").Single());
        await SendAsync("PUT", Key("copy"), null, ("x-amz-copy-source", Key("hello")));
        Assert.Contains("<Key>stage</Key>", await TextAsync(await SendAsync("GET", Key("copy?tagging"))));
        await SendAsync("PUT", Key("other"), null, ("x-amz-copy-source", Key("hello")), ("x-amz-tagging-directive", "REPLACE"), ("x-amz-tagging", "k=v%20w"));
        Assert.Contains("<Value>v w</Value>", await TextAsync(await SendAsync("GET", Key("other?tagging"))));
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", Key("hello?tagging"))).StatusCode);
        Assert.DoesNotContain("<Tag>", await TextAsync(await SendAsync("GET", Key("hello?tagging"))));
        var twice = "<Tagging><TagSet><Tag><Key>a</Key><Value/></Tag><Tag><Key>a</Key><Value/></Tag></TagSet></Tagging>";
        Assert.Contains("InvalidTag", await TextAsync(await SendAsync("PUT", Key("hello?tagging"), twice)));
        Assert.Equal("hello world", await TextAsync(await SendAsync("GET", Key("hello"))));
    }

    [Fact]
    public async Task Objects_Are_Deleted_By_Their_ETag_And_None_When_A_Version_Is_Named()
    {
        await SendAsync("PUT", Key("second"), "second");
        var version = await SendAsync(
            "POST", _bucket + "?delete", "<Delete><Object><Key>hello</Key></Object><Object><Key>second</Key><VersionId>1</VersionId></Object></Delete>");
        Assert.Equal(HttpStatusCode.NotImplemented, version.StatusCode);

        var result = await TextAsync(await SendAsync(
            "POST", _bucket + "?delete", $"<Delete><Object><Key>hello</Key><ETag>{ETag}</ETag></Object><Object><Key>second</Key><ETag>\"x\"</ETag></Object></Delete>"));

        Assert.Contains("<Deleted><Key>hello</Key></Deleted>", result);
        Assert.Contains("<Error><Key>second</Key><Code>PreconditionFailed</Code>", result);
        Assert.Equal("second", await TextAsync(await SendAsync("GET", Key("second"))));
    }

    [Fact]
    public async Task Configuration_Whose_Digest_Is_Wrong_Is_Refused()
    {
        var refused = await SendAsync(
            "PUT", _bucket + "?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", ("x-amz-checksum-crc32", "AAAAAA=="));

        Assert.Contains("BadDigest", await TextAsync(refused));
        Assert.DoesNotContain("Enabled", await TextAsync(await SendAsync("GET", _bucket + "?versioning")));
    }

    [Fact]
    public async Task Bucket_Of_Another_Account_Is_Not_Touched()
    {
        var refused = await SendAsync("DELETE", Key("hello"), null, ("x-amz-expected-bucket-owner", "123456789012"));

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", Key("hello"), null, ("x-amz-expected-bucket-owner", "000000000000"))).StatusCode);
    }

    [Fact]
    public async Task Services_Are_Refused_What_They_Would_Have_Ignored()
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(async () => await cloud.Api.InvokeAsync(
            "s3",
            "PutObject",
            new JsonObject { ["Bucket"] = _bucket[1..], ["Key"] = "hello", ["Body"] = "eA==", ["IfNoneMatch"] = "*" },
            TestContext.Current.CancellationToken));

        Assert.Equal("NotImplemented", error.Code);
        Assert.Equal("hello world", await TextAsync(await SendAsync("GET", Key("hello"))));
    }

    private string Key(string key) => $"{_bucket}/{key}";

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string? body = null, params (string Name, string? Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation(
            "Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0");
        foreach (var (name, value) in headers.Where(header => header.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        }

        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
