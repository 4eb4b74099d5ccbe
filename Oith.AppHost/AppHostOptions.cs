using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Oith.Stack.Population;

namespace Oith.AppHost;

/// <summary>
/// Options of the command line, or of the configuration section <c>Oith</c>: <c>--users 100</c>, <c>--Oith:Users=100</c> or
/// <c>Oith__Users</c>.
/// </summary>
internal sealed record AppHostOptions
{
    private const string Section = "Oith";
    /// <summary>The most synthetic users that can be seeded.</summary>
    public const int MostUsers = 1_000_000;

    private const int MaxPort = 65535;
    private const string DashboardRemedy =
        "Choose another: dotnet run --project Oith.AppHost --no-launch-profile, "
        + "with ASPNETCORE_URLS=http://localhost:PORT and ASPIRE_ALLOW_UNSECURED_TRANSPORT=true.";

    private static readonly Dictionary<string, string> s_switches = new(StringComparer.OrdinalIgnoreCase)
    {
        ["--service-port"] = "Oith:ServicePort",
        ["--port"] = "Oith:Port",
        ["--redis-port"] = "Oith:RedisPort",
        ["--users"] = "Oith:Users",
        ["--seed"] = "Oith:Seed",
        ["--data"] = "Oith:Data",
        ["--cloudwatch-clock"] = "Oith:CloudWatchClock",
        ["--alert-email"] = "Oith:AlertEmail",
        ["--log-level"] = "Oith:LogLevel",
    };

    // What Aspire itself and its tools pass on.
    private static readonly string[] s_aspireSwitches =
    [
        "--environment", "--operation", "--publisher", "--step", "--output-path", "--contentRoot", "--applicationName",
    ];

    public int ServicePort { get; private init; }

    public int Port { get; private init; }

    public int RedisPort { get; private init; }

    public int Users { get; private init; }

    public ulong Seed { get; private init; }

    /// <summary>The folder that keeps state over a restart, or null.</summary>
    public string? Data { get; private init; }

    public double CloudWatchClock { get; private init; }

    public string AlertEmail { get; private init; } = "";

    /// <summary>The level of both processes' logs, or null for their own settings.</summary>
    public LogLevel? LogLevel { get; private init; }

    /// <summary>Reads the options and checks that the ports are free. Writes one line for each error.</summary>
    public static bool TryRead(string[] args, out AppHostOptions options)
    {
        var errors = new List<string>();
        options = Read(args, errors);
        foreach (var error in errors)
        {
            Console.Error.WriteLine(error);
        }

        return errors.Count == 0;
    }

    /// <summary>Reads the options.</summary>
    /// <param name="errors">Receives one line for each error.</param>
    internal static AppHostOptions Read(string[] args, List<string> errors)
    {
        errors.AddRange(UnknownArguments(args));
        if (errors.Count > 0)
        {
            return new AppHostOptions();
        }

        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args, s_switches).Build();
        var options = new AppHostOptions
        {
            ServicePort = Integer(configuration, "--service-port", 5080, 0, MaxPort, errors),
            Port = Integer(configuration, "--port", 4566, 0, MaxPort, errors),
            RedisPort = Integer(configuration, "--redis-port", 6379, 0, MaxPort, errors),
            Users = Integer(configuration, "--users", 10_000, 0, MostUsers, errors),
            Seed = Parse(configuration, "--seed", SyntheticPopulation.DefaultSeed, ulong.TryParse, "a whole number of 0 or more", errors),
            Data = configuration[s_switches["--data"]] is { Length: > 0 } data ? data : null,
            CloudWatchClock = Parse(configuration, "--cloudwatch-clock", 1d, TryParseClock, "above 0 and up to 3600", errors),
            AlertEmail = configuration[s_switches["--alert-email"]] ?? "oncall@oith.example",
            LogLevel = Parse<LogLevel?>(
                configuration, "--log-level", null, TryParseLevel, "Trace, Debug, Information, Warning, Error, Critical or None", errors),
        };
        if (errors.Count == 0 && !configuration.GetValue<bool>(LocalCloudBuilderExtensions.RandomizePorts))
        {
            CheckPorts(options, configuration, errors);
        }

        return options;
    }

    private delegate bool Parser<T>(string text, IFormatProvider provider, out T value);

    private static IEnumerable<string> UnknownArguments(string[] args)
    {
        var known = s_switches.Keys.Concat(s_aspireSwitches).ToHashSet(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=', 2)[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !(known.Contains(name) || name.Contains(':', StringComparison.Ordinal)))
            {
                yield return $"{args[i]} is no option. Options: {string.Join(", ", s_switches.Keys)}; "
                    + "or first 'single-process' for all in one process.";
                if (args[i].Length == name.Length && i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
                {
                    i++;
                }
            }
            else if (args[i].Length == name.Length && (++i == args.Length || args[i].StartsWith("--", StringComparison.Ordinal)))
            {
                yield return $"{name} needs a value.";
            }
        }
    }

    private static int Integer(IConfiguration configuration, string option, int defaultValue, int low, int high, List<string> errors)
    {
        return Parse(configuration, option, defaultValue, TryParse, $"from {low} to {high}", errors);

        bool TryParse(string text, IFormatProvider provider, out int value) =>
            int.TryParse(text, provider, out value) && value >= low && value <= high;
    }

    private static T Parse<T>(
        IConfiguration configuration, string option, T defaultValue, Parser<T> parse, string range, List<string> errors)
    {
        if (configuration[s_switches[option]] is not { } text)
        {
            return defaultValue;
        }

        if (!parse(text, CultureInfo.InvariantCulture, out var value))
        {
            errors.Add($"{option} is {text}; it must be {range}.");
        }

        return value;
    }

    private static bool TryParseClock(string text, IFormatProvider provider, out double value) =>
        double.TryParse(text, provider, out value) && value is > 0 and <= 3600;

    private static bool TryParseLevel(string text, IFormatProvider provider, out LogLevel? value)
    {
        value = Enum.TryParse<LogLevel>(text, ignoreCase: true, out var level) && Enum.IsDefined(level) ? level : null;
        return value is not null;
    }

    private static void CheckPorts(AppHostOptions options, IConfiguration configuration, List<string> errors)
    {
        var users = new Dictionary<int, string>();
        if (Uri.TryCreate(configuration["ASPNETCORE_URLS"]?.Split(';')[0], UriKind.Absolute, out var dashboard))
        {
            Check("The dashboard", dashboard.Port, DashboardRemedy);
        }

        Check("The matching service", options.ServicePort, "Choose another with --service-port, or 0 for any free port.");
        Check("LocalCloud", options.Port, "Choose another with --port, or 0 for any free port.");
        Check("Redis", options.RedisPort, "Choose another with --redis-port, or 0 for any free port.");

        void Check(string resource, int port, string remedy)
        {
            if (port == 0)
            {
                return;
            }

            if (!users.TryAdd(port, resource))
            {
                errors.Add($"{resource} cannot listen on port {port}: it is that of {Lower(users[port])}. {remedy}");
            }
            else if (!IsFree(port))
            {
                errors.Add($"{resource} cannot listen on port {port}: another process uses it. {remedy}");
            }
        }

        static string Lower(string resource) => resource.Replace("The ", "the ", StringComparison.Ordinal);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
