using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.StressTest.Stacks;

/// <summary>
/// AWS's JSON protocol, unsigned: how the tool looks at queues, tables and alarms of an emulator, and orders faults. AWS itself
/// refuses unsigned calls, and nobody should look for invariants or faults there.
/// </summary>
internal sealed class AwsEndpoint : IDisposable
{
    public const string SQS = "AmazonSQS";
    public const string DynamoDB = "DynamoDB_20120810";
    public const string CloudWatch = "GraniteServiceVersion20100801";

    /// <summary>LocalCloud's own.</summary>
    public const string Faults = "LocalCloudFaults";

    private readonly HttpClient _http;

    /// <param name="environment">Part of the names of tables and queues: development.</param>
    public AwsEndpoint(Uri endpoint, string environment)
    {
        Environment = environment;
        Endpoint = endpoint;
        _http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null, UseProxy = false })
        {
            BaseAddress = endpoint,
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    public Uri Endpoint { get; }

    public string Environment { get; }

    public string Table(string name) => $"oith-{Environment}-{name}";

    public Uri Queue(string name) => new(Endpoint, $"/000000000000/oith-{Environment}-{name}");

    /// <param name="target">The service's prefix in X-Amz-Target.</param>
    /// <returns>The output; the caller disposes it.</returns>
    /// <exception cref="HttpRequestException">The service cannot be reached, or refused; the message is its own.</exception>
    public async Task<JsonDocument> CallAsync(string target, string operation, JsonObject input, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent(input.ToJsonString()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.0");
        request.Headers.Add("X-Amz-Target", $"{target}.{operation}");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var problem = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new HttpRequestException($"{operation}: {problem}", inner: null, response.StatusCode);
        }

        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
    }

    public void Dispose() => _http.Dispose();
}
