using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Oith.Matching.Api;

/// <summary>
/// Refuses requests under names of other machines while the service listens on the loopback interface only. Such a name in <c>Host</c> is
/// a web page's whose DNS entry now points here (DNS rebinding), which makes the service the page's own origin. Where the service is
/// reached under another name, by a proxy on this machine say, ASP.NET Core's setting <c>AllowedHosts</c> lists the names instead.
/// </summary>
internal static class HostNames
{
    public static void UseHostNames(this WebApplication app)
    {
        if (!string.IsNullOrWhiteSpace(app.Configuration["AllowedHosts"]))
        {
            return;
        }

        var server = app.Services.GetRequiredService<IServer>();
        // Known once the server has started, which is before the first request.
        var isLocal = new Lazy<bool>(() => server.Features.Get<IServerAddressesFeature>()?.Addresses is { Count: > 0 } addresses && addresses.All(IsLoopback));
        // Nearly every request carries the same name.
        string? lastGood = null;
        app.Use(next => context =>
        {
            var host = context.Request.Host;
            if (host.Value == Volatile.Read(ref lastGood) || !isLocal.Value)
            {
                return next(context);
            }

            if (!IsOfThisMachine(host.Host))
            {
                return Problems.Forbidden($"The service does not answer to the host name '{host.Host}'. If it is yours, set AllowedHosts.").ExecuteAsync(context);
            }

            Volatile.Write(ref lastGood, host.Value);
            return next(context);
        });
    }

    /// <summary>True for names that lead to this machine and that public DNS cannot hold: loopback names, and how containers call their host.</summary>
    public static bool IsOfThisMachine(string name) =>
        name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".internal", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address);

    private static bool IsLoopback(string address) => BindingAddress.Parse(address) is var binding && IsOfThisMachine(binding.Host);
}
