using System.Globalization;
using Oith.Stack;

namespace Oith.StressTest.Stacks;

/// <summary>LocalCloud in a process of its own, so that a request that ends it ends nothing else; it is started again then.</summary>
internal sealed class CloudProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("oith-localcloud-").FullName;
    private readonly int _port = LocalPort.FindFree();
    private readonly int _redisPort = LocalPort.FindFree();
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _starting = new(1, 1);
    private ChildProcess? _process;

    private CloudProcess(TimeProvider time)
    {
        _time = time;
        Endpoint = new Uri($"http://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}");
    }

    public Uri Endpoint { get; }

    /// <summary>What the process wrote, errors in the file beside it.</summary>
    public string Log => Path.Combine(_folder, "localcloud.log");

    /// <summary>Megabytes that the process has in memory.</summary>
    public long Megabytes => _process?.Megabytes ?? 0;

    public static async Task<CloudProcess> StartAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var cloud = new CloudProcess(time);
        await cloud.EnsureRunningAsync(cancellationToken);
        return cloud;
    }

    /// <summary>Starts the process again when it has ended.</summary>
    /// <returns>Whether it had ended.</returns>
    public async Task<bool> EnsureRunningAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (_process is { HasExited: false })
            {
                return false;
            }

            if (_process is not null)
            {
                await _process.DisposeAsync();
            }

            var environment = new Dictionary<string, string?>
            {
                ["LocalCloud__Port"] = _port.ToString(CultureInfo.InvariantCulture),
                ["LocalCloud__RedisPort"] = _redisPort.ToString(CultureInfo.InvariantCulture),
                ["Logging__LogLevel__Default"] = "Error",
            };
            _process = ChildProcess.Start("Oith.LocalCloud.dll", [], environment, Log);
            await WaitAsync(cancellationToken);
            return true;
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _starting.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_startLimit);
        using var http = new HttpClient { BaseAddress = Endpoint };
        while (true)
        {
            try
            {
                using var response = await http.GetAsync(ServiceDefaults.Extensions.AlivePath, limit.Token);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(s_poll, _time, limit.Token);
        }
    }
}
