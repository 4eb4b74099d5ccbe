using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Oith.Matching.Api;
using Oith.Matching.Settings;

namespace Oith.Matching.Workflow;

/// <summary>
/// Decides which requests to <c>POST /events</c> are events: those that the Lambda Web Adapter, an emulator or a developer posts from this
/// machine. A web page in a browser of the same machine posts from here too, so what marks a browser is refused.
/// </summary>
internal sealed class EventGuard(IOptions<MatchingOptions> options)
{
    /// <summary>Carries <see cref="MatchingOptions.EventsSecret"/>.</summary>
    public const string SecretHeader = "X-Events-Secret";

    private readonly byte[]? _secret = options.Value.EventsSecret is { Length: > 0 } secret ? Encoding.UTF8.GetBytes(secret) : null;

    /// <returns>What to answer instead of running the event; null for an event.</returns>
    public IResult? Refuse(HttpContext context)
    {
        var request = context.Request;
        if (!IsFromHere(context))
        {
            // As if the route did not exist.
            return TypedResults.NotFound();
        }

        if (!HostNames.IsOfThisMachine(request.Host.Host))
        {
            return Forbidden("POST /events is answered under this machine's own names only, such as localhost.");
        }

        // Sec-Fetch-Site is one of the headers that a page can neither set nor remove.
        if (request.Headers.Origin.Count > 0 || request.Headers.ContainsKey("Sec-Fetch-Site"))
        {
            return Forbidden("POST /events is not for web pages.");
        }

        if (!request.HasJsonContentType())
        {
            return TypedResults.Problem("An event is JSON: send it as application/json.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        }

        return HasSecret(request)
            ? null
            : Forbidden($"POST /events needs the header {SecretHeader} with the value of MATCHING_EVENTS_SECRET.");
    }

    // What came through a proxy did not come from this machine.
    private static bool IsFromHere(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded");

    private bool HasSecret(HttpRequest request) =>
        _secret is null
        || request.Headers[SecretHeader] is [{ } given] && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _secret);

    private static ProblemHttpResult Forbidden(string detail) => Problems.Forbidden(detail);
}
