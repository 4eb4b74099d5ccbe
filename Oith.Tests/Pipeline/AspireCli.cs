using System.Text.RegularExpressions;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.Pipeline;

/// <summary>The Aspire CLI with this repository's app host, its pipeline pointed at a LocalCloud, and a home of its own for its state.</summary>
internal sealed partial class AspireCli(Uri endpoint, string home, string serviceZip)
{
    private static readonly string s_project = Path.Combine(RepositoryFiles.Root, "Oith.AppHost", "Oith.AppHost.csproj");

    /// <summary>What scripts and the Aspire CLI find in their environment.</summary>
    public Dictionary<string, string?> Environment { get; } = new()
    {
        ["AWS_ENDPOINT_URL"] = endpoint.ToString().TrimEnd('/'),
        ["AWS_ACCESS_KEY_ID"] = "test",
        ["AWS_SECRET_ACCESS_KEY"] = "test",
        ["AWS_REGION"] = "us-east-1",
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["SERVICE_ZIP"] = serviceZip,
        ["SETTINGS_FILE"] = Path.Combine(home, "env-infrastructure.txt"),
    };

    /// <summary>Skips the test where the CLI is not installed.</summary>
    public static string Find()
    {
        var aspire = ExternalTool.Find("aspire");
        Assert.SkipWhen(aspire is null, "The Aspire CLI is not on the PATH: dotnet tool install Aspire.Cli --version 13.6.5 --tool-path DIR.");
        // The CLI runs what 'dotnet build' has built, which is Debug.
        var built = Path.Combine(RepositoryFiles.Root, "Oith.AppHost", "bin", "Debug", "net10.0", "Oith.AppHost.dll");
        Assert.SkipUnless(File.Exists(built), $"{built} is not built.");
        return aspire;
    }

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">What follows <c>aspire</c>; what follows <c>--</c> is for the app host.</param>
    /// <returns>The exit code, and the output as one line of plain text.</returns>
    public async Task<ToolResult> RunAsync(string arguments, params (string Name, string Value)[] variables)
    {
        var aspire = Find();
        var environment = new Dictionary<string, string?>(Environment)
        {
            ["HOME"] = home,
            ["DOTNET_CLI_HOME"] = home,
            ["NUGET_PACKAGES"] = System.Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
            ["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "1",
            ["ASPIRE_CLI_GENERATE_HTTPS_CERTIFICATE"] = "false",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["NO_COLOR"] = "1",
        };
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        var parts = arguments.Split(" -- ");
        string[] line = [.. parts[0].Split(' '), "--apphost", s_project, .. IsBuilding(parts[0]) ? ["--no-build"] : (string[])[], "--non-interactive", "--nologo", .. parts.Skip(1).SelectMany(rest => rest.Split(' ').Prepend("--"))];
        var result = await ExternalTool.RunAsync(aspire, line, environment);
        var output = ControlSequence.Replace(result.Output + result.Error, "");
        TestContext.Current.TestOutputHelper?.WriteLine($"$ aspire {arguments}\n{output}");
        // The CLI breaks long lines wherever its width ends.
        return result with { Output = WhiteSpace.Replace(output, " "), Error = "" };
    }

    /// <summary>Runs a command that succeeds.</summary>
    public async Task<string> SucceedAsync(string arguments, params (string Name, string Value)[] variables)
    {
        var result = await RunAsync(arguments, variables);
        Assert.True(result.ExitCode == 0, $"aspire {arguments}: exit code {result.ExitCode}\n{result.Output}");
        return result.Output;
    }

    private static bool IsBuilding(string command) => command.Split(' ')[0] is not ("wait" or "describe" or "stop");

    [GeneratedRegex(@"\x1B(?:\[[0-9;]*[A-Za-z]|\][^\x1B]*\x1B\\)")]
    private static partial Regex ControlSequence { get; }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace { get; }
}
