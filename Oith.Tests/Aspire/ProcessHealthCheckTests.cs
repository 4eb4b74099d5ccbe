using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.LocalCloud;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Oith.Tests.Aspire;

public sealed class ProcessHealthCheckTests : IDisposable
{
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.FromSeconds(1) };
    private readonly Answers _answers = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _answers.Dispose();

    [Fact]
    public async Task Process_That_Starts_Is_Asked_Again_Within_The_Check()
    {
        _answers.Next(null, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK);

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(Check())).Status);
        Assert.Equal(3, _answers.Asked);
    }

    [Fact]
    public async Task Healthy_Process_That_Fails_Is_Unhealthy_At_Once()
    {
        _answers.Next(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK);
        var check = Check();
        await CheckAsync(check);

        var result = await CheckAsync(check);

        Assert.Equal((HealthStatus.Unhealthy, "tcp://localhost:1234/health answers 503."), (result.Status, result.Description));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(check)).Status);
    }

    [Fact]
    public async Task Process_That_Does_Not_Start_Is_Unhealthy_In_The_End()
    {
        var result = await CheckAsync(Check());

        Assert.Equal((HealthStatus.Unhealthy, "tcp://localhost:1234/health does not answer."), (result.Status, result.Description));
    }

    private ProcessHealthCheck Check()
    {
        var process = new Process();
        var endpoint = new EndpointAnnotation(ProtocolType.Tcp, name: "http");
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", 1234);
        process.Annotations.Add(endpoint);
        return new ProcessHealthCheck(process, "http", "/health", _answers, _time);
    }

    private async Task<HealthCheckResult> CheckAsync(ProcessHealthCheck check)
    {
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("check", check, HealthStatus.Unhealthy, []) };
        var result = check.CheckHealthAsync(context, Token);
        while (!result.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await result;
    }

    private sealed class Process() : Resource("process"), IResourceWithEndpoints;

    /// <summary>Answers in order; null, and all after the last, refuse the connection.</summary>
    private sealed class Answers : HttpMessageHandler, IHttpClientFactory
    {
        private readonly Queue<HttpStatusCode?> _next = [];

        public int Asked { get; private set; }

        public void Next(params HttpStatusCode?[] answers) => Array.ForEach(answers, _next.Enqueue);

        public HttpClient CreateClient(string name) => new(this, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            return _next.TryDequeue(out var status) && status is { } code
                ? Task.FromResult(new HttpResponseMessage(code))
                : throw new HttpRequestException("Connection refused");
        }
    }
}
