using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Oith.LocalCloud.Wire;

/// <summary>The address that LocalCloud's answers give to clients, for queue URLs and links: <c>http://localhost:4566</c>.</summary>
internal sealed class EndpointUrl(IServer server, LocalCloudOptions options)
{
    private string? _value;

    // The port is known once the server listens, which is before any client can ask.
    public string Value => _value
        ?? (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } address
            ? _value = $"http://localhost:{new Uri(address).Port}"
            : $"http://localhost:{options.Port}");
}
