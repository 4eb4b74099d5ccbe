using Oith.Tests.Fixtures;

namespace Oith.Tests.Infrastructure;

/// <summary>deploy.sh or deploy.ps1, run as a user runs them. Tests take both from <see cref="Names"/>.</summary>
internal static class DeployScript
{
    public const string Bash = "deploy.sh";
    public const string PowerShell = "deploy.ps1";

    /// <summary>Both scripts, for a theory.</summary>
    public static TheoryData<string> Names => [Bash, PowerShell];

    public static string PathOf(string script) => Path.Combine(RepositoryFiles.InfrastructureFolder, script);

    /// <summary>Skips the test where the script's shell is not installed.</summary>
    public static async Task<ToolResult> RunAsync(
        string script,
        string arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string input = "",
        Func<Task>? meanwhile = null)
    {
        var (shell, options) = script == Bash ? ("bash", (string[])[]) : ("pwsh", ["-NoProfile", "-File"]);
        var program = ExternalTool.Find(shell);
        Assert.SkipWhen(OperatingSystem.IsWindows() || program is null, $"There is no {shell}.");
        var result = await ExternalTool.RunAsync(program, [.. options, PathOf(script), .. arguments.Split(' ')], environment, input, meanwhile);
        TestContext.Current.TestOutputHelper?.WriteLine($"$ {script} {arguments}\n{result.Output}{result.Error}");
        return result;
    }
}

/// <summary>An <c>aws</c> (or another program) that answers what a test says, in front of the PATH.</summary>
internal sealed class FakeCli : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oith-cli-");

    /// <summary>A program of these shell lines.</summary>
    public FakeCli(string lines, string name = "aws")
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no sh.");
        var file = System.IO.Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, $"#!/bin/sh\n{lines}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    /// <summary>An aws that answers the first pattern that its arguments match, as text to deploy.sh and as JSON to deploy.ps1.</summary>
    public FakeCli(params (string Pattern, string Text, string Json)[] answers)
        : this($"case \"$*\" in\n{string.Concat(answers.Select(Case))}esac")
    {
    }

    /// <summary>The PATH with this program first.</summary>
    public string Path => $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";

    public string Folder => _folder.FullName;

    /// <summary>Shell lines of an answer that is an error.</summary>
    public static (string Pattern, string Text, string Json) Refusal(string pattern, string error) => (pattern, $"!{error}", $"!{error}");

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Case((string Pattern, string Text, string Json) answer) => $"""
          {answer.Pattern}) case "$*" in *'--output json'*) {Print(answer.Json)} ;; *) {Print(answer.Text)} ;; esac ;;

        """;

    private static string Print(string text) => text.StartsWith('!') ? $"printf '%s\\n' '{text[1..]}' >&2; exit 254" : $"printf '%b' '{text}'";
}
