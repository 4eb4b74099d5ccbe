using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Oith.Stack;

namespace Oith.StressTest.Peers;

/// <summary>An emulator in a process of its own, on a free port of the loopback interface; disposing ends it.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private PeerProcess(string name, Process process, Uri endpoint)
    {
        Name = name;
        _process = process;
        Endpoint = endpoint;
    }

    public string Name { get; }

    public Uri Endpoint { get; }

    /// <summary>Megabytes of memory that the process holds now.</summary>
    public long Megabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / (1024 * 1024);
        }
    }

    /// <summary>Processor time that it used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it and waits until its port answers; null when the program is not on this machine.</summary>
    public static async Task<PeerProcess?> StartAsync(PeerProgram program, CancellationToken cancellationToken)
    {
        var port = LocalPort.FindFree();
        var text = port.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(program.Program, program.Arguments(text)) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in program.Environment)
        {
            start.Environment[key] = value.Replace("{port}", text, StringComparison.Ordinal);
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            return null;
        }

        // The pipes are emptied, or a talkative process would stop when they are full.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var peer = new PeerProcess(program.Name, process, new Uri($"http://127.0.0.1:{port}"));
        try
        {
            await peer.WaitAsync(port, cancellationToken);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task WaitAsync(int port, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"{Name} ended with exit code {_process.ExitCode} before it answered.");
            }

            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
            }
        }
    }
}
