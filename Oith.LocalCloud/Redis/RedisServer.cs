using System.Globalization;
using System.Net;
using Garnet;
using Microsoft.Extensions.Options;

namespace Oith.LocalCloud.Redis;

/// <summary>
/// The Redis-protocol server of LocalCloud: Garnet in this process, on the loopback interface. It plays the ElastiCache
/// replication group, so whatever it keeps is a cache and is gone at the end.
/// </summary>
public sealed partial class RedisServer(LocalCloudOptions options, ILoggerFactory loggerFactory) : IHostedService, IDisposable
{
    // Garnet's defaults are those of a server that has a machine to itself (16 GB of log, 128 MB of index).
    private const string PageSize = "4m";
    private const string SegmentSize = "64m";
    private const string IndexSize = "8m";

    private readonly ILogger _logger = loggerFactory.CreateLogger<RedisServer>();
    private readonly Lock _lock = new();
    private GarnetServer? _server;
    private RedisForwarder? _forwarder;
    private Func<CancellationToken, ValueTask>? _delay;
    private int _port = options.RedisPort;

    // RESP has no quotes to break, but Garnet's command line, Redis URLs and connection strings do.
    private readonly string _password = options.RedisPassword.Length > 0 && options.RedisPassword.All(char.IsAsciiLetterOrDigit)
        ? options.RedisPassword
        : throw new OptionsValidationException(
            LocalCloudOptions.Section, typeof(LocalCloudOptions), ["LocalCloud:RedisPassword must be one or more ASCII letters and digits."]);

    /// <summary>The TCP port that it listens on; known once it has started when the configured port is 0.</summary>
    public int Port => _port;

    public string Host => "localhost";

    /// <summary>What a client has to send with AUTH before any other command.</summary>
    public string Password => _password;

    /// <summary>Host, port and password as StackExchange.Redis reads them.</summary>
    public string Configuration => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port},password={_password}");

    /// <summary>Host, port and password as <c>redis-cli -u</c> reads them.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"redis://:{_password}@{Host}:{Port}");

    /// <summary>True while it accepts connections.</summary>
    public bool IsRunning => _server is not null;

    /// <summary>Starts it, empty; does nothing while it runs.</summary>
    /// <exception cref="PortInUseException">Somebody else listens on the port.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_server is not null)
            {
                return Task.CompletedTask;
            }

            _port = ClaimPort(_port);
            var serverPort = _delay is null ? _port : ClaimPort(0);
            var server = new GarnetServer(
                [
                    "--bind", IPAddress.Loopback.ToString(),
                    "--port", serverPort.ToString(CultureInfo.InvariantCulture),
                    "--memory", string.Create(CultureInfo.InvariantCulture, $"{options.RedisMemoryMegabytes}m"),
                    "--page", PageSize,
                    "--segment", SegmentSize,
                    "--index", IndexSize,
                    // A command in the body of a web page's HTTP request is answered NOAUTH.
                    "--auth", "Password",
                    "--password", _password,
                    "--metrics-sampling-freq", "1",
                    // How long it works on what clients send: CloudWatch's CPUUtilization.
                    "--latency-monitor",
                    "-q",
                ],
                new GarnetLoggerFactory(loggerFactory));
            server.Start();
            _server = server;
            if (_delay is not null)
            {
                _forwarder = new RedisForwarder(_port, serverPort, _delay, _logger);
                _forwarder.Start();
            }
        }

        LogStarted(Host, Port);
        return Task.CompletedTask;
    }

    /// <summary>Stops it and drops every connection and key; <see cref="StartAsync"/> starts it again on the same port.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Puts a forwarder before it that awaits <paramref name="delay"/> for each piece that a client sends. The first time this restarts it,
    /// empty and on the same port; the forwarder then stays, so that later delays and their end keep connections and keys.
    /// </summary>
    public async Task ForwardAsync(Func<CancellationToken, ValueTask> delay, CancellationToken cancellationToken)
    {
        if (_delay is not null)
        {
            return;
        }

        var wasRunning = IsRunning;
        await StopAsync(cancellationToken);
        _delay = delay;
        if (wasRunning)
        {
            await StartAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _forwarder?.Dispose();
            _forwarder = null;
            _server?.Dispose();
            _server = null;
        }
    }

    // Garnet reports a taken port only in its log, so the port is tried first.
    private static int ClaimPort(int port) => ListeningPorts.Claim("Redis", port, nameof(LocalCloudOptions.RedisPort));

    // Without the password: a log is read, exported and pasted by more people than may write to the cache.
    [LoggerMessage(1, LogLevel.Information, "Redis listens on {Host}:{Port}; its password is the setting LocalCloud:RedisPassword")]
    private partial void LogStarted(string host, int port);
}
