using System.Net;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Console;

/// <summary>
/// Keeps other pages of the developer's browser away from LocalCloud. Anybody's page can send requests to localhost; what it cannot do is
/// hide where it comes from (<c>Origin</c>) or reach this address under a name that is not its own (<c>Host</c>, DNS rebinding).
/// AWS clients send no Origin and use names that no stranger can own, so they never notice.
/// </summary>
internal sealed class BrowserGuard(LocalCloudOptions options)
{
    // The header's text that was found good last: nearly every request carries the same one.
    private volatile string? _goodHost;

    /// <summary>Refuses a stranger's request and hands all others on.</summary>
    public Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (!IsOwn(request.Host))
        {
            return RefuseAsync(context, $"LocalCloud does not answer to the host name '{request.Host.Host}'. If it is yours, add it to LocalCloud:HostNames.");
        }

        // An object in a bucket may be an HTML page, and must not be one of the console's origin. Only browsers send the header.
        if (request.Headers.ContainsKey("Sec-Fetch-Dest") && !request.Path.StartsWithSegments(ConsoleEndpoint.Path, StringComparison.Ordinal))
        {
            context.Response.Headers.ContentSecurityPolicy = "sandbox";
        }

        // An image or a link of another page sends no Origin, and a GET with an action can change things.
        if (request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && AwsEndpoint.IsQueryAction(request))
        {
            return RefuseAsync(context, "LocalCloud takes no calls from other pages.");
        }

        return request.Headers.Origin is [{ } origin, ..] && !IsSame(origin, request.Host.Value ?? "")
            ? RefuseAsync(context, $"LocalCloud takes no requests from pages of {origin}.")
            : next(context);
    }

    private bool IsOwn(HostString host)
    {
        var text = host.Value;
        if (string.IsNullOrEmpty(text) || text == _goodHost)
        {
            return true;
        }

        if (!IsOwn(host.Host))
        {
            return false;
        }

        _goodHost = text;
        return true;
    }

    /// <summary>An address, a name that public DNS cannot hold, AWS's own, or one that was configured.</summary>
    private bool IsOwn(string name) =>
        !name.Contains('.', StringComparison.Ordinal)
        || IPAddress.TryParse(name, out _)
        || EndsWith(name, ".localhost")
        || EndsWith(name, ".internal")
        || EndsWith(name, ".amazonaws.com")
        || options.HostNames.Any(own => name.Equals(own, StringComparison.OrdinalIgnoreCase) || EndsWith(name, "." + own));

    private static bool EndsWith(string name, string suffix) => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);

    /// <param name="origin"><c>http://localhost:4566</c>, or <c>null</c> for a page without one.</param>
    private static bool IsSame(string origin, string host)
    {
        var scheme = origin.IndexOf("://", StringComparison.Ordinal);
        return scheme > 0 && origin.AsSpan(scheme + 3).Equals(host, StringComparison.OrdinalIgnoreCase);
    }

    private static Task RefuseAsync(HttpContext context, string reason)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync(reason + "\n", context.RequestAborted);
    }
}
