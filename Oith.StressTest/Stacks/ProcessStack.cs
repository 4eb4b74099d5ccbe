using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.ServiceDefaults;
using Oith.Stack;
using Oith.Stack.SingleProcess;

namespace Oith.StressTest.Stacks;

/// <summary>
/// LocalCloud with a data directory and the instances of the service, each in a process of its own that can be killed and started again at the
/// same address. Faults of the service happen to the first instance; the function is the last one.
/// </summary>
internal sealed class ProcessStack : ILoadedStack
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(3);

    private readonly int _port;
    private readonly int _redisPort;
    private readonly IReadOnlyDictionary<string, string?> _settings;
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly HttpClient _http = new();
    private ChildProcess? _cloud;
    private readonly ChildProcess?[] _services;
    private TimeSpan _former;

    private ProcessStack(int port, int redisPort, int[] servicePorts, IReadOnlyDictionary<string, string?> settings, string folder, TimeProvider time)
    {
        (_port, _redisPort, _settings, _folder, _time) = (port, redisPort, settings, folder, time);
        Services = Array.ConvertAll(servicePorts, servicePort => new Uri($"http://localhost:{servicePort}"));
        _services = new ChildProcess?[servicePorts.Length];
        Aws = new AwsEndpoint(new Uri($"http://localhost:{port}"), ResourceNames.Development);
    }

    public IReadOnlyList<Uri> Services { get; }

    public AwsEndpoint Aws { get; }

    public string Description => Services.Count == 1
        ? "service and LocalCloud in processes of their own"
        : $"{Services.Count} instances of the service and LocalCloud in processes of their own";

    public TimeSpan ProcessorTime
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime + _former + (_cloud?.ProcessorTime ?? default)
                + _services.Aggregate(TimeSpan.Zero, (sum, service) => sum + (service?.ProcessorTime ?? default));
        }
    }

    /// <summary>Deploys and seeds into a data directory, then starts the processes upon it.</summary>
    public static async Task<ProcessStack> StartAsync(
        int users, ulong seed, int instances, IProgress<StackResource>? progress, TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("oith-stress-").FullName;
        var (port, redisPort) = (LocalPort.FindFree(), LocalPort.FindFree());
        int[] servicePorts = [.. Enumerable.Range(0, instances).Select(_ => LocalPort.FindFree())];
        IReadOnlyDictionary<string, string?> settings;
        var options = new OithStackOptions
        {
            ServicePort = servicePorts[0],
            Users = users,
            Seed = seed,
            LogLevel = LogLevel.Error,
            LocalCloud = new LocalCloudOptions { Port = port, RedisPort = redisPort, DataDirectory = DataOf(folder) },
        };
        await using (var whole = await OithStack.StartAsync(options, progress, cancellationToken))
        {
            settings = whole.ServiceSettings;
        }

        var stack = new ProcessStack(port, redisPort, servicePorts, settings, folder, time);
        try
        {
            await stack.StartCloudAsync(cancellationToken);
            await Task.WhenAll(Enumerable.Range(0, instances).Select(instance => stack.StartServiceAsync(instance, cancellationToken)));
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    public Task KillServiceAsync() => KillAsync(_services[0]!);

    public Task KillCloudAsync() => KillAsync(_cloud!);

    /// <summary>Starts LocalCloud upon its data directory and waits until it answers.</summary>
    public async Task StartCloudAsync(CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string?>
        {
            ["LocalCloud__Port"] = Text(_port),
            ["LocalCloud__RedisPort"] = Text(_redisPort),
            [LocalCloudEnvironment.RedisPassword] = _settings[MatchingEnvironment.RedisPassword],
            [LocalCloudEnvironment.FunctionSecret] = _settings[MatchingEnvironment.EventsSecret],
            ["LocalCloud__DataDirectory"] = DataOf(_folder),
            [$"LocalCloud__Functions__{ResourceNames.Function(ResourceNames.Development)}"] = new Uri(Services[^1], "/events").ToString(),
            ["Logging__LogLevel__Default"] = "Warning",
        };
        _cloud = ChildProcess.Start("Oith.LocalCloud.dll", [], environment, Path.Combine(_folder, "localcloud.log"));
        await WaitAsync(Aws.Endpoint, Extensions.AlivePath, cancellationToken);
    }

    /// <summary>Starts the first instance of the service and waits until it is ready.</summary>
    public Task StartServiceAsync(CancellationToken cancellationToken) => StartServiceAsync(0, cancellationToken);

    /// <summary>Sets the clock of the first instance that far from the true time.</summary>
    public Task SetClockAsync(TimeSpan offset) => _services[0]!.TellAsync(ServiceCommand.SetClock(offset));

    public async ValueTask DisposeAsync()
    {
        foreach (var child in _services.Append(_cloud))
        {
            if (child is not null)
            {
                await child.DisposeAsync();
            }
        }

        Aws.Dispose();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartServiceAsync(int instance, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string?>(_settings)
        {
            ["urls"] = $"http://127.0.0.1:{Services[instance].Port}",
            ["Logging__LogLevel__Default"] = "Warning",
        };
        _services[instance] = ChildProcess.Start(
            "Oith.StressTest.dll", [ServiceCommand.Verb], environment, Path.Combine(_folder, $"service-{instance}.log"));
        await WaitAsync(Services[instance], Extensions.HealthPath, cancellationToken);
    }

    private async Task KillAsync(ChildProcess child)
    {
        await child.KillAsync();
        _former += child.ProcessorTime;
        await child.DisposeAsync();
    }

    private async Task WaitAsync(Uri address, string path, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(s_startLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (true)
        {
            try
            {
                using var response = await _http.GetAsync(new Uri(address, path), either.Token);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(s_poll, _time, either.Token);
        }
    }

    private static string DataOf(string folder) => Path.Combine(folder, "data");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
