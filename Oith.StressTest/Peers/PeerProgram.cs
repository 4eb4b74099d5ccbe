namespace Oith.StressTest.Peers;

/// <summary>How an emulator is started.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Program">A program on the PATH.</param>
/// <param name="Arguments">From the port.</param>
/// <param name="Environment">Variables; <c>{port}</c> in a value stands for the port.</param>
internal sealed record PeerProgram(string Name, string Program, Func<string, string[]> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    private static readonly Dictionary<string, string> s_nothing = [];

    /// <summary>This build's LocalCloud, in a process of its own as the peers are.</summary>
    public static PeerProgram LocalCloud { get; } = new(
        "LocalCloud",
        "dotnet",
        _ => [Path.Combine(AppContext.BaseDirectory, "Oith.LocalCloud.dll")],
        new Dictionary<string, string> { ["LocalCloud__Port"] = "{port}", ["LocalCloud__RedisPort"] = "0" });

    /// <summary>The one that answers for every service; tests start it as well.</summary>
    public static PeerProgram Moto { get; } = new("moto_server", "moto_server", port => ["-H", "127.0.0.1", "-p", port], s_nothing);

    /// <param name="cli">Path of dynalite's cli.js; empty for dynalite on the PATH.</param>
    public static PeerProgram Dynalite(string cli) => OfNode(
        "dynalite", cli, port => ["--host", "127.0.0.1", "--port", port, "--createTableMs", "0"], s_nothing);

    /// <param name="cli">Path of fauxqs' cli.js; empty for fauxqs on the PATH.</param>
    public static PeerProgram Fauxqs(string cli) => OfNode(
        "fauxqs", cli, _ => [], new Dictionary<string, string> { ["FAUXQS_PORT"] = "{port}", ["FAUXQS_LOGGER"] = "false" });

    private static PeerProgram OfNode(string name, string cli, Func<string, string[]> arguments, Dictionary<string, string> environment) =>
        cli.Length == 0 ? new(name, name, arguments, environment) : new(name, "node", port => [cli, .. arguments(port)], environment);
}
