using System.Net;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Exporter;

namespace Oith.ServiceDefaults;

/// <summary>
/// Lets a process that stops try its last telemetry once. The exporter retries an unreachable collector for as long as its timeout of
/// 10 s; a collector that stopped together with the process would hold the process for 5 s.
/// </summary>
internal sealed class FinalExport : IHostedLifecycleService
{
    private volatile bool _isStopping;

    public HttpClient CreateClient(OtlpExporterOptions options) => new(new LastAttemptHandler(this))
    {
        Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds),
    };

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private sealed class LastAttemptHandler(FinalExport owner) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return base.Send(request, cancellationToken);
            }
            catch (HttpRequestException) when (owner._isStopping)
            {
                return NotRetried(request);
            }
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException) when (owner._isStopping)
            {
                return NotRetried(request);
            }
        }

        // The exporter repeats what could not be connected, and drops what was refused.
        private static HttpResponseMessage NotRetried(HttpRequestMessage request) =>
            new(HttpStatusCode.BadRequest) { RequestMessage = request };
    }
}
