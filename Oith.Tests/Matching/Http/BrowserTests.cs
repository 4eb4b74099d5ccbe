using System.Net;
using Oith.LocalCloud;
using Oith.LocalCloud.ApiGateway;
using Oith.Stack;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Http;

/// <summary>A web page in a browser of the same machine must not be able to use the service, by no name and in no form.</summary>
public sealed class BrowserTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Event = """{"task":"planPrecompute"}""";
    private const string Json = "Content-Type: application/json\r\n";
    private const string Local = "Host: localhost\r\n";

    [Fact]
    public async Task Events_Are_Taken_From_No_Web_Page()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        (string Headers, int Expected)[] requests =
        [
            (Local + Json, 200),
            ("Host: 127.0.0.1:5080\r\n" + Json, 200),
            ("Host: [::1]\r\nContent-Type: application/json; charset=utf-8\r\n", 200),
            ("Host: host.docker.internal\r\n" + Json, 200),
            (Local, 415),
            (Local + "Content-Type: text/plain\r\n", 415),
            (Local + "Content-Type: text/plain; a=application/json\r\n", 415),
            (Local + "Content-Type: application/x-www-form-urlencoded\r\n", 415),
            (Local + "Content-Type: multipart/form-data; boundary=x\r\n", 415),
            (Local + Json + "Origin: https://evil.example\r\n", 403),
            (Local + Json + "Origin: null\r\n", 403),
            (Local + Json + "Origin: http://localhost\r\n", 403),
            (Local + Json + "Sec-Fetch-Site: cross-site\r\n", 403),
            (Local + Json + "Sec-Fetch-Site: same-origin\r\n", 403),
            ("Host: evil.example\r\n" + Json, 403),
            ("Host: localhost.evil.example\r\n" + Json, 403),
            ("Host: 127.0.0.1.evil.example\r\n" + Json, 403),
            ("Host: 192.0.2.1\r\n" + Json, 403),
            (Local + Json + "X-Forwarded-For: 192.0.2.1\r\n", 404),
            (Local + Json + "Forwarded: for=192.0.2.1\r\n", 404),
        ];

        foreach (var (headers, expected) in requests)
        {
            Assert.Equal((headers, expected), (headers, await PostAsync(host, headers)));
        }
    }

    [Fact]
    public async Task Events_Need_The_Secret_When_One_Is_Configured()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple(), new() { ["MATCHING_EVENTS_SECRET"] = "s3cret" });

        Assert.Equal(403, await PostAsync(host, Local + Json));
        Assert.Equal(403, await PostAsync(host, Local + Json + "X-Events-Secret: s3cre\r\n"));
        Assert.Equal(403, await PostAsync(host, Local + Json + "X-Events-Secret: s3cret\r\nX-Events-Secret: s3cret\r\n"));
        Assert.Equal(200, await PostAsync(host, Local + Json + "X-Events-Secret: s3cret\r\n"));
    }

    /// <summary>In AWS the HTTP API has no route to it, so its port in LocalCloud must have none either.</summary>
    [Fact]
    public async Task Events_Are_Not_Reached_Through_The_Http_Api()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var port = LocalPort.FindFree();
        await using var gateway = await LocalCloudFixture.StartAsync(new LocalCloudOptions
        {
            Port = 0,
            RedisPort = 0,
            HttpApis = { ["matching"] = new HttpApiOptions { Port = port, Url = host.Http.BaseAddress } },
        });
        var api = new Uri($"http://127.0.0.1:{port}");

        Assert.Equal(200, await RawHttp.StatusAsync(api, $"GET /alive HTTP/1.1\r\n{Local}Connection: close\r\n\r\n"));
        Assert.Equal(403, await RawHttp.StatusAsync(api, "GET /alive HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"));
        Assert.Equal(404, await RawHttp.StatusAsync(
            api, $"POST /events HTTP/1.1\r\n{Local}{Json}Connection: close\r\nContent-Length: {Event.Length}\r\n\r\n{Event}"));

        await gateway.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Service_On_The_Loopback_Interface_Answers_To_This_Machines_Names_Only()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());

        Assert.Equal(204, await DeleteAsync(host, "localhost:5080"));
        Assert.Equal(204, await DeleteAsync(host, "127.0.0.1"));
        Assert.Equal(204, await DeleteAsync(host, "matching.dev.localhost"));
        Assert.Equal(403, await DeleteAsync(host, "evil.example"));
        Assert.Equal(403, await DeleteAsync(host, "evil.example:5080"));
        Assert.Equal(403, await DeleteAsync(host, "localhost.evil.example"));
    }

    [Fact]
    public async Task Service_Answers_To_The_Names_That_Are_Configured()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple(), new() { ["AllowedHosts"] = "oith.example" });

        Assert.Equal(204, await DeleteAsync(host, "oith.example"));
        Assert.Equal(400, await DeleteAsync(host, "evil.example"));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Api_Takes_No_Body_That_A_Page_May_Send_Unasked(string type)
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        const string Body = """{"userEmail":"ann@example.com"}""";

        var status = await RawHttp.StatusAsync(
            host.Http.BaseAddress!,
            $"POST /api/match/next HTTP/1.1\r\n{Local}Connection: close\r\nContent-Type: {type}\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

        Assert.Equal((int)HttpStatusCode.UnsupportedMediaType, status);
    }

    private static Task<int> PostAsync(MatchingHost host, string headers) => RawHttp.StatusAsync(
        host.Http.BaseAddress!, $"POST /events HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {Event.Length}\r\n\r\n{Event}");

    // 204, or another status that the request got no further for.
    private static Task<int> DeleteAsync(MatchingHost host, string name) => RawHttp.StatusAsync(
        host.Http.BaseAddress!, $"DELETE /api/profiles/nobody@example.com HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
}
