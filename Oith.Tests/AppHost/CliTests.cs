using System.Text.Json.Nodes;
using Oith.AppHost;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.Tests.Aspire;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.AppHost;

/// <summary>The Aspire CLI with this repository: <c>aspire start --isolated</c>, <c>wait</c>, <c>describe</c>, <c>resource</c>, <c>stop</c>.</summary>
public sealed class CliTests
{
    private static readonly string s_appHost = Path.Combine(RepositoryFiles.Root, "Oith.AppHost", "Oith.AppHost.csproj");

    private static readonly Dictionary<string, string?> s_environment = new()
    {
        ["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "1",
        ["ASPIRE_CLI_GENERATE_HTTPS_CERTIFICATE"] = "false",
        ["Oith__Users"] = "200",
    };

    [Fact]
    public async Task Application_Is_Started_Waited_For_Described_Commanded_And_Stopped()
    {
        var aspire = ExternalTool.Find("aspire");
        Assert.SkipUnless(aspire is not null, "The Aspire CLI is not on the PATH: dotnet tool install Aspire.Cli --version 13.6.5 --tool-path DIR.");
        var obstacle = StartedApplication.FindObstacle();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        // The CLI runs what 'dotnet build' has built, which is Debug.
        var built = Path.Combine(RepositoryFiles.Root, "Oith.AppHost", "bin", "Debug", "net10.0", "Oith.AppHost.dll");
        Assert.SkipUnless(File.Exists(built), $"{built} is not built.");

        try
        {
            await SucceedAsync(aspire, "start", "--isolated", "--no-build", "--format", "Json");
            await SucceedAsync(aspire, "wait", ResourceNames.Matching);

            var described = Json(await SucceedAsync(aspire, "describe", ResourceNames.Matching, "--format", "Json"));
            Assert.Equal("Healthy", described["resources"]![0]!["healthStatus"]!.GetValue<string>());
            var answer = Json(await SucceedAsync(
                aspire, "resource", ResourceNames.Matching, Commands.AskForMatch, "--user-email", SyntheticPopulation.EmailOf(1)));
            Assert.NotNull(answer["performance"]);
            var refused = await RunAsync(aspire, "resource", ResourceNames.Population, Commands.SeedUsers, "--users", "0");
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("users is 0; it must be from 1 to 1000000.", refused.Output + refused.Error);
        }
        finally
        {
            var stopped = await RunAsync(aspire, "stop");
            Assert.True(stopped.ExitCode == 0, stopped.Output + stopped.Error);
        }
    }

    private static async Task<string> SucceedAsync(string aspire, params string[] arguments)
    {
        var result = await RunAsync(aspire, arguments);
        Assert.True(result.ExitCode == 0, $"aspire {string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        return result.Output;
    }

    private static Task<ToolResult> RunAsync(string aspire, params string[] arguments) =>
        ExternalTool.RunAsync(aspire, [.. arguments, "--apphost", s_appHost, "--non-interactive", "--nologo"], s_environment);

    // Lines that tell of progress come before the answer.
    private static JsonNode Json(string output) => JsonNode.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..])!;
}
