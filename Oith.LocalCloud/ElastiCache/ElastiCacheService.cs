using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Redis;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.ElastiCache;

/// <summary>Amazon ElastiCache's replication groups. Each one, and each of its nodes, is LocalCloud's own Redis.</summary>
internal sealed class ElastiCacheService : TreeService, IDisposable
{
    private const string Groups = "replication-group";

    // AWS's: six nodes a shard; 500 shards of a cluster; five replicas.
    private static readonly (string Name, int Minimum, int Maximum)[] s_bounds =
    [
        ("NumCacheClusters", 1, 6), ("NumNodeGroups", 1, 500), ("ReplicasPerNodeGroup", 0, 5), ("SnapshotRetentionLimit", 0, 35), ("Port", 1, 65535),
    ];

    private readonly Arn _arn;
    private readonly LocalCloudOptions _options;
    private readonly RedisServer _redis;
    private readonly TimeProvider _time;
    private readonly RecordStore _store;

    public ElastiCacheService(JournalFactory journals, Arn arn, LocalCloudOptions options, RedisServer redis, TimeProvider time)
        : base(new AwsServiceDescription("elasticache")
        {
            QueryVersion = "2015-02-02",
            XmlNamespace = "http://elasticache.amazonaws.com/doc/2015-02-02/",
            XmlListElements = new Dictionary<string, string>
            {
                ["CacheClusters"] = "CacheCluster",
                ["CacheNodes"] = "CacheNode",
                ["MemberClusters"] = "ClusterId",
                ["NodeGroupMembers"] = "NodeGroupMember",
                ["NodeGroups"] = "NodeGroup",
                ["ReplicationGroups"] = "ReplicationGroup",
            },
        })
    {
        (_arn, _options, _redis, _time) = (arn, options, redis, time);
        _store = new RecordStore(journals, "elasticache");
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["CreateReplicationGroup"] = Now(input => Put(input, mustExist: false)),
            ["DeleteReplicationGroup"] = Now(Delete),
            ["DescribeCacheClusters"] = Now(DescribeCacheClusters),
            ["DescribeReplicationGroups"] = Now(DescribeReplicationGroups),
            [nameof(LocalCloudGetRedisInfo)] = LocalCloudGetRedisInfo,
            ["ModifyReplicationGroup"] = Now(input => Put(input, mustExist: true)),
        };
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public void Dispose() => _store.Dispose();

    private JsonObject Put(JsonObject input, bool mustExist)
    {
        var id = input.RequiredText("ReplicationGroupId").ToLowerInvariant();
        var existing = _store.Find(Groups, id);
        if (existing is null == mustExist)
        {
            throw mustExist ? NotFound(id) : new AwsServiceException(
                "ReplicationGroupAlreadyExists", $"Replication group {id} already exists.");
        }

        var group = existing ?? new JsonObject { ["CreateTime"] = StampedTime() };
        foreach (var (name, value) in input)
        {
            group[name] = value?.DeepClone();
        }

        group["ReplicationGroupId"] = id;
        CheckNumbers(group);
        // Whatever cannot be described would break every later Describe of all groups.
        var description = Describe(group);
        _store.Put(Groups, id, group);
        return new JsonObject { ["ReplicationGroup"] = description };
    }

    private static void CheckNumbers(JsonObject group)
    {
        foreach (var (name, minimum, maximum) in s_bounds)
        {
            if (group.Integer(name) is { } number && (number < minimum || number > maximum))
            {
                throw new AwsServiceException("InvalidParameterValue", $"{name} must be between {minimum} and {maximum}, not {number}.");
            }
        }
    }

    private JsonObject Delete(JsonObject input)
    {
        var id = input.RequiredText("ReplicationGroupId").ToLowerInvariant();
        var group = _store.Find(Groups, id) ?? throw NotFound(id);
        _store.Remove(Groups, id);
        var description = Describe(group);
        description["Status"] = "deleting";
        return new JsonObject { ["ReplicationGroup"] = description };
    }

    private JsonObject DescribeReplicationGroups(JsonObject input)
    {
        var id = input.Text("ReplicationGroupId")?.ToLowerInvariant();
        var groups = id is null ? _store.All(Groups) : [_store.Find(Groups, id) ?? throw NotFound(id)];
        return new JsonObject { ["ReplicationGroups"] = new JsonArray([.. groups.Select(Describe)]) };
    }

    private JsonObject DescribeCacheClusters(JsonObject input)
    {
        var id = input.Text("CacheClusterId")?.ToLowerInvariant();
        var clusters = _store.All(Groups)
            .SelectMany(group => Members(group).Select(member => Cluster(group, member)))
            .Where(cluster => id is null || cluster["CacheClusterId"]!.GetValue<string>() == id)
            .ToArray();
        return id is null || clusters.Length > 0
            ? new JsonObject { ["CacheClusters"] = new JsonArray(clusters) }
            : throw new AwsServiceException("CacheClusterNotFound", $"CacheCluster not found: {id}", System.Net.HttpStatusCode.NotFound);
    }

    /// <summary>
    /// LocalCloud's own operation: what its Redis says of itself. Answer <c>{"Endpoint": {"Address", "Port"}, "Info": {"Server": {"redis_version": "…"}, …}}</c>
    /// by INFO's sections; without <c>Info</c> while Redis does not run.
    /// </summary>
    private async ValueTask<JsonObject?> LocalCloudGetRedisInfo(JsonObject input, CancellationToken cancellationToken)
    {
        var answer = new JsonObject { ["Endpoint"] = Endpoint() };
        if (!_redis.IsRunning)
        {
            return answer;
        }

        var info = new JsonObject();
        JsonObject? section = null;
        foreach (var line in (await RedisInfo.ReadAsync(_redis, cancellationToken)).Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                info[line[2..]] = section = [];
            }
            else if (line.Split(':', 2) is [var name, var value])
            {
                (section ??= [])[name] = value;
            }
        }

        answer["Info"] = info;
        return answer;
    }

    private JsonObject Describe(JsonObject group)
    {
        var members = Members(group);
        return new JsonObject
        {
            ["ReplicationGroupId"] = group["ReplicationGroupId"]!.DeepClone(),
            ["Description"] = group.Text("ReplicationGroupDescription") ?? "",
            ["Status"] = "available",
            ["MemberClusters"] = new JsonArray([.. members.Select(member => (JsonNode?)member)]),
            ["NodeGroups"] = new JsonArray(new JsonObject
            {
                ["NodeGroupId"] = "0001",
                ["Status"] = "available",
                ["PrimaryEndpoint"] = Endpoint(),
                ["ReaderEndpoint"] = Endpoint(),
                ["NodeGroupMembers"] = new JsonArray([.. members.Select((member, index) => new JsonObject
                {
                    ["CacheClusterId"] = member,
                    ["CacheNodeId"] = "0001",
                    ["ReadEndpoint"] = Endpoint(),
                    ["PreferredAvailabilityZone"] = Zone(index),
                    ["CurrentRole"] = index == 0 ? "primary" : "replica",
                })]),
            }),
            ["AutomaticFailover"] = group.Flag("AutomaticFailoverEnabled") == true ? "enabled" : "disabled",
            ["MultiAZ"] = group.Flag("MultiAZEnabled") == true ? "enabled" : "disabled",
            ["ClusterEnabled"] = false,
            ["CacheNodeType"] = group.Text("CacheNodeType") ?? "cache.t3.micro",
            ["Engine"] = group.Text("Engine") ?? "redis",
            ["TransitEncryptionEnabled"] = group.Flag("TransitEncryptionEnabled") == true,
            ["AtRestEncryptionEnabled"] = group.Flag("AtRestEncryptionEnabled") == true,
            ["AuthTokenEnabled"] = group.ContainsKey("AuthToken"),
            ["SnapshotRetentionLimit"] = group.Integer("SnapshotRetentionLimit") ?? 0,
            ["ARN"] = _arn.Of("elasticache", "replicationgroup:" + group["ReplicationGroupId"]),
            ["ReplicationGroupCreateTime"] = group["CreateTime"]!.DeepClone(),
        };
    }

    private JsonObject Cluster(JsonObject group, string member) => new()
    {
        ["CacheClusterId"] = member,
        ["CacheNodeType"] = group.Text("CacheNodeType") ?? "cache.t3.micro",
        ["Engine"] = group.Text("Engine") ?? "redis",
        ["EngineVersion"] = group.Text("EngineVersion") ?? "7.1",
        ["CacheClusterStatus"] = "available",
        ["NumCacheNodes"] = 1,
        ["PreferredAvailabilityZone"] = Zone(Members(group).IndexOf(member)),
        ["CacheClusterCreateTime"] = group["CreateTime"]!.DeepClone(),
        ["CacheNodes"] = new JsonArray(new JsonObject
        {
            ["CacheNodeId"] = "0001",
            ["CacheNodeStatus"] = "available",
            ["Endpoint"] = Endpoint(),
        }),
        ["ReplicationGroupId"] = group["ReplicationGroupId"]!.DeepClone(),
        ["TransitEncryptionEnabled"] = group.Flag("TransitEncryptionEnabled") == true,
        ["AtRestEncryptionEnabled"] = group.Flag("AtRestEncryptionEnabled") == true,
        ["ARN"] = _arn.Of("elasticache", "cluster:" + member),
    };

    // oith-production-001, -002…
    private static List<string> Members(JsonObject group) =>
        [.. Enumerable.Range(1, group.Integer("NumCacheClusters") ?? 1).Select(number => $"{group["ReplicationGroupId"]}-{number:000}")];

    private JsonObject Endpoint() => new() { ["Address"] = _redis.Host, ["Port"] = _redis.Port };

    private string Zone(int index) => _options.Region + (char)('a' + (index % 3));

    private string StampedTime() => _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static AwsServiceException NotFound(string id) =>
        new("ReplicationGroupNotFoundFault", $"ReplicationGroup {id} not found.", System.Net.HttpStatusCode.NotFound);
}
