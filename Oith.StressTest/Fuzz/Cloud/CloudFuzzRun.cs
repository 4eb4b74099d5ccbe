using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Oith.StressTest.Stacks;

namespace Oith.StressTest.Fuzz.Cloud;

/// <summary>
/// Sends typed calls of every operation to LocalCloud. Whatever a call holds is the caller's fault: a 500, an answer after more than five
/// seconds, and the end of the process are failures.
/// </summary>
internal sealed class CloudFuzzRun(CloudProcess cloud, IReadOnlyList<OperationModel> operations) : IDisposable
{
    private const int MostExamples = 40;
    private const int DamagedOf = 25;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    // Beyond the limit, so that a late answer is told apart from none.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TypedValues _values = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = s_patience };
    private readonly ConcurrentDictionary<int, long> _statuses = new();
    private readonly ConcurrentDictionary<string, string> _failures = new(StringComparer.Ordinal);
    private long _done;
    private long _failed;
    private long _slowest;

    public void Dispose() => _http.Dispose();

    public long Done => Interlocked.Read(ref _done);

    /// <param name="threads">At once; each has a sequence of its own, which the seed decides.</param>
    public async Task<CloudFuzzReport> RunAsync(long requests, ulong seed, int threads, CancellationToken cancellationToken)
    {
        await FuzzLoop.RunAsync(
            requests,
            seed,
            threads,
            async (random, token) =>
            {
                await SendAsync(Draw(random), token);
                Interlocked.Increment(ref _done);
            },
            cancellationToken);
        return new CloudFuzzReport(
            Done, _failed, TimeSpan.FromTicks(_slowest), _statuses.OrderBy(status => status.Key).ToDictionary(), [.. _failures.OrderBy(pair => pair.Key, StringComparer.Ordinal)]);
    }

    private CloudRequest Draw(PCG random)
    {
        var operation = operations[(int)random.Next((uint)operations.Count)];
        var protocols = operation.Service.Protocols;
        var request = RequestWriter.Write(operation, protocols[(int)random.Next((uint)protocols.Count)], _values.Input(operation, random));
        return random.Next(DamagedOf) == 0 ? RequestWriter.Damaged(request, random) : request;
    }

    /// <summary>The operations that LocalCloud has, told by its answer to a call without input.</summary>
    public static async Task<List<OperationModel>> SupportedAsync(CloudProcess cloud, IEnumerable<OperationModel> all, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var supported = new List<OperationModel>();
        // A worker that polls for an activity's task waits a minute by design.
        foreach (var operation in all.Where(operation => operation.Name != "GetActivityTask"))
        {
            using var message = Message(cloud.Endpoint, RequestWriter.Write(operation, operation.Service.Protocols[^1], []));
            using var response = await http.SendAsync(message, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.StatusCode != HttpStatusCode.NotImplemented
                && !body.Contains("LocalCloud does not support", StringComparison.Ordinal) && !body.Contains("LocalCloud has no service", StringComparison.Ordinal))
            {
                supported.Add(operation);
            }
        }

        return supported;
    }

    private async Task SendAsync(CloudRequest request, CancellationToken cancellationToken)
    {
        using var message = Message(cloud.Endpoint, request);
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(message, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var took = Stopwatch.GetElapsedTime(started);
            _statuses.AddOrUpdate((int)response.StatusCode, 1, (_, count) => count + 1);
            Note(took);
            if ((int)response.StatusCode >= 500 && response.StatusCode is not (HttpStatusCode.NotImplemented or HttpStatusCode.ServiceUnavailable))
            {
                Fail(request, ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
            }
            else if (took > s_limit)
            {
                Fail(request, string.Create(CultureInfo.InvariantCulture, $"slow ({took.TotalSeconds:F1} s)"));
            }
            else if (response.IsSuccessStatusCode)
            {
                Learn(body);
            }
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Fail(request, $"no answer within {s_patience.TotalSeconds} s");
        }
        catch (HttpRequestException error)
        {
            if (await cloud.EnsureRunningAsync(cancellationToken))
            {
                Fail(request, "the process ended");
            }
            else if (error.HttpRequestError is not (HttpRequestError.ResponseEnded or HttpRequestError.Unknown or HttpRequestError.ConnectionError))
            {
                Fail(request, error.Message);
            }
        }
    }

    private static HttpRequestMessage Message(Uri endpoint, CloudRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(endpoint.GetLeftPart(UriPartial.Authority) + request.Path)) { Content = new ReadOnlyMemoryContent(request.Body) };
        message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType);
        message.Headers.TryAddWithoutValidation("Authorization", request.Authorization);
        if (request.Target is not null)
        {
            message.Headers.TryAddWithoutValidation("X-Amz-Target", request.Target);
        }

        foreach (var (name, value) in request.Headers)
        {
            // The client itself refuses to send some; those would never arrive.
            message.Headers.TryAddWithoutValidation(name, new string([.. value.Where(character => character is >= ' ' and < '\u007f')]));
        }

        return message;
    }

    private void Learn(byte[] body)
    {
        if (body is [(byte)'{', ..])
        {
            try
            {
                _values.Learn(JsonNode.Parse(body));
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
            {
                // An object's bytes that begin as JSON does.
            }
        }
        else if (body is [(byte)'<', ..])
        {
            LearnXml(body);
        }
    }

    private void LearnXml(byte[] body)
    {
        try
        {
            using var reader = System.Xml.XmlReader.Create(new MemoryStream(body), new() { CheckCharacters = false, DtdProcessing = System.Xml.DtdProcessing.Prohibit });
            var name = "";
            while (reader.Read())
            {
                name = reader.NodeType == System.Xml.XmlNodeType.Element ? reader.LocalName : name;
                if (reader.NodeType == System.Xml.XmlNodeType.Text)
                {
                    _values.Learn(JsonValue.Create(reader.Value), name);
                }
            }
        }
        catch (System.Xml.XmlException)
        {
            // An object's bytes that begin as XML does.
        }
    }

    private void Note(TimeSpan took)
    {
        var known = Interlocked.Read(ref _slowest);
        while (took.Ticks > known && Interlocked.CompareExchange(ref _slowest, took.Ticks, known) is var seen && seen != known)
        {
            known = seen;
        }
    }

    // One example of each kind of failure of each operation.
    private void Fail(CloudRequest request, string failure)
    {
        Interlocked.Increment(ref _failed);
        if (_failures.Count < MostExamples)
        {
            _failures.TryAdd($"{request.Operation}: {failure.Split(' ')[0]}", $"{failure}: {request.Repeat(cloud.Endpoint)}");
        }
    }
}

/// <param name="Slowest">The longest time of an answer.</param>
/// <param name="Statuses">How often each was answered.</param>
/// <param name="Examples">Of each kind of failure of each operation the first, by its name.</param>
internal sealed record CloudFuzzReport(
    long Requests, long Failures, TimeSpan Slowest, IReadOnlyDictionary<int, long> Statuses, IReadOnlyList<KeyValuePair<string, string>> Examples);
