using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Oith.LocalCloud.Telemetry;
using Oith.Tests.Matching;

namespace Oith.Tests.LocalCloud.ApiGateway;

public sealed class HttpApiForwardingTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const int Limit = 10 * 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    public async Task Request_Reaches_The_Process_As_It_Was_Sent(string method)
    {
        using var request = Request(new HttpMethod(method), "/api/a%20b/ann@oith.example?q=%C3%A4%26&empty=&q=2");
        request.Headers.TryAddWithoutValidation("Host", "api.example.com");
        request.Headers.TryAddWithoutValidation("Origin", "https://app.example.com");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer token");
        request.Headers.TryAddWithoutValidation("X-Several", ["one", "two"]);
        request.Headers.TryAddWithoutValidation("Cookie", "a=1; b=2");

        var echo = await EchoAsync(request);

        Assert.Equal((method, "/api/a%20b/ann@oith.example?q=%C3%A4%26&empty=&q=2"), (echo.Method, echo.Target));
        Assert.Equal("api.example.com", echo.Headers["Host"]);
        Assert.Equal("https://app.example.com", echo.Headers["Origin"]);
        Assert.Equal("Bearer token", echo.Headers["Authorization"]);
        Assert.Equal("one, two", echo.Headers["X-Several"].Replace(",two", ", two", StringComparison.Ordinal));
        Assert.Equal("a=1; b=2", echo.Headers["Cookie"]);
        // The client of this process sends a length where the method usually has a body, and a trace where another test listens to its spans.
        string[] ofClient = ["Content-Length", "traceparent", "tracestate", "baggage", "Correlation-Context"];
        Assert.Equal(
            ["Authorization", "Cookie", "Host", "Origin", "X-Forwarded-For", "X-Several"],
            echo.Headers.Keys.Except(ofClient, StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Head_Is_Answered_With_Headers_Alone()
    {
        using var request = Request(HttpMethod.Head, "/api/any");
        using var answer = await gateway.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("HEAD", Assert.Single(answer.Headers.GetValues("X-Method")));
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Token));
    }

    [Theory]
    [InlineData(1024 * 1024, true)]
    [InlineData(1024 * 1024, false)]
    [InlineData(Limit, true)]
    [InlineData(Limit, false)]
    public async Task Body_Arrives_Whole_With_And_Without_Its_Length(int length, bool hasLength)
    {
        var body = new byte[length];
        new Random(1).NextBytes(body);
        using var request = Request(HttpMethod.Post, "/api/any");
        request.Content = new ByteArrayContent(body);
        request.Headers.TransferEncodingChunked = !hasLength;

        Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), (await EchoAsync(request)).BodyHash);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_Above_The_Limit_Is_Refused_In_The_Words_Of_Api_Gateway(bool hasLength)
    {
        using var request = Request(HttpMethod.Post, "/api/any");
        request.Content = new ByteArrayContent(new byte[Limit + 1]);
        request.Headers.TransferEncodingChunked = !hasLength;
        request.Headers.ExpectContinue = hasLength;

        using var answer = await gateway.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("""{"message":"Request Entity Too Large"}""", await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Answer_Comes_Piece_By_Piece()
    {
        using var request = Request(HttpMethod.Get, "/api/pieces");
        using var answer = await gateway.Client.SendAsync(request, Token);
        await using var stream = await answer.Content.ReadAsStreamAsync(Token);
        var first = new byte[5];
        await stream.ReadExactlyAsync(first, Token);

        gateway.Gate.Release();

        using var rest = new StreamReader(stream);
        Assert.Equal(" second", await rest.ReadToEndAsync(Token));
    }

    [Theory]
    [InlineData(302)]
    [InlineData(304)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Status_And_Headers_Of_The_Answer_Are_The_Process_S(int status)
    {
        using var request = Request(HttpMethod.Get, $"/api/status/{status}");
        using var answer = await gateway.Client.SendAsync(request, Token);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("/elsewhere", answer.Headers.Location!.OriginalString);
        Assert.Equal(["one=1", "two=2"], answer.Headers.GetValues("Set-Cookie"));
        Assert.Equal(status == 304 ? "" : $"status {status}", await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Compressed_Answer_Stays_Compressed()
    {
        using var request = Request(HttpMethod.Get, "/api/compressed");
        using var answer = await gateway.Client.SendAsync(request, Token);

        Assert.Equal("gzip", Assert.Single(answer.Content.Headers.ContentEncoding));
        Assert.Equal([0x1f, 0x8b, 1, 2, 3], await answer.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Process_That_Does_Not_Listen_Is_503_And_Logged_Once()
    {
        var logs = gateway.Services.GetFakeLogCollector();
        for (var call = 0; call < 3; call++)
        {
            using var request = Request(HttpMethod.Post, "/api/any", "gone");
            request.Content = new ByteArrayContent(new byte[1000]);
            using var answer = await gateway.Client.SendAsync(request, Token);

            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal("""{"message":"Service Unavailable"}""", await answer.Content.ReadAsStringAsync(Token));
        }

        var line = Assert.Single(logs.GetSnapshot(), log => log.Message.Contains("HTTP API gone", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Warning, line.Level);
    }

    [Fact]
    public async Task Process_That_Is_Too_Slow_Is_503()
    {
        using var request = Request(HttpMethod.Get, "/api/silence", "impatient");
        using var answer = await gateway.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("""{"message":"Service Unavailable"}""", await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Trace_Context_Passes_Unchanged_And_The_Process_S_Span_Is_The_Only_One()
    {
        var (trace, caller) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());
        using var request = Request(HttpMethod.Get, "/api/traced");
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-{caller}-01");
        request.Headers.TryAddWithoutValidation("tracestate", "vendor=1");

        var echo = await EchoAsync(request);

        Assert.Equal($"00-{trace}-{caller}-01", echo.Headers["traceparent"]);
        Assert.Equal("vendor=1", echo.Headers["tracestate"]);
        // LocalCloud records what runs in its process, and here the application does. A server's span ends after its answer was read.
        var spans = await Eventually.GetAsync(() => Task.FromResult(gateway.Services.GetRequiredService<TraceStore>().Find(trace)));
        Assert.Equal(caller, Assert.Single(spans).ParentSpanId);
    }

    [Fact]
    public async Task Requests_Are_Not_Logged()
    {
        var logs = gateway.Services.GetFakeLogCollector();
        var before = logs.GetSnapshot().Count(IsOfRequests);
        using var request = Request(HttpMethod.Get, "/api/any");
        await EchoAsync(request);
        using var slow = Request(HttpMethod.Get, "/api/silence", "impatient");
        using var answer = await gateway.Client.SendAsync(slow, Token);

        Assert.Equal(before, logs.GetSnapshot().Count(IsOfRequests));

        static bool IsOfRequests(FakeLogRecord log) =>
            log.Category?.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) == true
            || log.Category?.StartsWith("Yarp", StringComparison.Ordinal) == true;
    }

    [Fact]
    public async Task LocalCloud_And_The_Process_Are_Each_Behind_Their_Own_Port()
    {
        using var health = await gateway.Client.SendAsync(Request(HttpMethod.Get, "/health"), Token);
        Assert.Equal("the function's", await health.Content.ReadAsStringAsync(Token));

        using var call = Request(HttpMethod.Post, "/");
        call.Headers.TryAddWithoutValidation("X-Amz-Target", "DynamoDB_20120810.ListTables");
        Assert.Equal("/", (await EchoAsync(call)).Target);

        using var other = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Endpoint, "/api/any"));
        using var refused = await gateway.Client.SendAsync(other, Token);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    private HttpRequestMessage Request(HttpMethod method, string target, string api = "echo") =>
        new(method, new Uri(gateway.AddressOf(api), target)) { Version = HttpVersion.Version11 };

    private async Task<Echo> EchoAsync(HttpRequestMessage request)
    {
        using var answer = await gateway.Client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<Echo>(Token))!;
    }
}
