using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Oith.Stack;

namespace Oith.Tests.Fixtures;

/// <summary>LocalCloud in a process of its own, upon a data directory; to be killed, or to be refused its start.</summary>
internal sealed class LocalCloudProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private LocalCloudProcess(Process process, Uri endpoint)
    {
        (_process, Endpoint) = (process, endpoint);
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Endpoint { get; }

    public int Id => _process.Id;

    /// <summary>Both streams.</summary>
    public string Output => string.Join('\n', _output);

    /// <param name="wrapper">The program that runs it, with arguments: <c>setpriv --reuid 65534</c>. It must become the process itself (exec).</param>
    /// <param name="arguments">Further arguments of LocalCloud.</param>
    public static LocalCloudProcess Start(string dataDirectory, IEnumerable<string>? wrapper = null, params IEnumerable<string> arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Oith.LocalCloud.dll");
        Assert.SkipUnless(File.Exists(Path.ChangeExtension(program, ".runtimeconfig.json")), "Oith.LocalCloud cannot be started from here.");
        var port = LocalPort.FindFree();
        string[] line =
        [
            .. wrapper ?? [], "dotnet", program, $"--LocalCloud:Port={port.ToString(CultureInfo.InvariantCulture)}", "--LocalCloud:RedisPort=0",
            $"--LocalCloud:DataDirectory={dataDirectory}", .. arguments,
        ];
        var process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return new LocalCloudProcess(process, new Uri($"http://127.0.0.1:{port}"));
    }

    public static async Task<LocalCloudProcess> StartHealthyAsync(
        string dataDirectory, CancellationToken cancellationToken, IEnumerable<string>? wrapper = null, params IEnumerable<string> arguments)
    {
        var process = Start(dataDirectory, wrapper, arguments);
        using var http = new HttpClient();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Assert.False(process._process.HasExited, "LocalCloud ended at its start: " + process.Output);
            try
            {
                using var answer = await http.GetAsync(new Uri(process.Endpoint, "alive"), cancellationToken);
                return process;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
        }
    }
}
