using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.Stack.Population;

namespace Oith.Stack.SingleProcess;

/// <summary>How the whole stack runs in one process.</summary>
public sealed record OithStackOptions
{
    /// <summary>TCP port of the matching service on the loopback interface; 0 takes any free port. Default 5080.</summary>
    public int ServicePort { get; init; } = 5080;

    /// <summary>LocalCloud: AWS endpoint and Redis.</summary>
    public LocalCloudOptions LocalCloud { get; init; } = new();

    /// <summary>How many synthetic people are seeded; 0 seeds none. Default 10,000.</summary>
    public int Users { get; init; } = 10_000;

    /// <summary>What the synthetic people are drawn from: the same seed gives the same people.</summary>
    public ulong Seed { get; init; } = SyntheticPopulation.DefaultSeed;

    /// <summary>The folder of templates and state machine definitions. Default: the copy beside this assembly.</summary>
    public string InfrastructureDirectory { get; init; } = Path.Combine(AppContext.BaseDirectory, "infrastructure");

    /// <summary>Template parameters by stack short name that differ from the templates' defaults.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Parameters { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>Further settings of the matching service, by environment variable.</summary>
    public IReadOnlyDictionary<string, string?> ServiceSettings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Lowest level that is logged to the console. Default: warning, so that the table of resources stays readable.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;
}
