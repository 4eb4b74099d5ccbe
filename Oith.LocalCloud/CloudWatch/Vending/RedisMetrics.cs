using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Redis;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Vending;

/// <summary>
/// The metrics of AWS/ElastiCache, from the INFO of LocalCloud's Redis. One server plays all nodes of the replication group, so each node
/// shows its memory and processor; hits and misses are the first node's, or they would count several times.
/// </summary>
internal sealed partial class RedisMetrics(RedisServer redis, IServiceProvider provider, TimeProvider time, ILogger<RedisMetrics> logger)
{
    private const string Namespace = "AWS/ElastiCache";

    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);
    private Dictionary<string, double> _last = new(StringComparer.Ordinal);
    private TimeSpan _lastCpu = Environment.CpuUsage.TotalTime;
    private long _lastTimestamp = time.GetTimestamp();

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
                Record(store, at, nodes, Parse(await RedisInfo.ReadAsync(redis, cancellationToken)));
            }
        }
        catch (Exception error) when (error is IOException or SocketException or AwsServiceException)
        {
            LogNotRead(error);
        }
    }

    private void Record(MetricStore store, DateTimeOffset at, List<string> nodes, Dictionary<string, double> info)
    {
        var elapsed = time.GetElapsedTime(_lastTimestamp);
        var cpu = Environment.CpuUsage.TotalTime;
        var usage = elapsed > TimeSpan.Zero ? Math.Min(100, 100 * (cpu - _lastCpu) / elapsed / Environment.ProcessorCount) : 0;
        var (hits, misses) = (Change("hits", info), Change("misses", info));
        (_last, _lastCpu, _lastTimestamp) = (info, cpu, time.GetTimestamp());
        foreach (var node in nodes)
        {
            // Redis runs inside LocalCloud's process, so this is the process's share of the machine.
            Add("CPUUtilization", usage, "Percent");
            Add("EngineCPUUtilization", usage, "Percent");
            Add("BytesUsedForCache", info.GetValueOrDefault("memory"), "Bytes");
            if (info.GetValueOrDefault("limit") is > 0 and var limit)
            {
                Add("DatabaseMemoryUsagePercentage", 100 * info.GetValueOrDefault("memory") / limit, "Percent");
            }

            Add("CurrConnections", info.GetValueOrDefault("connections"), "Count");
            Add("CacheHits", node == nodes[0] ? hits : 0, "Count");
            Add("CacheMisses", node == nodes[0] ? misses : 0, "Count");

            void Add(string metric, double value, string unit) => store
                .Series(new MetricKey(Namespace, metric, [KeyValuePair.Create("CacheClusterId", node)]))
                .Add(at, unit, isHighResolution: false, set => set.Add(value));
        }
    }

    private double Change(string name, Dictionary<string, double> info) =>
        Math.Max(0, info.GetValueOrDefault(name) - _last.GetValueOrDefault(name));

    /// <summary>Lines of <c>name:value</c>; Redis and Garnet name some of them differently.</summary>
    private static Dictionary<string, double> Parse(string info)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in info.Split('\n'))
        {
            if (line.Trim().Split(':') is not [var name, var text] || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                continue;
            }

            var known = name switch
            {
                "keyspace_hits" or "total_found" => "hits",
                "keyspace_misses" or "total_notfound" => "misses",
                "connected_clients" => "connections",
                "used_memory" or "total_main_store_size" => "memory",
                "maxmemory" or "store_heap_memory_target_size" => "limit",
                _ => null,
            };
            if (known is not null)
            {
                values[known] = value;
            }
        }

        return values;
    }

    [LoggerMessage(1, LogLevel.Warning, "CloudWatch could not read the metrics of Redis")]
    private partial void LogNotRead(Exception error);
}
