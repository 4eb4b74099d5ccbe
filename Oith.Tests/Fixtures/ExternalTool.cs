using System.Diagnostics;

namespace Oith.Tests.Fixtures;

/// <summary>Programs that a machine may have or not.</summary>
internal static class ExternalTool
{
    /// <summary>Full path of a program on the PATH, null where it is not installed.</summary>
    public static string? Find(string name) => Environment.GetEnvironmentVariable("PATH")!
        .Split(Path.PathSeparator)
        .SelectMany(folder => new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".exe") })
        .FirstOrDefault(File.Exists);

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>Runs a program to its end. Killed, with its children, when the test is cancelled or ten minutes are over.</summary>
    /// <param name="input">What it reads from its standard input.</param>
    /// <param name="meanwhile">What to do while it runs.</param>
    public static async Task<ToolResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string input = "",
        Func<Task>? meanwhile = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(s_limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, TestContext.Current.CancellationToken);
        var cancellationToken = either.Token;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await (meanwhile?.Invoke() ?? Task.CompletedTask);
            await process.WaitForExitAsync(cancellationToken);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}

internal sealed record ToolResult(int ExitCode, string Output, string Error);
