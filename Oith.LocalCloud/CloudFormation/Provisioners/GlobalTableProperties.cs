using System.Text.Json.Nodes;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

/// <summary>
/// Reads AWS::DynamoDB::GlobalTable as the table that it is in its one region: what the replica says of itself stands beside what is said
/// of all replicas.
/// </summary>
internal static class GlobalTableProperties
{
    private static readonly string[] s_shared =
    [
        "AttributeDefinitions", "BillingMode", "KeySchema", "LocalSecondaryIndexes", "SSESpecification", "StreamSpecification", "TableName",
        "TimeToLiveSpecification", "WarmThroughput",
    ];

    private static readonly string[] s_ofReplica =
        ["DeletionProtectionEnabled", "KinesisStreamSpecification", "PointInTimeRecoverySpecification", "TableClass", "Tags"];

    /// <exception cref="ProvisioningException">The table has replicas in other regions.</exception>
    public static ResourceRequest AsTable(ResourceRequest request, string region) => request with
    {
        Properties = AsTable(request.Properties, region),
        PreviousProperties = request.PreviousProperties.Count == 0 ? [] : AsTable(request.PreviousProperties, region),
    };

    private static JsonObject AsTable(JsonObject properties, string region)
    {
        var replicas = properties["Replicas"]!.AsArray();
        if (replicas.FirstOrDefault(replica => replica!["Region"]!.GetValue<string>() != region) is { } other)
        {
            throw new ProvisioningException(
                $"LocalCloud has the one region {region}: it does not support the replica in {other["Region"]} of AWS::DynamoDB::GlobalTable.", "InvalidRequest");
        }

        var replica = replicas.Single()!.AsObject();
        var table = Copy(properties, s_shared);
        foreach (var (name, value) in Copy(replica, s_ofReplica).ToList())
        {
            table[name] = value?.DeepClone();
        }

        if (table["SSESpecification"] is JsonObject encryption && replica["SSESpecification"]?["KMSMasterKeyId"] is { } key)
        {
            encryption["KMSMasterKeyId"] = key.DeepClone();
        }

        var isProvisioned = properties["BillingMode"]?.GetValue<string>() != "PAY_PER_REQUEST";
        if (isProvisioned)
        {
            table["ProvisionedThroughput"] = Throughput(properties, replica);
        }

        if (properties["GlobalSecondaryIndexes"] is JsonArray indexes)
        {
            table["GlobalSecondaryIndexes"] = new JsonArray([.. indexes.Select(index => Index(index!.AsObject(), replica, isProvisioned))]);
        }

        return table;
    }

    private static JsonObject Index(JsonObject index, JsonObject replica, bool isProvisioned)
    {
        var result = Copy(index, "IndexName", "KeySchema", "Projection", "WarmThroughput");
        if (isProvisioned)
        {
            var name = index["IndexName"]!.GetValue<string>();
            var ofReplica = (replica["GlobalSecondaryIndexes"] as JsonArray)?.FirstOrDefault(other => other!["IndexName"]!.GetValue<string>() == name);
            result["ProvisionedThroughput"] = Throughput(index, ofReplica?.AsObject() ?? replica);
        }

        return result;
    }

    // Without its scaling a table has the least of what it may scale to.
    private static JsonObject Throughput(JsonObject writes, JsonObject reads) => new()
    {
        ["ReadCapacityUnits"] = Units(reads["ReadProvisionedThroughputSettings"], "Read"),
        ["WriteCapacityUnits"] = Units(writes["WriteProvisionedThroughputSettings"], "Write"),
    };

    private static JsonNode Units(JsonNode? settings, string kind) =>
        (settings?[$"{kind}CapacityUnits"] ?? settings?[$"{kind}CapacityAutoScalingSettings"]?["MinCapacity"])?.DeepClone() ?? 1;

    private static JsonObject Copy(JsonObject source, params IEnumerable<string> names) => new(names
        .Where(name => source[name] is not null)
        .Select(name => KeyValuePair.Create(name, source[name]?.DeepClone())));
}
