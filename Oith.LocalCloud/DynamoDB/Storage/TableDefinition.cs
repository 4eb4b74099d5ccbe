using System.Text.Json.Serialization;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>Everything about a table but its items; kept in the journal as JSON. Replaced as a whole when it changes.</summary>
internal sealed record TableDefinition
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Types of the key attributes by name, in the order that they were given.</summary>
    public required IReadOnlyList<AttributeDefinition> Attributes { get; init; }

    public required string PartitionKey { get; init; }

    public string? SortKey { get; init; }

    public IReadOnlyList<IndexDefinition> Indexes { get; init; } = [];

    public bool IsOnDemand { get; init; }

    /// <summary>True: the summary of the billing mode is shown, as it is once a table was (or was changed from) on demand.</summary>
    public bool ShowsBillingMode { get; init; }

    public DateTimeOffset? OnDemandSince { get; init; }

    public Throughput Throughput { get; init; } = new(0, 0);

    /// <summary>Null: as much as the billing mode gives.</summary>
    public Throughput? WarmThroughput { get; init; }

    public string TableClass { get; init; } = "";

    public bool DeletionProtection { get; init; }

    /// <summary>The key that encrypts the table; null: DynamoDB's own, which is not shown.</summary>
    public string? KmsKeyArn { get; init; }

    /// <summary>What the stream shows; null: none was ever asked for.</summary>
    public string? StreamViewType { get; init; }

    public string? StreamLabel { get; init; }

    public DateTimeOffset StreamCreated { get; init; }

    public bool StreamEnabled { get; init; }

    public string? TimeToLiveAttribute { get; init; }

    public DateTimeOffset? PointInTimeRecoverySince { get; init; }

    public int RecoveryPeriodInDays { get; init; } = 35;

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public AttributeType TypeOf(string attribute) => Attributes.First(definition => definition.Name == attribute).Type;

    public KeySchema Key() => KeyOf([PartitionKey], SortKey is null ? [] : [SortKey]);

    public KeySchema KeyOf(IEnumerable<string> partition, IEnumerable<string> sort) => new(
        [.. partition.Select(name => new KeyAttribute(name, TypeOf(name)))],
        [.. sort.Select(name => new KeyAttribute(name, TypeOf(name)))]);
}

internal sealed record AttributeDefinition(string Name, AttributeType Type);

/// <param name="Read">Units a second.</param>
/// <param name="Write">Units a second.</param>
internal sealed record Throughput(long Read, long Write);

internal sealed record IndexDefinition
{
    public required string Name { get; init; }

    public required bool IsGlobal { get; init; }

    public required string PartitionKey { get; init; }

    public string? SortKey { get; init; }

    /// <summary>The second to fourth attribute of a global index's partition key.</summary>
    public IReadOnlyList<string> FurtherPartitionKeys { get; init; } = [];

    /// <summary>The second to fourth attribute of a global index's sort key.</summary>
    public IReadOnlyList<string> FurtherSortKeys { get; init; } = [];

    [JsonIgnore]
    public IEnumerable<string> PartitionKeys => [PartitionKey, .. FurtherPartitionKeys];

    [JsonIgnore]
    public IEnumerable<string> SortKeys => SortKey is null ? [] : [SortKey, .. FurtherSortKeys];

    public required ProjectionType Projection { get; init; }

    public IReadOnlyList<string> NonKeyAttributes { get; init; } = [];

    public Throughput Throughput { get; init; } = new(0, 0);

    public Throughput? WarmThroughput { get; init; }
}

[JsonSerializable(typeof(TableDefinition))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
internal sealed partial class TableDefinitionContext : JsonSerializerContext;
