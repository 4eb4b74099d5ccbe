using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.Console;

/// <summary>What the endpoint answers to browsers, to AWS clients, and to pages that have no business here.</summary>
public sealed class ConsoleEndpointTests(LocalCloudFixture localCloud) : IClassFixture<LocalCloudFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Endpoint_Leads_A_Browser_To_The_Page()
    {
        using var response = await SendAsync(HttpMethod.Get, "/", request => request.Headers.Add("Accept", "text/html,application/xhtml+xml"));

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("/_console/", response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Endpoint_Refuses_A_Plain_Get_As_It_Did_Without_A_Page()
    {
        using var response = await SendAsync(HttpMethod.Get, "/?Version=2012-11-05");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("POST", Assert.Single(response.Content.Headers.Allow));
    }

    [Fact]
    public async Task Endpoint_Lists_Buckets_When_The_Get_Is_Signed_For_S3()
    {
        using var response = await SendAsync(HttpMethod.Get, "/", request =>
        {
            request.Headers.Add("Accept", "text/html");
            request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00");
        });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("ListAllMyBucketsResult", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/_console/", "text/html")]
    [InlineData("/_console/js/app.js", "text/javascript")]
    [InlineData("/_console/css/base.css", "text/css")]
    [InlineData("/_console/icon.svg", "image/svg+xml")]
    public async Task Page_Comes_With_A_Policy_That_Allows_Nothing_From_Elsewhere(string path, string contentType)
    {
        using var response = await SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType!.MediaType);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task Asset_Is_Not_Sent_Again_When_The_Browser_Has_It()
    {
        using var first = await SendAsync(HttpMethod.Get, "/_console/js/app.js");
        using var second = await SendAsync(HttpMethod.Get, "/_console/js/app.js", request => request.Headers.IfNoneMatch.Add(first.Headers.ETag!));

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Asset_That_Is_Not_There_Is_Not_Found()
    {
        using var response = await SendAsync(HttpMethod.Get, "/_console/js/none.js");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Page_Is_Small()
    {
        var folder = Path.Combine(RepositoryFiles.Root, "Oith.LocalCloud", "Console", "Page");
        var size = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length);

        Assert.InRange(size, 1, 200_000);
        foreach (var path in Directory.EnumerateFiles(folder, "*.js", SearchOption.AllDirectories))
        {
            var text = await File.ReadAllTextAsync(path, Token);
            Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
            Assert.DoesNotContain("https://", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Door_Leads_To_Every_Service_In_Json()
    {
        using var queues = await CallAsync("sqs", "ListQueues", []);
        using var topics = await CallAsync("sns", "ListTopics", []);

        Assert.Equal(HttpStatusCode.OK, queues.StatusCode);
        Assert.IsType<JsonArray>((await topics.Content.ReadFromJsonAsync<JsonObject>(Token))!["Topics"]);
    }

    [Theory]
    [InlineData("sqs", "GetQueueUrl", HttpStatusCode.BadRequest, "QueueDoesNotExist")]
    [InlineData("sqs", "Dance", HttpStatusCode.BadRequest, "UnknownOperationException")]
    [InlineData("nothing", "List", HttpStatusCode.BadRequest, "UnknownServiceException")]
    public async Task Door_Answers_What_The_Service_Refused(string service, string operation, HttpStatusCode status, string code)
    {
        using var response = await CallAsync(service, operation, new JsonObject { ["QueueName"] = "none" });

        Assert.Equal(status, response.StatusCode);
        Assert.EndsWith(code, (await response.Content.ReadFromJsonAsync<JsonObject>(Token))!["__type"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Door_Takes_No_Form()
    {
        using var content = new FormUrlEncodedContent([]);
        using var response = await SendAsync(HttpMethod.Post, "/_console/api/sqs/ListQueues", request => request.Content = content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("http://localhost:1")]
    [InlineData("null")]
    public async Task Page_Of_Another_Origin_Cannot_Drive_Any_Service(string origin)
    {
        using var form = new FormUrlEncodedContent([new("Action", "CreateQueue"), new("QueueName", "stranger"), new("Version", "2012-11-05")]);
        using var query = await SendAsync(HttpMethod.Post, "/", request =>
        {
            request.Headers.Add("Origin", origin);
            request.Content = form;
        });
        using var door = await CallAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = "stranger" }, request => request.Headers.Add("Origin", origin));

        Assert.Equal(HttpStatusCode.Forbidden, query.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, door.StatusCode);
        using var found = await CallAsync("sqs", "GetQueueUrl", new JsonObject { ["QueueName"] = "stranger" });
        Assert.Equal(HttpStatusCode.BadRequest, found.StatusCode);
    }

    /// <summary>A page in a bucket has the console's address, and without this its origin.</summary>
    [Fact]
    public async Task Page_In_A_Bucket_Has_No_Origin_In_A_Browser()
    {
        using var page = await SendAsync(HttpMethod.Get, "/bucket/page.html", request => request.Headers.Add("Sec-Fetch-Dest", "document"));
        using var client = await SendAsync(HttpMethod.Get, "/bucket/page.html");
        using var console = await SendAsync(HttpMethod.Get, "/_console/", request => request.Headers.Add("Sec-Fetch-Dest", "document"));

        Assert.Equal("sandbox", Assert.Single(page.Headers.GetValues("Content-Security-Policy")));
        Assert.False(client.Headers.Contains("Content-Security-Policy"));
        Assert.DoesNotContain("sandbox", Assert.Single(console.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_Itself_May_Call()
    {
        using var response = await CallAsync(
            "sqs", "ListQueues", [], request => request.Headers.Add("Origin", localCloud.Endpoint.GetLeftPart(UriPartial.Authority)));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("bucket.localhost", true)]
    [InlineData("localcloud", true)]
    [InlineData("host.docker.internal", true)]
    [InlineData("sqs.us-east-1.amazonaws.com", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    public async Task Endpoint_Answers_Only_To_Names_That_No_Stranger_Can_Own(string host, bool isOwn)
    {
        using var response = await SendAsync(HttpMethod.Get, "/_console/", request => request.Headers.Host = $"{host}:{localCloud.Endpoint.Port}");

        Assert.Equal(host.StartsWith("bucket.", StringComparison.Ordinal) ? HttpStatusCode.NotFound : isOwn ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Endpoint_Answers_To_A_Name_That_Was_Configured()
    {
        var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0, HostNames = { "cloud.example" } });
        await using (app)
        {
            using var client = new HttpClient { BaseAddress = LocalCloudFixture.EndpointOf(app) };
            using var request = new HttpRequestMessage(HttpMethod.Get, "/_console/") { Headers = { Host = "cloud.example" } };
            using var response = await client.SendAsync(request, Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    private Task<HttpResponseMessage> CallAsync(string service, string operation, JsonObject input, Action<HttpRequestMessage>? change = null) =>
        SendAsync(HttpMethod.Post, $"/_console/api/{service}/{operation}", request =>
        {
            request.Content = new StringContent(input.ToJsonString(), new MediaTypeHeaderValue("application/json"));
            change?.Invoke(request);
        });

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, Action<HttpRequestMessage>? change = null)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = localCloud.Endpoint };
        using var request = new HttpRequestMessage(method, path);
        change?.Invoke(request);
        return await client.SendAsync(request, Token);
    }
}
