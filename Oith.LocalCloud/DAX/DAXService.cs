using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.DAX;

/// <summary>Amazon DynamoDB Accelerator's clusters, recorded with the endpoints that AWS would give them; nothing listens there.</summary>
internal sealed class DAXService : TreeService, IDisposable
{
    private const string Clusters = "cluster";
    // A primary and ten replicas.
    private const int MaximumNodes = 11;

    private const int PlainPort = 8111;
    private const int TlsPort = 9111;

    private readonly Arn _arn;
    private readonly LocalCloudOptions _options;
    private readonly TimeProvider _time;
    private readonly RecordStore _store;

    public DAXService(JournalFactory journals, Arn arn, LocalCloudOptions options, TimeProvider time)
        : base(new AwsServiceDescription("dax")
        {
            JsonTargetPrefix = "AmazonDAXV3",
            JsonContentType = "application/x-amz-json-1.1",
            InputShapes = InputShapes.Of("dax", message => new AwsServiceException("InvalidParameterValueException", message)),
        })
    {
        (_arn, _options, _time) = (arn, options, time);
        _store = new RecordStore(journals, "dax");
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["CreateCluster"] = Now(CreateCluster),
            ["DeleteCluster"] = Now(DeleteCluster),
            ["DescribeClusters"] = Now(DescribeClusters),
            ["UpdateCluster"] = Now(UpdateCluster),
        };
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public void Dispose() => _store.Dispose();

    private JsonObject CreateCluster(JsonObject input)
    {
        var name = input.RequiredText("ClusterName").ToLowerInvariant();
        if (_store.Find(Clusters, name) is not null)
        {
            throw new AwsServiceException("ClusterAlreadyExistsFault", $"Cluster {name} already exists.");
        }

        var isTls = input.Text("ClusterEndpointEncryptionType") == "TLS";
        var host = $"{name}.{RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 6)}.dax-clusters.{_options.Region}.amazonaws.com";
        var port = isTls ? TlsPort : PlainPort;
        var nodes = input.Integer("ReplicationFactor") ?? 1;
        if (nodes is < 1 or > MaximumNodes)
        {
            throw new AwsServiceException("InvalidParameterValueException", $"ReplicationFactor must be between 1 and {MaximumNodes}, not {nodes}.");
        }

        var cluster = new JsonObject
        {
            ["ClusterName"] = name,
            ["Description"] = input.Text("Description"),
            ["ClusterArn"] = _arn.Of("dax", "cache/" + name),
            ["TotalNodes"] = nodes,
            ["ActiveNodes"] = nodes,
            ["NodeType"] = input.RequiredText("NodeType"),
            ["Status"] = "available",
            ["ClusterDiscoveryEndpoint"] = new JsonObject { ["Address"] = host, ["Port"] = port, ["URL"] = isTls ? $"daxs://{host}" : $"dax://{host}" },
            ["Nodes"] = Nodes(name, nodes, host, port),
            ["IamRoleArn"] = input.Text("IamRoleArn"),
            ["SubnetGroup"] = input.Text("SubnetGroupName"),
            ["SSEDescription"] = new JsonObject { ["Status"] = input.Structure("SSESpecification")?.Flag("Enabled") == true ? "ENABLED" : "DISABLED" },
            ["ClusterEndpointEncryptionType"] = isTls ? "TLS" : "NONE",
        };
        foreach (var absent in cluster.Where(member => member.Value is null).Select(member => member.Key).ToList())
        {
            cluster.Remove(absent);
        }

        _store.Put(Clusters, name, cluster);
        return new JsonObject { ["Cluster"] = cluster };
    }

    private JsonObject UpdateCluster(JsonObject input)
    {
        var cluster = Get(input.RequiredText("ClusterName"));
        if (input.Text("Description") is { } description)
        {
            cluster["Description"] = description;
        }

        _store.Put(Clusters, cluster["ClusterName"]!.GetValue<string>(), cluster);
        return new JsonObject { ["Cluster"] = cluster };
    }

    private JsonObject DeleteCluster(JsonObject input)
    {
        var cluster = Get(input.RequiredText("ClusterName"));
        _store.Remove(Clusters, cluster["ClusterName"]!.GetValue<string>());
        cluster["Status"] = "deleting";
        return new JsonObject { ["Cluster"] = cluster };
    }

    private JsonObject DescribeClusters(JsonObject input)
    {
        var clusters = input.List("ClusterNames") is { Count: > 0 } names
            ? names.Select(name => Get(name!.GetValue<string>()))
            : _store.All(Clusters);
        return new JsonObject { ["Clusters"] = new JsonArray([.. clusters]) };
    }

    private JsonObject Get(string name) => _store.Find(Clusters, name.ToLowerInvariant())
        ?? throw new AwsServiceException("ClusterNotFoundFault", $"Cluster {name} not found.");

    private JsonArray Nodes(string name, int count, string host, int port) => new([.. Enumerable.Range(0, count).Select(index => new JsonObject
    {
        ["NodeId"] = $"{name}-{(char)('a' + index)}",
        ["Endpoint"] = new JsonObject { ["Address"] = $"{name}-{(char)('a' + index)}.{host[(name.Length + 1)..]}", ["Port"] = port },
        ["NodeCreateTime"] = _time.GetUtcNow().ToUnixTimeSeconds(),
        ["AvailabilityZone"] = _options.Region + (char)('a' + (index % 3)),
        ["NodeStatus"] = "available",
    })]);
}
