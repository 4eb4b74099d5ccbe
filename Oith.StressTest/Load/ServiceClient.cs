using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Oith.StressTest.Crowds;

namespace Oith.StressTest.Load;

/// <summary>
/// Speaks to the matching service at little cost: it shares the processors with what it measures. No redirects, cookies, proxies,
/// traces or metrics of the HTTP client, bodies written by hand, answers read into buffers that are used again.
/// </summary>
internal sealed class ServiceClient : IDisposable
{
    private const string Next = "/api/match/next";
    private const string Accept = "/api/match/accept";
    private const string Pass = "/api/match/pass";
    private const string Requests = "/api/match/requests";
    private const string Blocks = "/api/blocks";

    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    private readonly HttpMessageInvoker _http;
    private readonly QuietMeters _meters = new();
    private readonly ConcurrentBag<Slot> _slots = [];
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ProfileBodies _profiles;
    private readonly Routes[] _instances;

    /// <param name="services">Instances; what a person sends goes to one after the other.</param>
    public ServiceClient(IReadOnlyList<Uri> services, TimeSpan timeout, ProfileBodies profiles, TimeProvider time)
    {
        (_timeout, _time, _profiles) = (timeout, time, profiles);
        _instances = [.. services.Select(Routes.Of)];
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = timeout,
            MeterFactory = _meters,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
            UseCookies = false,
            UseProxy = false,
        });
    }

    public int Instances => _instances.Length;

    /// <summary>
    /// Sends it and reads the answer. Never throws for what the service does, and takes no token: the time limit ends it, and what was
    /// sent must be logged with its answer.
    /// </summary>
    /// <param name="match">Whom accept, pass and block are about.</param>
    /// <param name="request">The request to make or to follow.</param>
    public async Task<Answer> SendAsync(Operation operation, Person person, int match, Guid request)
    {
        var slot = _slots.TryTake(out var used) ? used : new Slot(_time);
        slot.Timeout.CancelAfter(_timeout);
        try
        {
            using var message = Message(_instances[person.Sent++ % _instances.Length], operation, person, match, request);
            using var response = await _http.SendAsync(message, slot.Timeout.Token);
            var length = await slot.ReadAsync(response.Content);
            return AnswerReader.Read(OutcomeOf(response.StatusCode), slot.Buffer.AsSpan(0, length)) with { RetryAfter = response.Headers.RetryAfter?.Delta };
        }
        catch (OperationCanceledException)
        {
            return default(Answer) with { Outcome = Outcome.TimedOut };
        }
        catch (JsonException)
        {
            // Cut short, or not what the API promises.
            return default(Answer) with { Outcome = Outcome.ServerError };
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException)
        {
            return default(Answer) with { Outcome = Outcome.Disconnected };
        }
        finally
        {
            if (slot.Timeout.TryReset())
            {
                _slots.Add(slot);
            }
            else
            {
                slot.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _meters.Dispose();
        while (_slots.TryTake(out var slot))
        {
            slot.Dispose();
        }
    }

    private HttpRequestMessage Message(Routes to, Operation operation, Person person, int match, Guid request) => operation switch
    {
        Operation.Status => new(HttpMethod.Get, new Uri($"{to.Service}/api/match/status?userEmail={person.Email}")),
        Operation.Look or Operation.Next => Post(to.Next, $"{{\"userEmail\":\"{person.Email}\"}}"),
        Operation.Accept => Post(to.Accept, Pair(person, match)),
        Operation.Pass => Post(to.Pass, Pair(person, match)),
        Operation.Request => Post(to.Requests, $"{{\"userEmail\":\"{person.Email}\",\"requestId\":\"{request:D}\"}}"),
        Operation.Follow => new(HttpMethod.Get, new Uri($"{to.Service}{Requests}/{request:D}")),
        Operation.ReadProfile => new(HttpMethod.Get, new Uri($"{to.Service}/api/profiles/{person.Email}")),
        Operation.UpdateProfile => new(HttpMethod.Put, new Uri($"{to.Service}/api/profiles/{person.Email}"))
        {
            Content = Json(_profiles.Of(person.Number, person.Revision)),
        },
        Operation.Block => Post(to.Blocks, $"{{\"blockerEmail\":\"{person.Email}\",\"blockedEmail\":\"{EmailOf(match)}\"}}"),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };

    private static string Pair(Person person, int match) => $"{{\"userEmail\":\"{person.Email}\",\"matchEmail\":\"{EmailOf(match)}\"}}";

    private static string EmailOf(int number) => Oith.Stack.Population.SyntheticPopulation.EmailOf(number);

    private static HttpRequestMessage Post(Uri uri, string json) => new(HttpMethod.Post, uri) { Content = Json(Encoding.UTF8.GetBytes(json)) };

    private static ByteArrayContent Json(byte[] json)
    {
        var content = new ByteArrayContent(json);
        content.Headers.ContentType = s_json;
        return content;
    }

    private static Outcome OutcomeOf(HttpStatusCode status) => (int)status switch
    {
        < 400 => Outcome.Ok,
        409 => Outcome.Overtaken,
        429 => Outcome.Refused,
        503 => Outcome.Unavailable,
        < 500 => Outcome.Rejected,
        _ => Outcome.ServerError,
    };

    /// <summary>The routes of one instance.</summary>
    /// <param name="Service">Scheme, host and port.</param>
    private sealed record Routes(string Service, Uri Next, Uri Accept, Uri Pass, Uri Requests, Uri Blocks)
    {
        public static Routes Of(Uri service)
        {
            var at = service.GetLeftPart(UriPartial.Authority);
            return new Routes(
                at,
                new Uri(at + ServiceClient.Next),
                new Uri(at + ServiceClient.Accept),
                new Uri(at + ServiceClient.Pass),
                new Uri(at + ServiceClient.Requests),
                new Uri(at + ServiceClient.Blocks));
        }
    }

    /// <summary>What one request under way needs; belongs to it alone until it is done.</summary>
    private sealed class Slot(TimeProvider time) : IDisposable
    {
        public byte[] Buffer { get; private set; } = new byte[8 * 1024];

        public CancellationTokenSource Timeout { get; } = new(System.Threading.Timeout.InfiniteTimeSpan, time);

        public async ValueTask<int> ReadAsync(HttpContent content)
        {
            await using var stream = await content.ReadAsStreamAsync(Timeout.Token);
            var length = 0;
            while (true)
            {
                if (length == Buffer.Length)
                {
                    var larger = Buffer;
                    Array.Resize(ref larger, larger.Length * 2);
                    Buffer = larger;
                }

                var read = await stream.ReadAsync(Buffer.AsMemory(length), Timeout.Token);
                if (read == 0)
                {
                    return length;
                }

                length += read;
            }
        }

        public void Dispose() => Timeout.Dispose();
    }

    /// <summary>Meters under a name that nobody listens to: a telemetry pipeline in this process would count every request otherwise.</summary>
    private sealed class QuietMeters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter("Oith.StressTest.Quiet");
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
