using Oith.AppHost.Population;

namespace Oith.AppHost.AppModel;

/// <summary>What differs from one run to the next. Configuration section <c>Oith</c>: <c>--Oith:Emulator=LocalStack</c>, <c>Oith__Users=100</c>.</summary>
public sealed class AppModelOptions
{
    public const string Section = "Oith";

    /// <summary>What plays AWS in the environment development. Default LocalCloud.</summary>
    public EmulatorKind Emulator { get; set; } = EmulatorKind.LocalCloud;

    /// <summary>TCP port of the emulator: AWS endpoint and, of LocalCloud, console page. Default 4566.</summary>
    public int Port { get; set; } = 4566;

    /// <summary>TCP port of Redis. Default 6379.</summary>
    public int RedisPort { get; set; } = 6379;

    /// <summary>TCP port of the matching service. Default 5080.</summary>
    public int ServicePort { get; set; } = 5080;

    /// <summary>The emulator's region. Default us-east-1; in AWS the profile or <c>AWS:Region</c> says which.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>Folder that keeps LocalCloud's tables, queues, executions and stacks over a restart; null (the default) keeps all in memory.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>How many synthetic people are seeded into an emulator. Default 10,000.</summary>
    public int Users { get; set; } = 10_000;

    /// <summary>What the synthetic people are drawn from: the same seed gives the same people. Default 2006.</summary>
    public ulong Seed { get; set; } = SyntheticPopulation.DefaultSeed;

    /// <summary>
    /// Published with the service: the zip of the function, as the deploy scripts pack it. Absent (the default), function and state machines are left out.
    /// </summary>
    public string? ServiceZip { get; set; }
}

/// <summary>What plays AWS on this machine.</summary>
public enum EmulatorKind
{
    /// <summary>The embedded AWS of this solution: a process, no container.</summary>
    LocalCloud,

    /// <summary>LocalStack or a compatible emulator, and Redis, as containers.</summary>
    LocalStack,
}
