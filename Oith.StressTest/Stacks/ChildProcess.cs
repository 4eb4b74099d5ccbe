using System.Diagnostics;

namespace Oith.StressTest.Stacks;

/// <summary>A program of this build in a process of its own, so that it can be killed without a word. Disposing kills it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _output;
    private TimeSpan _processorTime;

    private ChildProcess(Process process, Task output) => (_process, _output) = (process, output);

    /// <summary>Processor time that it used so far, or until it ended.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            if (!_process.HasExited)
            {
                _process.Refresh();
                _processorTime = _process.TotalProcessorTime;
            }

            return _processorTime;
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Megabytes that it has in memory; 0 once it has ended.</summary>
    public long Megabytes
    {
        get
        {
            if (_process.HasExited)
            {
                return 0;
            }

            _process.Refresh();
            return _process.WorkingSet64 / (1024 * 1024);
        }
    }

    /// <param name="assembly">File name of an assembly beside this one.</param>
    /// <param name="log">Where its output is appended.</param>
    public static ChildProcess Start(string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment, string log)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        return new ChildProcess(process, Task.WhenAll(CopyAsync(process.StandardOutput, log), CopyAsync(process.StandardError, log + ".err")));
    }

    /// <summary>A line on its standard input.</summary>
    public Task TellAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>Ends it as kill -9 does.</summary>
    public async Task KillAsync()
    {
        _ = ProcessorTime;
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        await _output;
        _process.Dispose();
    }

    private static async Task CopyAsync(StreamReader from, string log)
    {
        await using var file = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        await from.BaseStream.CopyToAsync(file, CancellationToken.None);
    }
}
