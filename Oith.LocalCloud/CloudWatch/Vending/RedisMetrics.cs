using System.Net.Sockets;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Redis;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Vending;

/// <summary>
/// The metrics of AWS/ElastiCache, from what LocalCloud's Redis says of itself. One server plays all nodes of the replication group, so each
/// node shows its memory and processor; hits and misses are the first node's, or they would count several times.
/// </summary>
internal sealed partial class RedisMetrics(RedisServer redis, IServiceProvider provider, TimeProvider time, ILogger<RedisMetrics> logger)
{
    public const string Namespace = "AWS/ElastiCache";
    public const string NodeDimension = "CacheClusterId";

    // Redis tells once a second how busy it was.
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromSeconds(3);

    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);
    private RedisFigures? _last;
    private double _usage;
    private double _busySeconds;
    private long _busyAt;

    public async Task CollectAsync(MetricStore store, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (!redis.IsRunning || _api.Value.Find("elasticache") is null)
        {
            return;
        }

        try
        {
            var clusters = await _api.Value.InvokeAsync("elasticache", "DescribeCacheClusters", [], cancellationToken);
            var nodes = (clusters["CacheClusters"] as JsonArray ?? []).Select(cluster => cluster!["CacheClusterId"]!.GetValue<string>()).Order(StringComparer.Ordinal).ToList();
            if (nodes.Count > 0)
            {
                using var connection = await RedisConnection.OpenAsync(redis, cancellationToken);
                Record(store, at, nodes, await RedisFigures.ReadAsync(connection, cancellationToken));
            }
        }
        catch (Exception error) when (error is IOException or SocketException or AwsServiceException)
        {
            LogNotRead(error);
        }
    }

    private void Record(MetricStore store, DateTimeOffset at, List<string> nodes, RedisFigures info)
    {
        var usage = Usage(info.BusySeconds);
        // After a restart it counts from nothing.
        var (hits, misses) = (Math.Max(0, info.Hits - (_last?.Hits ?? 0)), Math.Max(0, info.Misses - (_last?.Misses ?? 0)));
        _last = info;
        foreach (var node in nodes)
        {
            // As if Redis had a host of its own, with the one processor that its one thread can use.
            Add("CPUUtilization", usage, "Percent");
            Add("EngineCPUUtilization", usage, "Percent");
            Add("BytesUsedForCache", info.Memory, "Bytes");
            if (info.MemoryLimit > 0)
            {
                Add("DatabaseMemoryUsagePercentage", 100 * info.Memory / info.MemoryLimit, "Percent");
            }

            Add("CurrConnections", info.Connections, "Count");
            Add("CacheHits", node == nodes[0] ? hits : 0, "Count");
            Add("CacheMisses", node == nodes[0] ? misses : 0, "Count");

            void Add(string metric, double value, string unit) => store
                .Series(new MetricKey(Namespace, metric, [KeyValuePair.Create(NodeDimension, node)]))
                .Add(at, unit, isHighResolution: false, set => set.Add(value));
        }
    }

    /// <summary>
    /// The share of time that Redis worked, in percent, since it last told. Its threads are this process's, so the processor time of the
    /// process says nothing of it.
    /// </summary>
    private double Usage(double? told)
    {
        if (told is not { } busySeconds)
        {
            return _usage;
        }

        var elapsed = time.GetElapsedTime(_busyAt);
        if (_busyAt == 0 || busySeconds < _busySeconds)
        {
            (_usage, _busySeconds, _busyAt) = (0, busySeconds, time.GetTimestamp());
        }
        else if (busySeconds > _busySeconds)
        {
            _usage = Math.Min(100, 100 * (busySeconds - _busySeconds) / elapsed.TotalSeconds);
            (_busySeconds, _busyAt) = (busySeconds, time.GetTimestamp());
        }
        else if (elapsed > s_longestSilence)
        {
            _usage = 0;
        }

        return _usage;
    }

    [LoggerMessage(1, LogLevel.Warning, "CloudWatch could not read the metrics of Redis")]
    private partial void LogNotRead(Exception error);
}
