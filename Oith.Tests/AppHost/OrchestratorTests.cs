using Oith.Tests.Fixtures;

namespace Oith.Tests.AppHost;

/// <summary>A machine on which Aspire's orchestrator cannot run: one line that names the way without it, and exit code 1.</summary>
public sealed class OrchestratorTests
{
    private const string CliPath = "DcpPublisher__CliPath";

    [Fact]
    public async Task Missing_Orchestrator_Is_One_Line() =>
        Assert.Equal("Aspire's orchestrator is not at /nowhere/dcp.", await RefusalAsync(CliPath, "/nowhere/dcp"));

    [Fact]
    public async Task Orchestrator_That_Fails_Is_One_Line_With_Its_Exit_Code()
    {
        var program = ExternalTool.Find("false");
        Assert.SkipUnless(program is not null, "There is no program 'false' on the PATH.");

        Assert.Equal($"Aspire's orchestrator cannot run here: '{program} version' ended with exit code 1.", await RefusalAsync(CliPath, program));
    }

    [Fact]
    public async Task Home_Directory_That_Cannot_Be_Written_Is_One_Line()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows gives every user a profile.");
        var file = Path.GetTempFileName();
        try
        {
            var line = await RefusalAsync("HOME", file);

            Assert.StartsWith($"Aspire's orchestrator cannot run here: it needs a home directory that it can write to, and HOME is '{file}'", line);
            Assert.EndsWith("Set HOME to one.", line);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<string> RefusalAsync(string variable, string value)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = "http://localhost:0",
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
            [variable] = value,
        };

        var result = await ExternalTool.RunAsync(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "Oith.AppHost.dll"), "--Oith:Port=0", "--Oith:RedisPort=0"], environment);

        Assert.Equal(1, result.ExitCode);
        var line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        const string Remedy = " Without it: dotnet run --project Oith.AppHost -- single-process";
        Assert.EndsWith(Remedy, line);
        return line[..^Remedy.Length];
    }
}
