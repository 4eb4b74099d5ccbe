using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Oith.StressTest.Fuzz;

/// <summary>
/// Sends bad requests to a service and looks at every answer: whatever it is, it is the caller's fault, and it tells nothing of others.
/// </summary>
/// <param name="http">With the service's address.</param>
/// <param name="token">The fuzzing user's own token; null where the service asks for none.</param>
internal sealed class FuzzRun(HttpClient http, string? token)
{
    /// <summary>Stands in a part of every victim's profile that only the victim may read.</summary>
    public const string Secret = "canary-7c1f";

    private const int MostExamples = 10;
    private const int Attempts = 4;

    private static readonly byte[] s_secret = Encoding.UTF8.GetBytes(Secret);

    private readonly ConcurrentDictionary<int, long> _statuses = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private long _done;
    private long _failed;

    public long Done => Interlocked.Read(ref _done);

    /// <param name="threads">At once; each has a sequence of its own, which the seed decides.</param>
    public async Task<FuzzReport> RunAsync(long requests, ulong seed, int threads, CancellationToken cancellationToken)
    {
        await FuzzLoop.RunAsync(
            requests,
            seed,
            threads,
            async (random, threadToken) =>
            {
                await TryAsync(BadInput.Requests.Generate(random, null, out _), threadToken);
                Interlocked.Increment(ref _done);
            },
            cancellationToken);
        return new FuzzReport(Done, _failed, _statuses.OrderBy(status => status.Key).ToDictionary(), [.. _failures]);
    }

    // The server may close a connection whose request it did not read to the end, just when the client takes it for the next: then, and
    // only then, the same request is answered when it is sent again.
    private async Task TryAsync(BadRequest bad, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SendAsync(bad, cancellationToken);
                return;
            }
            catch (HttpRequestException exception)
            {
                // Of a body that is too long the client may not come to the end, nor to the answer.
                if (bad.Body.Length >= Matching.MatchingApplication.LongestBody)
                {
                    return;
                }

                if (attempt == Attempts)
                {
                    Fail($"{exception.Message}: {bad}");
                    return;
                }
            }
        }
    }

    private async Task SendAsync(BadRequest bad, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(new HttpMethod(bad.Method), bad.Path) { Content = new ByteArrayContent(bad.Body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(bad.ContentType);
        if (bad.IsOwn && token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (bad.Header.Length > 0)
        {
            // The client itself refuses to send some; those would never arrive.
            request.Headers.TryAddWithoutValidation(bad.Header, bad.HeaderValue);
        }

        using var response = await http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        _statuses.AddOrUpdate((int)response.StatusCode, 1, (_, count) => count + 1);
        if (!IsRight(bad, response.StatusCode))
        {
            Fail($"{(int)response.StatusCode}: {bad}");
        }
        else if (body.AsSpan().IndexOf(s_secret) >= 0)
        {
            Fail($"another user's data: {bad}");
        }
    }

    // 501 is how the service tells a state machine that repeating an event is in vain; 503 that it is worth another try.
    private static bool IsRight(BadRequest bad, HttpStatusCode status) => (int)status < 500
        || status == HttpStatusCode.ServiceUnavailable
        || (status == HttpStatusCode.NotImplemented && bad.Path == "/events");

    private void Fail(string failure)
    {
        Interlocked.Increment(ref _failed);
        if (_failures.Count < MostExamples)
        {
            _failures.Enqueue(failure);
        }
    }
}

/// <param name="Statuses">How often each was answered.</param>
/// <param name="Examples">The first few failures, in words.</param>
internal sealed record FuzzReport(long Requests, long Failures, IReadOnlyDictionary<int, long> Statuses, IReadOnlyList<string> Examples);
