using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Oith.ServiceDefaults;
using Oith.Stack;

namespace Oith.StressTest.ColdStart;

/// <param name="Alive">From the process's start to the adapter's first successful readiness check, which ends Lambda's init phase.</param>
/// <param name="FirstMatch">From the process's start to the answer of the first request.</param>
/// <param name="Processor">Processor time of the process until then, which says more than the clock on a busy machine.</param>
/// <param name="Megabytes">The most memory that the process had, in MB.</param>
internal sealed record ColdStartTimes(TimeSpan Alive, TimeSpan FirstMatch, TimeSpan Processor, long Megabytes);

/// <summary>
/// A new instance of the function, with Lambda and its Web Adapter played: the zip's files are the task root, <c>run.sh</c> is started, and
/// <c>/alive</c> is asked until it answers.
/// </summary>
internal static class FunctionInstance
{
    // What the adapter waits between two readiness checks.
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    /// <summary>Starts an instance, asks for a match and ends it.</summary>
    /// <param name="folder">The zip's files, <c>run.sh</c> among them where it is a zip.</param>
    /// <param name="settings">The service's environment.</param>
    /// <exception cref="InvalidOperationException">The service ended, or did not answer in time.</exception>
    public static async Task<ColdStartTimes> MeasureAsync(
        string folder, IReadOnlyDictionary<string, string?> settings, string user, TimeProvider time, CancellationToken cancellationToken)
    {
        var port = LocalPort.FindFree();
        var start = new ProcessStartInfo("/bin/sh", [Script(folder)])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        // As cloudformation-matching.yaml sets them.
        start.Environment["LAMBDA_TASK_ROOT"] = folder;
        start.Environment["ASPNETCORE_HTTP_PORTS"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["Logging__Console__FormatterName"] = "json";

        using var limit = new CancellationTokenSource(s_limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var request = JsonContent.Create(new { userEmail = user });
        await request.LoadIntoBufferAsync(cancellationToken);
        var begun = time.GetTimestamp();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await WaitUntilAliveAsync(http, process, time, either.Token);
            var alive = time.GetElapsedTime(begun);
            using var answer = await http.PostAsync(new Uri("/api/match/next", UriKind.Relative), request, either.Token);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync(either.Token);
            var match = time.GetElapsedTime(begun);
            process.Refresh();
            return new ColdStartTimes(alive, match, process.TotalProcessorTime, process.PeakWorkingSet64 / (1024 * 1024));
        }
        catch (Exception failure)
            when (failure is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException(
                $"The service of {folder} did not answer: {failure.Message}\n{await output}{await error}", failure);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    // A folder of 'dotnet publish' has no script yet: package.cs adds the one of the folder infrastructure.
    private static string Script(string folder) => File.Exists(Path.Combine(folder, "run.sh"))
        ? Path.Combine(folder, "run.sh")
        : Path.Combine(AppContext.BaseDirectory, "infrastructure", "run.sh");

    private static async Task WaitUntilAliveAsync(HttpClient http, Process process, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(Extensions.AlivePath, UriKind.Relative), cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                // Not listening yet.
            }

            await Task.Delay(s_poll, time, cancellationToken);
        }
    }
}
