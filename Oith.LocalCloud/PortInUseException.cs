namespace Oith.LocalCloud;

/// <summary>A configured port is taken by another process, or this user may not listen on it.</summary>
/// <param name="resource">What was to listen: <c>Redis</c>.</param>
/// <param name="option">The option of <see cref="LocalCloudOptions"/> that changes the port.</param>
public sealed class PortInUseException(string resource, int port, string option, Exception? innerException = null)
    : Exception($"{resource} cannot listen on port {port}: another process uses it. Set {LocalCloudOptions.Section}:{option} to a free port.", innerException)
{
    public string Resource { get; } = resource;

    public int Port { get; } = port;

    public string Option { get; } = option;
}
