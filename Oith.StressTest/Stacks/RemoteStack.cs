using System.Diagnostics;

namespace Oith.StressTest.Stacks;

/// <summary>A service that runs somewhere already, with the synthetic people in its table.</summary>
internal sealed class RemoteStack(Uri service, AwsEndpoint? aws) : ILoadedStack
{
    public IReadOnlyList<Uri> Services { get; } = [service];

    public AwsEndpoint? Aws => aws;

    public string Description => $"the service at {service.GetLeftPart(UriPartial.Authority)}";

    /// <summary>Of the tool alone.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime;
        }
    }

    public ValueTask DisposeAsync()
    {
        aws?.Dispose();
        return default;
    }
}
