using System.Diagnostics;
using Amazon.Runtime;

namespace Oith.Matching.Storage;

/// <summary>
/// The HTTP client of an AWS client, without what an API of AWS never needs: redirects, cookies and the unpacking of answers take
/// time at every call.
/// </summary>
internal sealed class AwsHttpClientFactory : HttpClientFactory, IDisposable
{
    // Short, because each call is tried again by the SDK and the caller waits for all of it.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_connectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client = new(new CallerTraceHandler(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // So that a change of the endpoint's addresses is noticed.
        PooledConnectionLifetime = s_connectionLifetime,
        // AwsSpans has a span around the call, and its context is what goes along.
        ActivityHeadersPropagator = null,
    }))
    {
        Timeout = s_timeout,
    };

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    public void Dispose() => _client.Dispose();

    /// <summary>Sends the current trace context along, as HttpClient would, but without a span for each request.</summary>
    private sealed class CallerTraceHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } activity)
            {
                request.Headers.TryAddWithoutValidation("traceparent", id);
                if (activity.TraceStateString is { Length: > 0 } state)
                {
                    request.Headers.TryAddWithoutValidation("tracestate", state);
                }
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
