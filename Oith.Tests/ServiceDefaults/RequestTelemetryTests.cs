using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Oith.ServiceDefaults;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching;

namespace Oith.Tests.ServiceDefaults;

/// <summary>What traces and logs show of a service's requests and of the probes of its health.</summary>
public sealed class RequestTelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/things/7", "GET /things/{id}", "200", ActivityStatusCode.Unset)]
    [InlineData("/broken/7", "GET /broken/{id}", "500", ActivityStatusCode.Error)]
    [InlineData("/nowhere/7", "GET (no route)", "404", ActivityStatusCode.Unset)]
    public async Task Request_Is_Named_By_Its_Route(string path, string name, string status, ActivityStatusCode outcome)
    {
        var trace = ActivityTraceId.CreateRandom();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        await using var app = await StartAsync(() => HealthStatus.Healthy);

        await GetAsync(app, path, trace);

        var span = await Eventually.GetAsync(() => Task.FromResult(spans.FirstOrDefault(span => span.TraceId == trace)));
        Assert.Equal((name, outcome), (span.DisplayName, span.Status));
        Assert.Equal(("GET", path, status), ((string)span.GetTagItem("http.request.method")!, (string)span.GetTagItem("url.path")!, span.GetTagItem("http.response.status_code")!.ToString()!));
    }

    [Fact]
    public async Task Probes_Have_No_Spans()
    {
        var trace = ActivityTraceId.CreateRandom();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        await using var app = await StartAsync(() => HealthStatus.Healthy);

        await GetAsync(app, "/health", trace);
        await GetAsync(app, "/alive", trace);
        await GetAsync(app, "/things/7", trace);

        await Eventually.TrueAsync(() => Task.FromResult(spans.Any(span => span.TraceId == trace && span.DisplayName == "GET /things/{id}")));
        Assert.Single(spans, span => span.TraceId == trace && span.Recorded);
    }

    [Fact]
    public async Task Health_Is_Logged_When_It_Changes_And_Not_While_The_Service_Starts()
    {
        var status = HealthStatus.Unhealthy;
        await using var app = await StartAsync(() => status);
        var logs = app.Services.GetRequiredService<FakeLogCollector>();

        await GetAsync(app, "/health", default);
        status = HealthStatus.Healthy;
        await GetAsync(app, "/health", default);
        Assert.DoesNotContain(logs.GetSnapshot(), log => log.Category!.Contains("Health", StringComparison.Ordinal));

        status = HealthStatus.Unhealthy;
        await GetAsync(app, "/health", default);
        await GetAsync(app, "/health", default);
        status = HealthStatus.Healthy;
        await GetAsync(app, "/health", default);

        Assert.Equal(
            [(LogLevel.Warning, "The service is Unhealthy. store: It is gone."), (LogLevel.Information, "The service is healthy again")],
            logs.GetSnapshot().Where(log => log.Category!.Contains("Health", StringComparison.Ordinal)).Select(log => (log.Level, log.Message)));
        Assert.DoesNotContain(logs.GetSnapshot(), log => log.Category!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    private static ActivityListener Listen(ConcurrentQueue<Activity> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static async Task<WebApplication> StartAsync(Func<HealthStatus> health)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.AddServiceDefaults();
        builder.Services.AddFakeLogging();
        builder.Services.AddProblemDetails();
        builder.Services.AddHealthChecks().AddCheck("store", () => new HealthCheckResult(health(), "It is gone."));
        var app = builder.Build();
        app.UseExceptionHandler();
        app.MapDefaultEndpoints();
        app.MapGet("/things/{id}", (string id) => id);
        app.MapGet("/broken/{id}", string (string id) => throw new InvalidOperationException(id));
        await app.StartAsync(Token);
        return app;
    }

    private static async Task GetAsync(WebApplication app, string path, ActivityTraceId trace)
    {
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = LocalCloudFixture.EndpointOf(app) };
        if (trace != default)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        }

        using var response = await client.GetAsync(path, Token);
    }
}
